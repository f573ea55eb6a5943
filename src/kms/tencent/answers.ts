import { fromBase64 } from "../../bytes/index.ts";
import { KmsError, OpenError } from "../../errors/index.ts";

import { doing, PROVIDER, strangeAnswer, type Subject } from "./failures.ts";
import { checkRequestId } from "./refusals.ts";

const KEY_ID = /^[A-Za-z0-9_.-]{1,128}$/;
const WRAPPED = /^[A-Za-z0-9+/=_-]{1,12288}$/;
const MAX_PLAINTEXT_BYTES = 4_096;

/** The fields of one answer. What the service returns is checked like any other input. */
export interface Answer {
  keyId(): string;
  sourceKeyId(): string;
  reEncrypted(): boolean;
  wrapped(): string;
  /**
   * Returns 1 to 4,096 bytes in a buffer of their own.
   *
   * @throws OpenError for text that is not their canonical base64: what a decryption yields is final, right or wrong
   */
  plaintext(): Uint8Array;
  /** Returns the plaintext of a data key, which has exactly this length. */
  dataKey(bytes: number): Uint8Array;
}

/**
 * Returns the readers of an answer's fields. Each throws a `KmsError` `ERR_KMS_RESPONSE` for a field that is missing
 * or is not what it must be; that is final, since the same service would say the same again.
 *
 * @throws KmsError `ERR_KMS_RESPONSE`, retryable, when the whole is no object
 */
export function readAnswer(response: unknown, subject: Subject): Answer {
  if (typeof response !== "object" || response === null || Array.isArray(response))
    throw strangeAnswer(subject);
  const fields: Readonly<Record<string, unknown>> = { ...response };

  function wrong(name: string): KmsError {
    return new KmsError(
      "ERR_KMS_RESPONSE",
      `${subject.service} answered ${doing(subject)} without a valid ${name}`,
      {
        provider: PROVIDER,
        requestId: checkRequestId(fields["RequestId"]),
      },
    );
  }

  function text(name: string, grammar: RegExp): string {
    const value = fields[name];
    if (typeof value !== "string" || !grammar.test(value)) throw wrong(name);
    return value;
  }

  function plaintext(invalid: () => Error): Uint8Array {
    const decoded = fromBase64(text("Plaintext", /^/));
    if (decoded === undefined || decoded.length === 0 || decoded.length > MAX_PLAINTEXT_BYTES)
      throw invalid();
    // Small buffers share a pool with others; secrets get memory of their own, so that wiping them wipes all of it.
    const own = Uint8Array.from(decoded);
    decoded.fill(0);
    return own;
  }

  return {
    keyId: () => text("KeyId", KEY_ID),
    sourceKeyId: () => text("SourceKeyId", KEY_ID),
    reEncrypted() {
      const value = fields["ReEncrypted"];
      if (typeof value !== "boolean") throw wrong("ReEncrypted");
      return value;
    },
    wrapped: () => text("CiphertextBlob", WRAPPED),
    plaintext: () => plaintext(() => new OpenError()),
    dataKey(bytes) {
      const key = plaintext(() => wrong("Plaintext"));
      if (key.length === bytes) return key;
      key.fill(0);
      throw wrong("Plaintext");
    },
  };
}
