import type { KmsKey } from "../provider.ts";

import type { Subject } from "./failures.ts";
import type { Outcome } from "./send.ts";

/** The operations, by the names that the service and its access management give them. */
export type Action = "Encrypt" | "Decrypt" | "GenerateDataKey" | "ReEncrypt";

export interface Call {
  readonly action: Action;
  readonly key: KmsKey;
  /** The key that a ciphertext is taken to. */
  readonly newKey?: KmsKey | undefined;
  readonly params: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly outcome: Outcome;
  /** What the call was about, for the errors of those who read the outcome. */
  readonly subject: Subject;
}

/** Names the keys that a call is about, for messages. */
export function targetOf({ key, newKey = key }: Call): string {
  return newKey.text === key.text ? key.text : `${key.text} and ${newKey.text}`;
}

/** Brings one call to the service and its answer back, in limited time. */
export interface Transport {
  /** @throws KmsError `ERR_KMS_UNREACHABLE`, `ERR_KMS_RESPONSE` or `ERR_CREDENTIALS_MISSING` */
  send(call: Call, signal: AbortSignal | undefined): Promise<Reply>;
  close(): void;
}
