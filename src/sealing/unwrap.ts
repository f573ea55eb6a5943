import type { KeyObject } from "node:crypto";

import { takeDataKey } from "../crypto/payload.ts";
import { type KmsCode, KmsError, OpenError } from "../errors/index.ts";
import type { KeyReference, Recipient } from "../token/index.ts";

import type { KeyServices } from "./sealing-key.ts";

/** What was decrypted, and which key did it. */
export interface Decrypted {
  /** The caller wipes it. */
  readonly plaintext: Uint8Array;
  readonly key: KeyReference;
}

// What another key may still help with. The rest is about the ciphertext or the answer, and final: trying on after
// these would let whoever writes the file choose which key's answer counts. Source: sealed format v1, section 4
const NEXT: ReadonlySet<KmsCode> = new Set<KmsCode>([
  "ERR_KMS_DENIED",
  "ERR_KMS_KEY_UNUSABLE",
  "ERR_KMS_THROTTLED",
  "ERR_KMS_UNREACHABLE",
  "ERR_KMS_RESPONSE",
  "ERR_CREDENTIALS_MISSING",
  "ERR_CLOCK_SKEW",
]);

/**
 * Has one of the recipients' keys decrypt, in the order given.
 *
 * @throws OpenError when a key service refuses the ciphertext or the context, or answers for another key; KmsError when
 * none of them could be asked
 */
export async function decryptWithAny(
  recipients: readonly Recipient[],
  encryptionContext: string,
  services: KeyServices,
): Promise<Decrypted> {
  const failures: KmsError[] = [];
  for (const { key, wrapped } of recipients) {
    try {
      const provider = await services.providerOf(key.provider);
      const request = { key, wrapped, encryptionContext };
      const { keyId, plaintext } = await provider.decrypt(request, { signal: services.signal });
      if (keyId === key.id) return { plaintext, key };
      plaintext.fill(0);
      throw new OpenError();
    } catch (error) {
      if (!(error instanceof KmsError) || !NEXT.has(error.code)) throw error;
      failures.push(error);
    }
  }
  throw joined(failures);
}

/** Unwraps a data key. Rejects as `decryptWithAny` does, and with OpenError for what is not 32 bytes. */
export async function unwrapDataKey(
  recipients: readonly Recipient[],
  encryptionContext: string,
  services: KeyServices,
): Promise<{ readonly dataKey: KeyObject; readonly key: KeyReference }> {
  const { plaintext, key } = await decryptWithAny(recipients, encryptionContext, services);
  return { dataKey: takeDataKey(plaintext), key };
}

function joined(failures: readonly KmsError[]): KmsError {
  const [first] = failures;
  if (first === undefined) throw new TypeError("a value needs at least one recipient that is allowed");
  if (failures.length === 1) return first;
  const { code, provider, requestId, hint } = first;
  return new KmsError(code, `no key could be asked: ${failures.map(({ message }) => message).join("; ")}`, {
    provider,
    requestId,
    hint,
  });
}
