import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { JsonValue } from "../../src/bytes/index.ts";
import type { Names } from "../../src/token/index.ts";

/** The project's folder; the tests run from a folder one below it. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface ValueVector {
  readonly name: string;
  readonly names: Names;
  readonly names_json: string;
  readonly place: string;
  readonly encryption_context_dek: string;
  readonly encryption_context_direct: string;
  readonly context_hex: string;
  readonly wrap_salt_hex: string;
  readonly payload_salt_hex: string;
  readonly value: JsonValue;
  readonly envelope?: string;
  readonly direct?: string;
  readonly direct_digest_hex?: string;
  /** Of a token that is too long to be written out; its value is `repeat` that many `times`. */
  readonly token_sha256?: string;
}

export interface BlobVector {
  readonly name: string;
  readonly names: Names;
  readonly size: number;
  readonly plaintext_sha256: string;
  readonly wrap_salt_hex: string;
  readonly payload_salt_hex: string;
  readonly blob_sha256: string;
  readonly blob_bytes: number;
}

export interface RejectVector {
  readonly why: string;
  readonly token: string;
  readonly names: Names;
}

/** Known answers of the sealed format, made by an implementation in another language. */
export interface FormatVectors {
  readonly local_key: string;
  readonly keyref: string;
  readonly dek_hex: string;
  readonly values: readonly ValueVector[];
  readonly blobs: readonly BlobVector[];
  readonly reject: readonly RejectVector[];
}

export function readFormatVectors(): FormatVectors {
  return readJson("fixtures/vectors/sealconf_v1.json") as FormatVectors;
}

export interface PayloadVector {
  readonly name: string;
  readonly key_hex: string;
  readonly salt_hex: string;
  readonly context_hex: string;
  readonly plaintext_bytes: number;
  readonly payload_bytes: number;
  readonly payload_sha256: string;
  readonly payload_hex?: string;
}

/** Known answers of the payload, made by other code than ours. */
export function readPayloadVectors(): readonly PayloadVector[] {
  const { payloads } = readJson("fixtures/vectors/payload.json") as { payloads: readonly PayloadVector[] };
  return payloads;
}

export interface CobblestoneVector {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly ctx: string;
  /** Hex of zlib-deflated bytes. */
  readonly ct: string;
  readonly msgLength?: number;
  readonly msgSha512?: string;
  readonly result: "valid" | "invalid";
}

/** The published cases of Cobblestone-256; `undefined` where they do not lie beside the project. */
export function readCobblestoneVectors(): readonly CobblestoneVector[] | undefined {
  const file = "../shared/vectors/cobblestone_aes_256_gcm.json";
  if (!existsSync(ROOT + file)) return undefined;
  const { testGroups } = readJson(file) as {
    testGroups: readonly { tests: readonly CobblestoneVector[] }[];
  };
  return testGroups.flatMap(({ tests }) => tests);
}

/** The plaintext of the known answers: bytes that a name gives. */
export function shake256(text: string, bytes: number): Uint8Array {
  // OpenSSL has no output of length zero.
  if (bytes === 0) return new Uint8Array(0);
  return createHash("shake256", { outputLength: bytes }).update(text, "ascii").digest();
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(ROOT + file, "utf8"));
}
