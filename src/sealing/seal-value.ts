import { randomBytes } from "node:crypto";

import { type JsonValue, toBase64url } from "../bytes/index.ts";
import { SALT_BYTES, sealPayloadWithSalt } from "../crypto/payload.ts";
import { UsageError } from "../errors/index.ts";
import {
  contextBytes,
  encryptionContext,
  type KeyReference,
  MAX_TOKEN_CHARACTERS,
  type Names,
  placeOf,
} from "../token/index.ts";

import { directDigest } from "./direct-digest.ts";
import { encodeValue, MAX_DIRECT_VALUE_BYTES, MAX_ENVELOPE_VALUE_BYTES } from "./encode-value.ts";
import { type KeyServices, recipientText, type SealingKey } from "./sealing-key.ts";

/** A value and the path it is bound to; without a path it may stand anywhere in its app and env. */
export interface ValueToSeal {
  readonly value: JsonValue;
  readonly as: "text" | "json";
  /** An RFC 6901 pointer in which every list index is `-`. */
  readonly path: string | undefined;
}

/** Seals a value under a data key; calls no key service. Returns the token's text. */
export function sealEnvelope(sealingKey: SealingKey, value: ValueToSeal): string {
  return sealEnvelopeWithSalt(sealingKey, value, randomBytes(SALT_BYTES));
}

/** The seam for known-answer tests. */
export function sealEnvelopeWithSalt(sealingKey: SealingKey, value: ValueToSeal, salt: Uint8Array): string {
  const { dataKey, recipientsText, app, env } = sealingKey;
  const names = { app, env, path: value.path };
  const header = `${headerOf("envelope", value, names)}:${recipientsText}`;
  const plaintext = encodeValue(value.value, value.as, MAX_ENVELOPE_VALUE_BYTES);
  const context = contextBytes("sealconf/v1/value", header, names);
  const payload = sealPayloadWithSalt(dataKey, context, plaintext, salt);
  plaintext.fill(0);
  return checkLength(`${header}:${toBase64url(payload)}`);
}

/**
 * Has the key service encrypt the value itself, its digest in front: at most 4,064 bytes. Returns the token's text.
 *
 * @throws KmsError
 */
export async function sealDirect(
  key: KeyReference,
  { app, env }: Pick<Names, "app" | "env">,
  value: ValueToSeal,
  services: KeyServices,
): Promise<string> {
  const names = { app, env, path: value.path };
  const header = headerOf("direct", value, names);
  const encoded = encodeValue(value.value, value.as, MAX_DIRECT_VALUE_BYTES);
  const plaintext = Buffer.concat([directDigest(header, names, encoded), encoded]);
  encoded.fill(0);
  try {
    const provider = await services.providerOf(key.provider);
    const request = { key, plaintext, encryptionContext: encryptionContext(names, "v1/direct") };
    const answer = await provider.encrypt(request, { signal: services.signal });
    return checkLength(`${header}:${recipientText(key, answer)}`);
  } finally {
    plaintext.fill(0);
  }
}

function headerOf(kind: "direct" | "envelope", { as, path }: ValueToSeal, names: Names): string {
  const suffixes = `${as === "json" ? "+json" : ""}${path === undefined ? "+nopath" : ""}`;
  return `sealed:v1:${kind}${suffixes}:${placeOf(names)}`;
}

function checkLength(token: string): string {
  if (token.length <= MAX_TOKEN_CHARACTERS) return token;
  throw new UsageError(
    "ERR_OPTION_INVALID",
    "the sealed value would be longer than 64 KiB: it has too many recipients",
  );
}
