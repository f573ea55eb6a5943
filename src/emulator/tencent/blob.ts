// A CiphertextBlob, of the shape and length that the service's own have:
//
//   base64(key tag, 64) "-k-" base64(version tag, 16) "-k-" base64(payload)
//   payload = salt, 4 | check, 8 | context check, 8 | AES-256-CBC ciphertext, 16·n
//
// The tags are constant for a key and say which key it is. The service's third segment has 20 bytes before the
// ciphertext; here the last 16 of them are the initialisation vector and authenticate at once (a synthetic IV): `check`
// covers salt and plaintext, `context check` covers `check` and the EncryptionContext, so that a changed blob and a
// wrong context can be told apart.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { equalBytes, fromBase64, toBase64, toUtf8 } from "../../bytes/index.ts";

const SEPARATOR = "-k-";
const KEY_TAG_BYTES = 64;
const VERSION_TAG_BYTES = 16;
const SALT_BYTES = 4;
const CHECK_BYTES = 8;
const IV_BYTES = 16;
const BLOCK_BYTES = 16;
const CIPHER = "aes-256-cbc";

export interface BlobSegments {
  /** As text: it is compared, never read. */
  readonly keyTag: string;
  readonly versionTag: string;
  readonly payload: Uint8Array;
}

/** What became of a blob: its plaintext, or what did not fit. */
export type OpenedBlob = Uint8Array | "ciphertext" | "context";

export interface BlobCipher {
  /** The first segment of every blob of this key. */
  readonly keyTag: string;
  seal(plaintext: Uint8Array, context: string): string;
  open(segments: BlobSegments, context: string): OpenedBlob;
}

/** Splits a blob; `undefined` for anything that is not of its shape, down to the last bit of its base64. */
export function parseBlob(text: string): BlobSegments | undefined {
  const [keyTag, versionTag, payloadText, ...rest] = text.split(SEPARATOR);
  if (keyTag === undefined || versionTag === undefined || payloadText === undefined || rest.length > 0)
    return undefined;
  const payload = fromBase64(payloadText);
  if (fromBase64(keyTag)?.length !== KEY_TAG_BYTES || fromBase64(versionTag)?.length !== VERSION_TAG_BYTES)
    return undefined;
  if (payload === undefined || payload.length < SALT_BYTES + IV_BYTES + BLOCK_BYTES) return undefined;
  if ((payload.length - SALT_BYTES) % BLOCK_BYTES !== 0) return undefined;
  return { keyTag, versionTag, payload };
}

/** Makes the cipher of a key from its 32 bytes of material. */
export function createBlobCipher(material: Uint8Array): BlobCipher {
  const derive = (purpose: string, length: number): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", material, new Uint8Array(0), `sealconf emulator ${purpose}`, length));
  const keyTag = toBase64(derive("key tag", KEY_TAG_BYTES));
  const versionTag = toBase64(derive("version tag", VERSION_TAG_BYTES));
  const cipherKey = createSecretKey(derive("cipher", 32));
  const checkKey = createSecretKey(derive("check", 32));
  const contextKey = createSecretKey(derive("context check", 32));
  return {
    keyTag,
    seal(plaintext, context) {
      const salt = randomBytes(SALT_BYTES);
      const check = checksum(checkKey, salt, plaintext);
      const iv = Buffer.concat([check, checksum(contextKey, check, toUtf8(context))]);
      const cipher = createCipheriv(CIPHER, cipherKey, iv);
      const payload = Buffer.concat([salt, iv, cipher.update(plaintext), cipher.final()]);
      return [keyTag, versionTag, toBase64(payload)].join(SEPARATOR);
    },
    open(segments, context) {
      if (segments.keyTag !== keyTag || segments.versionTag !== versionTag) return "ciphertext";
      const salt = segments.payload.subarray(0, SALT_BYTES);
      const iv = segments.payload.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
      const plaintext = decrypt(cipherKey, iv, segments.payload.subarray(SALT_BYTES + IV_BYTES));
      if (plaintext === undefined) return "ciphertext";
      const check = iv.subarray(0, CHECK_BYTES);
      if (!equalBytes(check, checksum(checkKey, salt, plaintext))) return "ciphertext";
      const contextCheck = checksum(contextKey, check, toUtf8(context));
      return equalBytes(iv.subarray(CHECK_BYTES), contextCheck) ? plaintext : "context";
    },
  };
}

function decrypt(key: KeyObject, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, iv);
  const start = decipher.update(ciphertext);
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    // Bad padding is all that `final` can find; it is one more way for a blob to be wrong.
    return undefined;
  }
}

/** The first part is of a fixed length for each key, so the two cannot be cut in another way. */
function checksum(key: KeyObject, first: Uint8Array, second: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(first).update(second).digest().subarray(0, CHECK_BYTES);
}
