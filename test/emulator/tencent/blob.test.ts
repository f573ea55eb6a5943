import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createBlobCipher, parseBlob } from "../../../src/emulator/tencent/blob.ts";
import type { OpenedBlob } from "../../../src/emulator/tencent/blob.ts";
import { toUtf8 } from "../../../src/bytes/index.ts";

const SHAPE = /^[A-Za-z0-9+/]{86}==-k-[A-Za-z0-9+/]{22}==-k-[A-Za-z0-9+/]+={0,2}$/;
const cipher = createBlobCipher(randomBytes(32));

function open(blob: string, context = "", key = cipher): OpenedBlob {
  const segments = parseBlob(blob);
  return segments === undefined ? "ciphertext" : key.open(segments, context);
}

for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 4095, 4096]) {
  test(`a blob of ${length} bytes has the service's shape and length and opens again`, () => {
    const plaintext = randomBytes(length);
    const blob = cipher.seal(plaintext, '{"a":"b"}');
    assert.match(blob, SHAPE);
    const payloadBytes = 4 + 16 + 16 * (Math.floor(length / 16) + 1);
    assert.equal(blob.length, 88 + 3 + 24 + 3 + 4 * Math.ceil(payloadBytes / 3));
    const opened = open(blob, '{"a":"b"}');
    assert.ok(typeof opened !== "string");
    assert.deepEqual(Buffer.from(opened), plaintext);
  });
}

test("the lengths of the service's published samples are met: 166 for 5 bytes, 210 for a 32-byte data key", () => {
  assert.equal(cipher.seal(randomBytes(5), "").length, 166);
  assert.equal(cipher.seal(randomBytes(32), "").length, 210);
});

test("two blobs of the same plaintext differ in the third segment alone", () => {
  const [first = [], second = []] = [1, 2].map(() => cipher.seal(toUtf8("same"), "").split("-k-"));
  assert.deepEqual(first.slice(0, 2), second.slice(0, 2));
  assert.notEqual(first[2], second[2]);
});

test("a blob with any one bit of its text changed is refused", () => {
  const blob = Buffer.from(cipher.seal(randomBytes(32), "{}"), "latin1");
  for (let bit = 0; bit < blob.length * 8; bit += 1) {
    const changed = Uint8Array.from(blob);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(open(Buffer.from(changed).toString("latin1"), "{}"), "ciphertext", `bit ${bit}`);
  }
});

test("a blob with any one bit of its bytes changed is refused", () => {
  const segments = cipher
    .seal(randomBytes(16), "{}")
    .split("-k-")
    .map((segment) => Buffer.from(segment, "base64"));
  for (const [index, segment] of segments.entries()) {
    for (let bit = 0; bit < segment.length * 8; bit += 1) {
      const changed = Buffer.from(segment);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const blob = segments
        .with(index, changed)
        .map((bytes) => bytes.toString("base64"))
        .join("-k-");
      assert.equal(open(blob, "{}"), "ciphertext", `segment ${index}, bit ${bit}`);
    }
  }
});

test("a blob cut anywhere, or with something after it, is refused", () => {
  const blob = cipher.seal(randomBytes(40), "");
  for (let length = 0; length < blob.length; length += 1)
    assert.equal(open(blob.slice(0, length)), "ciphertext");
  for (const more of ["=", "A", "\n", "-k-", "-k-AAAA"]) assert.equal(open(blob + more), "ciphertext");
});

test("ciphertext blocks that are left out, doubled or taken from another blob are refused", () => {
  const [keyTag = "", versionTag = "", payload = ""] = cipher.seal(randomBytes(64), "").split("-k-");
  const other = Buffer.from(cipher.seal(randomBytes(64), "").split("-k-")[2] ?? "", "base64");
  const bytes = Buffer.from(payload, "base64");
  const variants = [
    Buffer.concat([bytes.subarray(0, 36), bytes.subarray(52)]),
    Buffer.concat([bytes.subarray(0, 36), bytes.subarray(20)]),
    Buffer.concat([bytes.subarray(0, 20), other.subarray(20)]),
    Buffer.concat([bytes.subarray(0, 4), other.subarray(4, 20), bytes.subarray(20)]),
  ];
  for (const variant of variants) {
    assert.equal(open([keyTag, versionTag, variant.toString("base64")].join("-k-")), "ciphertext");
  }
});

test("a wrong context is told from a changed blob, down to a space", () => {
  const blob = cipher.seal(toUtf8("value"), '{"a":"b"}');
  for (const context of ["", "{}", '{"a": "b"}', '{"a":"B"}', '{"a":"b","c":"d"}'])
    assert.equal(open(blob, context), "context");
});

test("another key's blob is refused, even under this key's tags", () => {
  const other = createBlobCipher(randomBytes(32));
  const blob = other.seal(toUtf8("value"), "");
  assert.equal(open(blob), "ciphertext");
  const ours = cipher.seal(toUtf8("value"), "").split("-k-");
  assert.equal(open([ours[0], ours[1], blob.split("-k-")[2]].join("-k-")), "ciphertext");
});

test("the same material makes the same cipher", () => {
  const material = randomBytes(32);
  const blob = createBlobCipher(material).seal(toUtf8("value"), "");
  assert.deepEqual(Buffer.from(open(blob, "", createBlobCipher(material))).toString(), "value");
});
