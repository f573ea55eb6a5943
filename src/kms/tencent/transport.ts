import type { KmsKey } from "../provider.ts";

import type { Subject } from "./failures.ts";
import type { Outcome } from "./send.ts";

/** The operations, by the names that the service and its access management give them. */
export type Action = "Encrypt" | "Decrypt" | "GenerateDataKey";

export interface Call {
  readonly action: Action;
  readonly key: KmsKey;
  readonly params: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly outcome: Outcome;
  /** What the call was about, for the errors of those who read the outcome. */
  readonly subject: Subject;
}

/** Brings one call to the service and its answer back, in limited time. */
export interface Transport {
  /** @throws KmsError `ERR_KMS_UNREACHABLE`, `ERR_KMS_RESPONSE` or `ERR_CREDENTIALS_MISSING` */
  send(call: Call, signal: AbortSignal | undefined): Promise<Reply>;
  close(): void;
}
