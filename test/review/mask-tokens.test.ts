import assert from "node:assert/strict";
import { test } from "node:test";

import { maskTokens } from "../../src/review/mask-tokens.ts";

const ID = "93866e69-9755-11ef-8e65-52540089bc41";
const KEY = `tencent/ap-guangzhou/${ID}`;
const PAYLOAD = Buffer.alloc(77, 1).toString("base64url");
const ENVELOPE = `sealed:v1:envelope+json:abcd_-12:${KEY}=QUJD,local/dev=AAAA_-:${PAYLOAD}`;
const DIRECT = `sealed:v1:direct+nopath:abcdefgh:${KEY}=QUJDREVG==`;
const RAW = `sealed:v1:raw:${KEY}=QUJD`;
const FILE = "sealed:v1:file+bytes:tls/key.der.sealed";

function mask(text: string): string {
  return Buffer.from(maskTokens(Buffer.from(text, "utf8"))).toString("utf8");
}

test("every kind of token is shown by its keys, or the file that it names, and a fingerprint of 22 characters", () => {
  const shown: readonly (readonly [string, RegExp])[] = [
    [ENVELOPE, new RegExp(`^sealed\\(${KEY}, local/dev, [\\w-]{22}\\)$`)],
    [DIRECT, new RegExp(`^sealed\\(${KEY}, [\\w-]{22}\\)$`)],
    [RAW, new RegExp(`^sealed\\(${KEY}, [\\w-]{22}\\)$`)],
    [FILE, /^sealed\(tls\/key\.der\.sealed, [\w-]{22}\)$/],
  ];
  for (const [token, wanted] of shown) assert.match(mask(token), wanted);
});

test("the fingerprint is that of the token's text: the same for the same text, another for any other", () => {
  assert.equal(mask(RAW), `sealed(${KEY}, pasd2AMyDL2FG4f4XPQ-mW)`);
  assert.equal(mask(`a: ${ENVELOPE}\nb: ${ENVELOPE}`).split(mask(ENVELOPE)).length, 3);
  const shown = [
    ENVELOPE,
    ENVELOPE.replace("+json", ""),
    ENVELOPE.replace("AAAA", "AAAB"),
    DIRECT,
    RAW,
    `${RAW}R`,
  ];
  assert.equal(new Set(shown.map(mask)).size, shown.length);
});

test("everything around a token stays, whatever the format and wherever it stands", () => {
  const texts = [
    `\uFEFFdb:\r\n\tpassword: ${RAW} # it was ${DIRECT}, once\r\n`,
    `list: [ ${FILE}, "${RAW}", '${DIRECT}' ]\n`,
    `{"a":"${ENVELOPE}","b":1}`,
    `export A=${RAW}\nB='${DIRECT}'\nC=${ENVELOPE}`,
    `<<<<<<< ours\na: ${RAW}\n=======\na: ${ENVELOPE}\n>>>>>>> theirs\n`,
    `not: [a, config: ${RAW}`,
    `A=${FILE}.`,
  ];
  for (const text of texts) {
    let wanted = text;
    for (const token of [ENVELOPE, DIRECT, RAW, FILE]) wanted = wanted.replaceAll(token, () => mask(token));
    assert.notEqual(wanted, text);
    assert.equal(mask(text), wanted);
  }
});

test("bytes that are no text stay as they are, and tokens among them are shown", () => {
  const before = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  assert.deepEqual(Buffer.from(maskTokens(before)), before);
  const masked = maskTokens(Buffer.concat([before, Buffer.from(RAW), before]));
  assert.deepEqual(Buffer.from(masked), Buffer.concat([before, Buffer.from(mask(RAW)), before]));
});

test("what only looks like a token is shown as it is", () => {
  const texts = [
    "",
    "sealed:v1:",
    "sealed:v1:raw",
    "sealed:v2:raw:x",
    `SEALED:v1:raw:${KEY}=QUJD`,
    `x${RAW}`,
    `sealed:v1:raw:gcp/a=QUJD`,
    `sealed:v1:envelope:abcd_-12:${KEY}=QUJD:***`,
    "sealed:v1:file:../key.sealed",
  ];
  for (const text of texts) assert.equal(mask(text), text);
});

test("a large file of many tokens is shown in a moment", { timeout: 10_000 }, () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `k${index}: ${ENVELOPE}`);
  const masked = mask(lines.join("\n"));
  assert.equal(masked.split(mask(ENVELOPE)).length, lines.length + 1);
  // A long run of a token's characters that is none must not be tried from each of its places.
  assert.equal(mask(`sealed:v1:${",".repeat(2_000_000)}`).length, 2_000_010);
});
