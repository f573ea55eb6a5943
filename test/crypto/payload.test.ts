import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  CHUNK_BYTES,
  openPayload,
  payloadPlaintextBytes,
  SALT_BYTES,
  sealPayload,
  sealPayloadWithSalt,
  takeDataKey,
} from "../../src/crypto/payload.ts";
import { toUtf8 } from "../../src/bytes/index.ts";
import { theOpenError } from "../support/assert-error.ts";
import { checkPayloadVector } from "../support/check-payload.ts";
import { readPayloadVectors, shake256 } from "../support/vectors.ts";

const KEY = createSecretKey(shake256("key", 32));
const CONTEXT = toUtf8("context");
const HEADER_BYTES = 56;
const UNIT_BYTES = CHUNK_BYTES + 16;

describe("the payload's known answers", () => {
  for (const vector of readPayloadVectors()) {
    it(`${vector.name}: sealed to the same bytes, and opened`, () => checkPayloadVector(vector));
  }
});

describe("sealPayload", () => {
  it("is opened by openPayload, whatever the bytes and the context", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, bytes, (plaintext, context) => {
        assert.deepEqual(
          [...openPayload(KEY, context, sealPayload(KEY, context, plaintext))],
          [...plaintext],
        );
      }),
    );
  });

  it("takes a fresh salt each time, so that equal plaintexts share nothing", () => {
    const payloads = Array.from({ length: 100 }, () => Buffer.from(sealPayload(KEY, CONTEXT, CONTEXT)));
    for (const [from, to] of [
      [0, SALT_BYTES],
      [SALT_BYTES, HEADER_BYTES],
      [HEADER_BYTES, undefined],
    ] as const) {
      assert.equal(new Set(payloads.map((payload) => payload.subarray(from, to).toString("hex"))).size, 100);
    }
  });

  it("leaves the plaintext and the context as they are", () => {
    const [plaintext, context] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];
    sealPayload(KEY, context, plaintext);
    assert.deepEqual(
      [[...plaintext], [...context]],
      [
        [1, 2, 3],
        [4, 5],
      ],
    );
  });

  it("takes the length that payloadPlaintextBytes takes back", () => {
    for (const length of [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 49_151]) {
      assert.equal(payloadPlaintextBytes(sealPayload(KEY, CONTEXT, new Uint8Array(length)).length), length);
    }
    assert.equal(payloadPlaintextBytes(0), 0);
  });
});

describe("openPayload", () => {
  const plaintext = shake256("plaintext", 3 * CHUNK_BYTES - 1);
  const three = sealPayloadWithSalt(KEY, CONTEXT, plaintext, shake256("salt", SALT_BYTES));
  const short = sealPayloadWithSalt(KEY, CONTEXT, toUtf8("hunter2"), shake256("salt", SALT_BYTES));

  it("refuses every single-bit change of a short payload", () => {
    for (let bit = 0; bit < short.length * 8; bit++) {
      assert.throws(() => openPayload(KEY, CONTEXT, withBitFlipped(short, bit)), theOpenError);
    }
  });

  it("refuses a short payload cut or lengthened anywhere", () => {
    for (let length = 0; length < short.length; length++) {
      assert.throws(() => openPayload(KEY, CONTEXT, short.subarray(0, length)), theOpenError);
    }
    for (let more = 1; more <= 40; more++) {
      assert.throws(
        () => openPayload(KEY, CONTEXT, Buffer.concat([short, Buffer.alloc(more)])),
        theOpenError,
      );
    }
  });

  it("refuses a change of a bit in each part of each unit of a long payload", () => {
    const starts = [0, 1, 2].map((unit) => HEADER_BYTES + unit * UNIT_BYTES);
    const bytes = [
      0,
      SALT_BYTES,
      ...starts.flatMap((start) => [start, start + CHUNK_BYTES - 2, start + CHUNK_BYTES]),
    ];
    for (const byte of [...bytes, three.length - 1]) {
      assert.throws(() => openPayload(KEY, CONTEXT, withBitFlipped(three, byte * 8)), theOpenError);
    }
  });

  it("refuses a long payload that ends on, or around, the end of a unit", () => {
    const ends = [1, 2].map((unit) => HEADER_BYTES + unit * UNIT_BYTES);
    const lengths = [...ends, three.length].flatMap((end) =>
      [-17, -16, -15, -1, 0, 1, 12, 15, 16, 17, 20].map((by) => end + by),
    );
    for (const length of lengths.filter((candidate) => candidate !== three.length)) {
      const payload = Buffer.alloc(length);
      payload.set(three.subarray(0, length));
      assert.throws(() => openPayload(KEY, CONTEXT, payload), theOpenError, `${length} bytes`);
    }
  });

  it("refuses units that are swapped, doubled, left out or taken from another payload", () => {
    const header = three.subarray(0, HEADER_BYTES);
    const [one, two, last] = [0, 1, 2].map((unit) => unitOf(three, unit));
    const other = sealPayloadWithSalt(KEY, CONTEXT, plaintext, shake256("another salt", SALT_BYTES));
    const changed = [
      [two, one, last],
      [one, one, last],
      [one, last],
      [last],
      [one, two, two],
      [one, two, last, last],
      [one, two],
      [one, unitOf(other, 1), last],
    ];
    assert.deepEqual([...openPayload(KEY, CONTEXT, joined(header, [one, two, last]))], [...plaintext]);
    for (const units of changed) {
      assert.throws(() => openPayload(KEY, CONTEXT, joined(header, units)), theOpenError);
    }
  });

  it("refuses another key and another context", () => {
    const otherKey = createSecretKey(shake256("another key", 32));
    assert.throws(() => openPayload(otherKey, CONTEXT, short), theOpenError);
    for (const context of ["", "contex", "context\0", "Context"]) {
      assert.throws(() => openPayload(KEY, toUtf8(context), short), theOpenError);
    }
  });

  it("gives a payload one meaning: the bytes of salt and context cannot be moved between them", () => {
    const salt = short.subarray(0, SALT_BYTES);
    const moved = Buffer.concat([salt.subarray(0, SALT_BYTES - 1), short.subarray(SALT_BYTES)]);
    assert.throws(() => openPayload(KEY, Buffer.concat([salt.subarray(-1), CONTEXT]), moved), theOpenError);
  });
});

describe("takeDataKey", () => {
  it("takes 32 bytes and wipes them", () => {
    const bytes = shake256("key", 32);
    assert.equal(takeDataKey(bytes).equals(KEY), true);
    assert.deepEqual([...bytes], Array(32).fill(0));
  });

  for (const length of [0, 16, 31, 33, 64]) {
    it(`refuses ${length} bytes, and wipes them too`, () => {
      const bytes = new Uint8Array(length).fill(7);
      assert.throws(() => takeDataKey(bytes), theOpenError);
      assert.deepEqual([...bytes], Array(length).fill(0));
    });
  }
});

function withBitFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const byte = Math.floor(bit / 8);
  changed[byte] = (changed[byte] ?? 0) ^ (1 << (bit % 8));
  return changed;
}

function unitOf(payload: Uint8Array, unit: number): Uint8Array {
  const start = HEADER_BYTES + unit * UNIT_BYTES;
  return payload.subarray(start, start + UNIT_BYTES);
}

function joined(header: Uint8Array, units: readonly (Uint8Array | undefined)[]): Uint8Array {
  return Buffer.concat([header, ...units.map((unit) => unit ?? new Uint8Array(0))]);
}
