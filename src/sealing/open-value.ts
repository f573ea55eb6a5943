import type { KeyObject } from "node:crypto";

import { equalBytes, type JsonValue } from "../bytes/index.ts";
import { openPayload } from "../crypto/payload.ts";
import { OpenError } from "../errors/index.ts";
import {
  contextBytes,
  type DirectToken,
  encryptionContext,
  type EnvelopeToken,
  type KeyReference,
  type Names,
  type RawToken,
  type Recipient,
} from "../token/index.ts";

import { directDigest } from "./direct-digest.ts";
import { decodeValue, MAX_ENVELOPE_VALUE_BYTES } from "./encode-value.ts";
import type { KeyServices } from "./sealing-key.ts";
import { decryptWithAny } from "./unwrap.ts";

const DIGEST_BYTES = 32;

export interface OpenedValue {
  readonly value: JsonValue;
  /** The key that opened it. */
  readonly key: KeyReference;
}

/**
 * Opens an envelope's payload with its data key; calls no key service.
 *
 * @throws OpenError
 */
export function openEnvelope(token: EnvelopeToken, names: Names, dataKey: KeyObject): JsonValue {
  const context = contextBytes("sealconf/v1/value", token.header, boundNames(token, names));
  const plaintext = openPayload(dataKey, context, token.payload);
  try {
    if (plaintext.length > MAX_ENVELOPE_VALUE_BYTES) throw new OpenError();
    return decodeValue(plaintext, token.as);
  } finally {
    plaintext.fill(0);
  }
}

/**
 * Opens a direct value with one call.
 *
 * @throws OpenError, KmsError
 */
export async function openDirect(
  token: DirectToken,
  names: Names,
  services: KeyServices,
): Promise<OpenedValue> {
  const bound = boundNames(token, names);
  const context = encryptionContext(bound, "v1/direct");
  const { plaintext, key } = await decryptWithAny(token.recipients, context, services);
  try {
    const digest = plaintext.subarray(0, DIGEST_BYTES);
    const value = plaintext.subarray(DIGEST_BYTES);
    if (!equalBytes(digest, directDigest(token.header, bound, value))) throw new OpenError();
    return { value: decodeValue(value, token.as), key };
  } finally {
    plaintext.fill(0);
  }
}

/**
 * Opens a raw ciphertext with one call: nothing binds it to its place.
 *
 * @throws OpenError, KmsError
 */
export async function openRaw(token: RawToken, services: KeyServices): Promise<OpenedValue> {
  const { plaintext, key } = await decryptWithAny(token.recipients, "", services);
  try {
    return { value: decodeValue(plaintext, "text"), key };
  } finally {
    plaintext.fill(0);
  }
}

/** Leaves the path out where the token says that it is bound to none. */
export function boundNames({ bindsPath }: EnvelopeToken | DirectToken, names: Names): Names {
  return bindsPath ? names : { app: names.app, env: names.env };
}

/** Returns the recipients whose keys are allowed, in the order of `allowed`: the only ones that are ever asked. */
export function admittedRecipients(
  recipients: readonly Recipient[],
  allowed: readonly string[],
): Recipient[] {
  return allowed.flatMap((text) => recipients.filter(({ key }) => key.text === text));
}
