import assert from "node:assert/strict";
import { createHash, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";

import { canonicalJson, type JsonValue, sha256, toUtf8 } from "../../src/bytes/index.ts";
import { takeDataKey } from "../../src/crypto/payload.ts";
import type { ErrorCode } from "../../src/errors/index.ts";
import { openValue } from "../../src/index.ts";
import { localKeys, localKeysWithSalts } from "../../src/local/index.ts";
import {
  boundNames,
  directDigest,
  encodeValue,
  openBlob,
  openDirect,
  openEnvelope,
  parseBlob,
  sealBlobWithSalt,
  sealDirect,
  sealEnvelopeWithSalt,
  type SealingKey,
  unwrapDataKey,
  type ValueToSeal,
} from "../../src/sealing/index.ts";
import {
  contextBytes,
  type DirectToken,
  encryptionContext,
  type EnvelopeToken,
  type Names,
  parseToken,
  placeOf,
} from "../../src/token/index.ts";
import { anErrorWith, theOpenError } from "../support/assert-error.ts";
import { keyOf, servicesOf } from "../support/fake-provider.ts";
import { tokenOpener } from "../support/open-token.ts";
import { fromHex, readFormatVectors, shake256, toHex, type ValueVector } from "../support/vectors.ts";

const VECTORS = readFormatVectors();
const KEY = keyOf(VECTORS.keyref);
const OPTIONS = { folder: "/nonexistent", env: { SEALCONF_LOCAL_KEY_KAT: VECTORS.local_key } };
const SERVICES = servicesOf(localKeys(OPTIONS));

/** What each reject ends in: by the cryptography alone, and in `openValue`, which looks at its place first. */
const REJECTS: Readonly<Record<string, readonly [sealing: ErrorCode, whole: ErrorCode]>> = {
  "other path": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "other env": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "other app": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "path dropped": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "kind changed": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
  "marked as having no path": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "marked as having no path, none given": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "payload cut": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "payload padded": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "payload last character changed": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
  "white space": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "upper-case kind": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "version 2": ["ERR_TOKEN_VERSION", "ERR_TOKEN_VERSION"],
  "unknown provider": ["ERR_PROVIDER_UNKNOWN", "ERR_PROVIDER_UNKNOWN"],
  "empty payload": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "no recipients": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "no place": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "place of another path put in": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
  "direct, place of another path put in": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
  "recipient twice": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "trailing newline": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "nine recipients": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "direct, other path": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "direct, other env": ["ERR_OPEN_FAILED", "ERR_PLACE_MISMATCH"],
  "direct, kind changed": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
  "direct, two recipients": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "direct, cut": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
  "direct as envelope": ["ERR_TOKEN_MALFORMED", "ERR_TOKEN_MALFORMED"],
  "invalid UTF-8": ["ERR_OPEN_FAILED", "ERR_OPEN_FAILED"],
};

describe("the published values", () => {
  for (const vector of VECTORS.values) {
    const { name, names } = vector;

    it(`${name}: its names, place and contexts are the same bytes`, () => {
      assert.equal(canonicalJson(names as Record<string, string>), vector.names_json);
      assert.equal(placeOf(names), vector.place);
      assert.equal(encryptionContext(names, "v1/dek"), vector.encryption_context_dek);
      assert.equal(encryptionContext(names, "v1/direct"), vector.encryption_context_direct);
    });

    it(`${name}: the envelope is sealed to the same text from its salts`, async () => {
      const sealingKey = await sealingKeyOf(vector);
      const token = sealEnvelopeWithSalt(sealingKey, toSeal(vector), fromHex(vector.payload_salt_hex));
      if (vector.envelope !== undefined) assert.equal(token, vector.envelope);
      else assert.equal(toHex(sha256(toUtf8(token))), vector.token_sha256);
      const { header } = parseEnvelope(token);
      assert.equal(toHex(contextBytes("sealconf/v1/value", toUtf8(header), names)), vector.context_hex);
      assert.deepEqual(await openedEnvelope(token, names), valueOf(vector));
    });

    const { envelope, direct, direct_digest_hex: digest } = vector;
    if (envelope === undefined || direct === undefined) continue;

    it(`${name}: the envelope opens`, async () => {
      assert.deepEqual(await openedEnvelope(envelope, names), vector.value);
    });

    it(`${name}: the direct value is sealed to the same text, and opens`, async () => {
      const provider = localKeysWithSalts(OPTIONS, () => fromHex(vector.wrap_salt_hex));
      assert.equal(await sealDirect(KEY, names, toSeal(vector), servicesOf(provider)), direct);
      const token = parseToken(direct) as DirectToken;
      assert.equal(toHex(directDigest(token.header, names, encoded(vector))), digest);
      const opened = await openDirect(token, names, SERVICES);
      assert.deepEqual(opened, { value: vector.value, key: KEY });
    });
  }
});

describe("the published blobs", () => {
  for (const vector of VECTORS.blobs) {
    it(`${vector.name} is sealed to the same bytes from its salts, and opens`, async () => {
      const { name, names, size } = vector;
      const plaintext = shake256(`blob ${name}`, size);
      assert.equal(toHex(sha256(plaintext)), vector.plaintext_sha256);
      const bytes = sealBlobWithSalt(
        await sealingKeyOf(vector),
        name,
        plaintext,
        fromHex(vector.payload_salt_hex),
      );
      assert.equal(bytes.length, vector.blob_bytes);
      assert.equal(toHex(sha256(bytes)), vector.blob_sha256);

      const blob = parseBlob(bytes, name);
      const context = encryptionContext(names, "v1/dek");
      const { dataKey } = await unwrapDataKey(blob.recipients, context, SERVICES);
      assert.deepEqual(Buffer.from(openBlob(blob, names, dataKey)), Buffer.from(plaintext));
    });
  }
});

describe("the published rejects", () => {
  const open = tokenOpener(SERVICES, [VECTORS.keyref, "local/kat2"]);

  for (const { why, token, names } of VECTORS.reject) {
    it(`${why}: refused by the token's grammar or its cryptography`, async () => {
      const code = REJECTS[why]?.[0] ?? "ERR_LOAD_FAILED";
      await assert.rejects(
        open(token, names),
        code === "ERR_OPEN_FAILED" ? theOpenError : anErrorWith({ code }),
      );
    });

    it(`${why}: refused by openValue`, async () => {
      const { app, env, path = null } = names;
      const options = { keys: [VECTORS.keyref], context: { app, env }, environment: OPTIONS.env, path };
      const code = REJECTS[why]?.[1] ?? "ERR_LOAD_FAILED";
      await assert.rejects(openValue(token, options), anErrorWith({ code }));
    });
  }

  it("are the ones that are listed here", () => {
    assert.deepEqual(VECTORS.reject.map(({ why }) => why).sort(), Object.keys(REJECTS).sort());
  });
});

/** The data key of the vectors, wrapped with the salt that a vector gives. */
async function sealingKeyOf({
  names: { app, env },
  wrap_salt_hex: salt,
}: Pick<ValueVector, "names" | "wrap_salt_hex">): Promise<SealingKey> {
  const provider = localKeysWithSalts(OPTIONS, () => fromHex(salt));
  const request = {
    key: KEY,
    plaintext: fromHex(VECTORS.dek_hex),
    encryptionContext: encryptionContext({ app, env }, "v1/dek"),
  };
  const { wrapped } = await provider.encrypt(request);
  return { dataKey: theDataKey(), recipientsText: `${KEY.text}=${wrapped}`, app, env };
}

function theDataKey(): KeyObject {
  return takeDataKey(fromHex(VECTORS.dek_hex));
}

function parseEnvelope(text: string): EnvelopeToken {
  return parseToken(text) as EnvelopeToken;
}

async function openedEnvelope(text: string, names: Names): Promise<JsonValue> {
  const token = parseEnvelope(text);
  const context = encryptionContext(boundNames(token, names), "v1/dek");
  const unwrapped = await unwrapDataKey(token.recipients, context, SERVICES);
  assert.deepEqual(exported(unwrapped.dataKey), exported(theDataKey()));
  return openEnvelope(token, names, unwrapped.dataKey);
}

function exported(key: KeyObject): string {
  return createHash("sha256").update(key.export()).digest("hex");
}

function toSeal(vector: ValueVector): ValueToSeal {
  return { value: valueOf(vector), as: asOf(vector), path: vector.names.path };
}

function encoded(vector: ValueVector): Uint8Array {
  return encodeValue(valueOf(vector), asOf(vector), Infinity);
}

function asOf(vector: ValueVector): "text" | "json" {
  return typeof valueOf(vector) === "string" ? "text" : "json";
}

function valueOf({ value, token_sha256: isLong }: ValueVector): JsonValue {
  if (isLong === undefined) return value;
  const { repeat, times } = value as { readonly repeat: string; readonly times: number };
  return repeat.repeat(times);
}
