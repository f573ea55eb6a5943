import assert from "node:assert/strict";

import { sha256 } from "../../src/bytes/index.ts";
import { openPayload, sealPayloadWithSalt, takeDataKey } from "../../src/crypto/payload.ts";
import { fromHex, type PayloadVector, shake256, toHex } from "./vectors.ts";

/** Seals and opens a known answer. */
export function checkPayloadVector(vector: PayloadVector): void {
  const dataKey = takeDataKey(fromHex(vector.key_hex));
  const context = fromHex(vector.context_hex);
  const plaintext = shake256(`payload ${vector.name}`, vector.plaintext_bytes);
  const payload = sealPayloadWithSalt(dataKey, context, plaintext, fromHex(vector.salt_hex));
  assert.equal(payload.length, vector.payload_bytes);
  assert.equal(toHex(sha256(payload)), vector.payload_sha256);
  if (vector.payload_hex !== undefined) assert.equal(toHex(payload), vector.payload_hex);
  assert.deepEqual(Buffer.from(openPayload(dataKey, context, payload)), Buffer.from(plaintext));
}
