import { KmsError, OpenError } from "../errors/index.ts";
import type { KmsProvider } from "../kms/index.ts";
import {
  type DirectToken,
  encryptionContext,
  type KeyReference,
  type Names,
  type RawToken,
} from "../token/index.ts";

import { boundNames } from "./open-value.ts";
import { type KeyServices, recipientText } from "./sealing-key.ts";

/** What became of a token whose ciphertext the key service was to encrypt anew. */
export interface ReEncrypted {
  readonly text: string;
  /** False when the key service found nothing to renew: the text is the token's own. */
  readonly changed: boolean;
}

/** Tells whether a key service can take a ciphertext from one key to the other: within one region of one cloud. */
export function canReEncrypt(provider: KmsProvider, from: KeyReference, to: KeyReference): boolean {
  return provider.reEncrypt !== undefined && from.provider === to.provider && from.region === to.region;
}

/**
 * Has the key service encrypt a direct value anew, under a key of the same region; nobody sees the value. Its header,
 * and with it the digest inside, stays: app, env and path are what they were.
 *
 * @throws KmsError; OpenError for a ciphertext that the service refuses, or that is under another key than the token says
 */
export async function reEncryptDirect(
  token: DirectToken,
  names: Names,
  newKey: KeyReference,
  services: KeyServices,
): Promise<ReEncrypted> {
  const context = encryptionContext(boundNames(token, names), "v1/direct");
  return await reEncrypt({ token, header: token.header, context, newKey }, services);
}

/**
 * The same for a raw ciphertext, which is bound to nothing.
 *
 * @throws KmsError, OpenError
 */
export async function reEncryptRaw(
  token: RawToken,
  newKey: KeyReference,
  services: KeyServices,
): Promise<ReEncrypted> {
  return await reEncrypt({ token, header: "sealed:v1:raw", context: "", newKey }, services);
}

interface ReEncryption {
  readonly token: DirectToken | RawToken;
  /** The token's text before its recipient. */
  readonly header: string;
  readonly context: string;
  readonly newKey: KeyReference;
}

async function reEncrypt(
  { token, header, context, newKey }: ReEncryption,
  services: KeyServices,
): Promise<ReEncrypted> {
  const [{ key, wrapped }] = token.recipients;
  const provider = await services.providerOf(key.provider);
  if (provider.reEncrypt === undefined) throw new TypeError(`${key.provider} keys cannot re-encrypt`);
  const answer = await provider.reEncrypt(
    { key, wrapped, encryptionContext: context, newKey, newEncryptionContext: context },
    { signal: services.signal },
  );
  if (answer.sourceKeyId !== key.id) throw new OpenError();
  const text = `${header}:${recipientText(newKey, answer)}`;
  const changed = text !== token.text;
  if (changed && !answer.reEncrypted) {
    const what = `${newKey.text} answered with another ciphertext and said that it is the same`;
    throw new KmsError("ERR_KMS_RESPONSE", what, { provider: key.provider });
  }
  return { text, changed };
}
