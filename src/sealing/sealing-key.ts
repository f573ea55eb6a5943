import { createSecretKey, type KeyObject } from "node:crypto";

import { DATA_KEY_BYTES } from "../crypto/payload.ts";
import { KmsError } from "../errors/index.ts";
import type { EncryptResult, KmsProvider } from "../kms/index.ts";
import { encryptionContext, isWrapped, type KeyReference, type Names } from "../token/index.ts";

/** How sealing and opening reach the key services. */
export interface KeyServices {
  /** Returns the provider of a key reference's first part, made when it is first asked for. */
  readonly providerOf: (name: string) => Promise<KmsProvider>;
  readonly signal?: AbortSignal | undefined;
}

/** A data key with its wrapped forms: seals every value of one run for one list of recipients, one app and one env. */
export interface SealingKey {
  readonly dataKey: KeyObject;
  /** `keyref=wrapped`, joined by `,`. */
  readonly recipientsText: string;
  readonly app: string | undefined;
  readonly env: string | undefined;
}

/**
 * Makes a data key under the first key and wraps it for the others; needs no right to decrypt.
 *
 * @throws KmsError
 */
export async function makeSealingKey(
  keys: readonly KeyReference[],
  { app, env }: Pick<Names, "app" | "env">,
  services: KeyServices,
): Promise<SealingKey> {
  const [firstKey, ...otherKeys] = keys;
  if (firstKey === undefined) throw new TypeError("a sealing key needs at least one recipient");
  const { signal } = services;
  const context = encryptionContext({ app, env }, "v1/dek");
  const provider = await services.providerOf(firstKey.provider);
  const made = await provider.generateDataKey({ key: firstKey, encryptionContext: context }, { signal });
  try {
    const first = recipientText(firstKey, made);
    if (made.plaintext.length !== DATA_KEY_BYTES)
      throw badAnswer(firstKey, "a data key that is not 32 bytes");
    const others = await Promise.all(
      otherKeys.map(async (key) => {
        const other = await services.providerOf(key.provider);
        const request = { key, plaintext: made.plaintext, encryptionContext: context };
        return recipientText(key, await other.encrypt(request, { signal }));
      }),
    );
    const recipientsText = [first, ...others].join(",");
    return { dataKey: createSecretKey(made.plaintext), recipientsText, app, env };
  } finally {
    made.plaintext.fill(0);
  }
}

/**
 * Writes what a key service answered as a recipient.
 *
 * @throws KmsError `ERR_KMS_RESPONSE` for an answer about another key, or one that no token could hold
 */
export function recipientText(key: KeyReference, { keyId, wrapped }: EncryptResult): string {
  if (keyId !== key.id) throw badAnswer(key, "the id of another key");
  if (!isWrapped(wrapped)) throw badAnswer(key, "a ciphertext that no sealed value can hold");
  return `${key.text}=${wrapped}`;
}

function badAnswer(key: KeyReference, what: string): KmsError {
  return new KmsError("ERR_KMS_RESPONSE", `${key.text} answered with ${what}`, { provider: key.provider });
}
