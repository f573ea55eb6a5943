import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { decodeName, encodeName, splitAtNul } from "../../src/git/path-bytes.ts";

test("a name that is UTF-8 is its text", () => {
  for (const name of ["config/default.yaml", "配置/密钥.yaml", "\u{1f511}", "\ufeffa", "a\nb", '"']) {
    assert.equal(decodeName(Buffer.from(name)), name);
  }
});

test("a name that is not UTF-8 keeps its ASCII characters", () => {
  assert.equal(decodeName(Buffer.from("config/caf\xe9.yaml", "latin1")), "config/caf\udce9.yaml");
});

test("names that are not UTF-8 are told apart", () => {
  const names = ["a\xff", "a\xfe", "a\x80", "a\xff\xff", "a\xc3\xa9\xff", "a\xed\xa0\x80", "a\xc0\xaf"];
  assert.equal(new Set(names.map((name) => decodeName(Buffer.from(name, "latin1")))).size, names.length);
});

test("every name is encoded as the bytes that it was decoded from", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(new Uint8Array(encodeName(decodeName(bytes))), bytes);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(decodeName(encodeName(text)), text);
    }),
  );
});

test("a listing is split at its NULs and nowhere else", () => {
  assert.deepEqual(splitAtNul(Buffer.from("a\nb\0\0c d\0")).map(String), ["a\nb", "", "c d"]);
  assert.deepEqual(splitAtNul(Buffer.alloc(0)), []);
});
