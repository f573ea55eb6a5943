import { hash } from "node:crypto";

import { canonicalJson } from "../bytes/index.ts";
import { UsageError } from "../errors/index.ts";

/** What a value is bound to. Source: sealed format v1, section 3. */
export interface Names {
  /** 1 to 64 of `A-Z a-z 0-9 - _ .`. */
  readonly app?: string | undefined;
  /** 1 to 64 of `A-Z a-z 0-9 - _ .`. */
  readonly env?: string | undefined;
  /** An RFC 6901 pointer in which every list index is `-`. */
  readonly path?: string | undefined;
}

export type ContextLabel =
  | "sealconf/v1/value"
  | "sealconf/v1/direct"
  | "sealconf/v1/blob"
  | "sealconf/v1/wrap";

const PLACE_BYTES = 6;
const SHA256_BYTES = 32;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Tells whether a text may be an app or an env. */
export function isContextName(text: string): boolean {
  return NAME.test(text);
}

/**
 * Checks an app or env that a caller named.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export function checkContextName(option: string, text: string | undefined): void {
  if (text !== undefined && !isContextName(text)) {
    throw new UsageError("ERR_OPTION_INVALID", `${option} is not 1 to 64 letters, digits, "-", "_" or "."`);
  }
}

/** Returns the 8 characters that let a moved value be found without a key: base64url of 6 bytes. */
export function placeOf(names: Names): string {
  return Buffer.from(namesDigest(names).slice(0, 2 * PLACE_BYTES), "hex").toString("base64url");
}

/** Returns the bytes that seal a value to its header and names: label, a zero byte, and two SHA-256 digests. */
export function contextBytes(label: ContextLabel, header: Uint8Array | string, names: Names): Uint8Array {
  return contextBytesOf(label, header, namesDigest(names));
}

/** The same for names that are canonical JSON already. */
export function contextBytesOfJson(
  label: ContextLabel,
  header: Uint8Array | string,
  json: string,
): Uint8Array {
  return contextBytesOf(label, header, hash("sha256", json));
}

// One buffer and digests as hex: with a buffer for each part this is half of what opening a value costs.
function contextBytesOf(label: ContextLabel, header: Uint8Array | string, namesHex: string): Uint8Array {
  const bytes = Buffer.alloc(label.length + 1 + 2 * SHA256_BYTES);
  bytes.write(label, "latin1");
  bytes.write(hash("sha256", header), label.length + 1, "hex");
  bytes.write(namesHex, label.length + 1 + SHA256_BYTES, "hex");
  return bytes;
}

/** Returns the EncryptionContext that the key service gets for a data key or a direct value, as canonical JSON text. */
export function encryptionContext({ app, env }: Names, sealed: "v1/dek" | "v1/direct"): string {
  return canonicalJson({ app, env, sealed });
}

// A value's place and its context need the same digest.
const DIGESTS = new WeakMap<Names, string>();

function namesDigest(names: Names): string {
  const known = DIGESTS.get(names);
  if (known !== undefined) return known;
  const { app, env, path } = names;
  const digest = hash("sha256", canonicalJson({ app, env, path }));
  DIGESTS.set(names, digest);
  return digest;
}
