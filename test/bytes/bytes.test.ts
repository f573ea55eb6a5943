import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  canonicalJson,
  equalBytes,
  fromBase64,
  fromBase64url,
  fromUtf8,
  sha256,
  toBase64,
  toBase64url,
  toUtf8,
} from "../../src/bytes/index.ts";
import { anyText } from "../support/any-text.ts";

const NOT_BASE64URL = [
  "A",
  "AB",
  "AAB",
  "AA==",
  "AAAA=",
  "AA+A",
  "AA/A",
  "AA A",
  "AAAA\n",
  " AAAA",
  "AAAé",
  "AA.A",
];
const NOT_BASE64 = [
  "A",
  "AA",
  "AB==",
  "AAB=",
  "AA=",
  "AA-A",
  "AA_A",
  "AAAA\n",
  "AA AA",
  "AAA",
  "=AAA",
  "A===",
];

const INVALID_UTF8 = [
  [0xff],
  [0xc0, 0x80],
  [0xc3],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x61, 0x80],
];

const bytes = fc.uint8Array({ maxLength: 100 });

describe("base64url", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(bytes, (given) => assert.deepEqual(plain(fromBase64url(toBase64url(given))), plain(given))),
    );
  });

  it("has no padding and no character that means something in a token", () => {
    fc.assert(fc.property(bytes, (given) => assert.match(toBase64url(given), /^[A-Za-z0-9_-]*$/)));
  });

  for (const text of NOT_BASE64URL) {
    it(`refuses ${JSON.stringify(text)}, which is not canonical`, () => {
      assert.equal(fromBase64url(text), undefined);
    });
  }

  it("writes a part of a buffer, not the memory around it", () => {
    assert.equal(toBase64url(Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 4)), "AgME");
  });
});

describe("base64", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(bytes, (given) => assert.deepEqual(plain(fromBase64(toBase64(given))), plain(given))),
    );
  });

  for (const text of NOT_BASE64) {
    it(`refuses ${JSON.stringify(text)}, which is not canonical`, () => {
      assert.equal(fromBase64(text), undefined);
    });
  }
});

describe("UTF-8", () => {
  it("reads back every well-formed text, a byte order mark included", () => {
    fc.assert(fc.property(anyText(), (text) => assert.equal(fromUtf8(toUtf8(text)), text)));
    assert.equal(fromUtf8(toUtf8("\ufeffa\ufeff")), "\ufeffa\ufeff");
  });

  for (const given of INVALID_UTF8) {
    it(`refuses ${Buffer.from(given).toString("hex")}`, () => {
      assert.equal(fromUtf8(Uint8Array.from(given)), undefined);
    });
  }
});

describe("sha256", () => {
  it("is SHA-256", () => {
    const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert.equal(Buffer.from(sha256(toUtf8("abc"))).toString("hex"), digest);
  });
});

describe("equalBytes", () => {
  it("compares length and every byte", () => {
    assert.equal(equalBytes(Uint8Array.of(), Uint8Array.of()), true);
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
    assert.equal(equalBytes(Uint8Array.of(), Uint8Array.of(0)), false);
  });
});

describe("canonicalJson", () => {
  it("sorts the names and writes no space", () => {
    assert.equal(canonicalJson({ path: "/b", env: "e", app: "a" }), '{"app":"a","env":"e","path":"/b"}');
    assert.equal(canonicalJson({}), "{}");
  });

  it("escapes as RFC 8785 says: quotes, backslashes and control characters alone", () => {
    assert.equal(
      canonicalJson({ path: '/"\\/\b\f\n\r\t\u0001\u007f\u2028é🔑' }),
      '{"path":"/\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007f\u2028é🔑"}',
    );
  });

  it("writes JSON that says the same", () => {
    const object = fc.record({ app: fc.string(), env: fc.string(), path: anyText() });
    fc.assert(
      fc.property(object, (given) => assert.deepEqual(JSON.parse(canonicalJson(given)), { ...given })),
    );
  });
});

function plain(given: Uint8Array | undefined): number[] | undefined {
  return given && [...given];
}
