// C2SP chunked-encryption, instantiation Cobblestone-256:
//
//   payload = salt (24) || commit (32) || unit 0 || … || unit n
//   unit    = AES-256-GCM(chunk) || tag (16); a chunk is 16,384 bytes, the last one 0 to 16,383
//
// Key, nonce base and commitment come from data key, salt and context by HKDF-Expand with SHA-512, so that the
// commitment makes them one thing: it is compared before a decipher exists.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { equalBytes } from "../bytes/index.ts";
import { OpenError } from "../errors/index.ts";

export const DATA_KEY_BYTES = 32;
export const SALT_BYTES = 24;
export const CHUNK_BYTES = 16_384;

const COMMIT_BYTES = 32;
const TAG_BYTES = 16;
const HEADER_BYTES = SALT_BYTES + COMMIT_BYTES;
const UNIT_BYTES = CHUNK_BYTES + TAG_BYTES;
const SUITE = Buffer.from("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", "latin1");
const FIRST = Uint8Array.of(1);
const SECOND = 2;

interface MessageKeys {
  readonly key: KeyObject;
  readonly nonceBase: Uint8Array;
  readonly commit: Uint8Array;
}

/**
 * Takes 32 bytes as a data key and wipes them: a `KeyObject` is faster to use, and does not print.
 *
 * @throws OpenError when it is not exactly 32 bytes
 */
export function takeDataKey(bytes: Uint8Array): KeyObject {
  try {
    if (bytes.length !== DATA_KEY_BYTES) throw new OpenError();
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Returns how many bytes a payload of this many bytes opens to. */
export function payloadPlaintextBytes(payloadBytes: number): number {
  return Math.max(0, payloadBytes - HEADER_BYTES - unitCount(payloadBytes) * TAG_BYTES);
}

function unitCount(payloadBytes: number): number {
  return Math.floor((payloadBytes - HEADER_BYTES) / UNIT_BYTES) + 1;
}

/** Seals `plaintext` under a data key, bound to `context`. Returns 72 bytes more than it, and 16 for each further chunk. */
export function sealPayload(dataKey: KeyObject, context: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return sealPayloadWithSalt(dataKey, context, plaintext, randomBytes(SALT_BYTES));
}

/** The seam for known-answer tests: a salt that is used twice gives the message away. */
export function sealPayloadWithSalt(
  dataKey: KeyObject,
  context: Uint8Array,
  plaintext: Uint8Array,
  salt: Uint8Array,
): Uint8Array {
  const { key, nonceBase, commit } = deriveKeys(dataKey, salt, context);
  const parts: Uint8Array[] = [salt, commit];
  const units = Math.floor(plaintext.length / CHUNK_BYTES) + 1;
  for (let index = 0; index < units; index++) {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(nonceBase, index), {
      authTagLength: TAG_BYTES,
    });
    const chunk = plaintext.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    parts.push(cipher.update(chunk), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(parts);
}

/**
 * Opens a payload whole.
 *
 * @throws OpenError on every difference: key, context, salt, commitment, any unit, their order, their number
 */
export function openPayload(dataKey: KeyObject, context: Uint8Array, payload: Uint8Array): Uint8Array {
  // The last unit has at least its tag: an end on a full unit means that the rest was cut off.
  if ((payload.length - HEADER_BYTES) % UNIT_BYTES < TAG_BYTES) throw new OpenError();
  const { key, nonceBase, commit } = deriveKeys(dataKey, payload.subarray(0, SALT_BYTES), context);
  if (!equalBytes(commit, payload.subarray(SALT_BYTES, HEADER_BYTES))) throw new OpenError();
  const plaintext = Buffer.alloc(payloadPlaintextBytes(payload.length));
  try {
    for (let index = 0; index < unitCount(payload.length); index++) {
      const start = HEADER_BYTES + index * UNIT_BYTES;
      const unit = payload.subarray(start, start + UNIT_BYTES);
      const chunk = openUnit(key, nonceOf(nonceBase, index), unit);
      plaintext.set(chunk, index * CHUNK_BYTES);
      chunk.fill(0);
    }
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
  return plaintext;
}

function openUnit(key: KeyObject, nonce: Uint8Array, unit: Uint8Array): Uint8Array {
  const tagStart = unit.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(unit.subarray(tagStart));
  const chunk = decipher.update(unit.subarray(0, tagStart));
  try {
    decipher.final();
  } catch {
    // OpenSSL's only failure here is the tag; its message says nothing more.
    chunk.fill(0);
    throw new OpenError();
  }
  return chunk;
}

function deriveKeys(dataKey: KeyObject, salt: Uint8Array, context: Uint8Array): MessageKeys {
  // createHmac, since hkdfSync always extracts first and the construction only expands.
  const info = Buffer.concat([SUITE, salt, context, FIRST]);
  const t1 = createHmac("sha512", dataKey).update(info).digest();
  info[info.length - 1] = SECOND;
  const t2 = createHmac("sha512", dataKey).update(t1).update(info).digest();
  const key = createSecretKey(t1.subarray(0, 32));
  const nonceBase = Uint8Array.prototype.slice.call(t1, 32, 44);
  const commit = Buffer.concat([t1.subarray(44), t2.subarray(0, 12)]);
  t1.fill(0);
  t2.fill(0);
  return { key, nonceBase, commit };
}

// What fits into memory has far fewer than the 2^38 chunks that a payload may have.
function nonceOf(base: Uint8Array, index: number): Uint8Array {
  const nonce = Buffer.from(base);
  for (let rest = index, position = 11; rest > 0; rest = Math.floor(rest / 256), position--) {
    nonce[position] = (nonce[position] ?? 0) ^ (rest % 256);
  }
  return nonce;
}
