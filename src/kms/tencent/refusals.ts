import { type KmsCode, KmsError, OpenError } from "../../errors/index.ts";

import { doing, PROVIDER, type Subject } from "./failures.ts";

/** An error that the service itself answered with. */
export interface Refusal {
  /** `ResourceUnavailable.CmkDisabled`, as the service wrote it. */
  readonly code: string;
  readonly requestId: unknown;
}

interface Row {
  readonly code: KmsCode;
  readonly because: string;
  readonly retryable?: true;
  readonly hint?: string;
}

const DENIED: Row = {
  code: "ERR_KMS_DENIED",
  because: "the credentials have no permission for it",
  hint: "allow the action kms:{action} on this key in Tencent Cloud's access management (CAM)",
};
const UNKNOWN_CREDENTIALS: Row = {
  code: "ERR_KMS_DENIED",
  because: "the credentials are not accepted",
  hint: "check the secret id, the secret key and, for temporary credentials, the token and its age",
};
const WRONG_ADDRESS: Row = { code: "ERR_KMS_DENIED", because: "requests from this address are not allowed" };
const DISABLED: Row = {
  code: "ERR_KMS_KEY_UNUSABLE",
  because: "the key is disabled",
  hint: "enable the key, or seal under another one",
};
const PENDING_DELETION: Row = {
  code: "ERR_KMS_KEY_UNUSABLE",
  because: "the key is scheduled for deletion",
  hint: "cancel the deletion and enable the key before its time is up, or what is sealed under it is lost",
};
const NOT_FOUND: Row = {
  code: "ERR_KMS_KEY_UNUSABLE",
  because: "there is no such key in this region and account",
  hint: "check the key reference, and that the credentials belong to the account that owns the key",
};
const THROTTLED: Row = {
  code: "ERR_KMS_THROTTLED",
  because: "there are too many requests a second",
  retryable: true,
};
const OUT_OF_ORDER: Row = {
  code: "ERR_KMS_UNREACHABLE",
  because: "the service is out of order",
  retryable: true,
};
const OTHER: Row = { code: "ERR_KMS_RESPONSE", because: "the service did not accept the request" };

/**
 * By the service's code or, where that has no row, by the part before its dot.
 *
 * Source: Tencent Cloud KMS API 2019-01-18, "Error Codes", and the pages of Encrypt, Decrypt, GenerateDataKey
 * and ReEncrypt.
 */
const ROWS: Readonly<Record<string, Row>> = table({
  AuthFailure: UNKNOWN_CREDENTIALS,
  "AuthFailure.SignatureExpire": {
    code: "ERR_CLOCK_SKEW",
    because: "the clock of this machine is more than five minutes off",
    hint: "set the clock, for example with chronyc makestep or by starting the NTP service",
  },
  "AuthFailure.UnauthorizedOperation": DENIED,
  InternalError: OUT_OF_ORDER,
  "InvalidParameterValue.InvalidKeyId": NOT_FOUND,
  IpInBlacklist: WRONG_ADDRESS,
  IpNotInWhitelist: WRONG_ADDRESS,
  RequestLimitExceeded: THROTTLED,
  // Once a day: no wait of ours would be long enough.
  "RequestLimitExceeded.RotateRateLimited": {
    code: "ERR_KMS_THROTTLED",
    because: "the key was rotated today",
  },
  "ResourceUnavailable.CmkArchived": {
    code: "ERR_KMS_KEY_UNUSABLE",
    because: "the key is archived",
    hint: "an archived key only opens: cancel its archiving, or seal under another one",
  },
  "ResourceUnavailable.CmkDisabled": DISABLED,
  "ResourceUnavailable.CmkNotFound": NOT_FOUND,
  "ResourceUnavailable.CmkStateNotSupport": {
    code: "ERR_KMS_KEY_UNUSABLE",
    because: "the key is in a state that does not allow it",
    hint: "look at the key's state in the KMS console",
  },
  "ResourceUnavailable.KeyDisabled": DISABLED,
  "ResourceUnavailable.KeyPendingDelete": PENDING_DELETION,
  "ResourceUnavailable.NotPurchased": {
    code: "ERR_KMS_KEY_UNUSABLE",
    because: "the account has no key service in this region",
    hint: "activate KMS for the account, or pay its bill",
  },
  ServiceUnavailable: OUT_OF_ORDER,
  UnauthorizedOperation: DENIED,
  "UnsupportedOperation.ServiceTemporaryUnavailable": OUT_OF_ORDER,
  UnsupportedRegion: {
    code: "ERR_KMS_KEY_UNUSABLE",
    because: "the service does not exist in this region",
    hint: "check the region in the key reference",
  },
});

/** The actions that take a ciphertext. */
const DECRYPTING: ReadonlySet<string> = new Set(["Decrypt", "ReEncrypt"]);

/**
 * What they answer when the ciphertext or its context is wrong. Their pages do not say which of them means what, and
 * nothing else in a request could be wrong: for a key that it goes to there are codes of its own.
 */
const CANNOT_DECRYPT: ReadonlySet<string> = new Set([
  "FailedOperation.DecryptError",
  "InvalidParameter",
  "InvalidParameter.DecryptMaterialError",
  "InvalidParameterValue",
  "InvalidParameterValue.InvalidCiphertext",
]);

/** The session token of temporary credentials is wrong or too old. */
export const TOKEN_FAILURE = "AuthFailure.TokenFailure";

const PRINTABLE_CODE = /^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Makes the error of a request that the service refused. */
export function refusalError({ code, requestId }: Refusal, subject: Subject): KmsError | OpenError {
  if (DECRYPTING.has(subject.action) && CANNOT_DECRYPT.has(code)) return new OpenError();
  const row = rowOf(code);
  return new KmsError(
    row.code,
    `${subject.service} refused ${doing(subject)}: ${row.because}${inBrackets(code)}`,
    {
      provider: PROVIDER,
      requestId: checkRequestId(requestId),
      retryable: row.retryable,
      hint: row.hint?.replace("{action}", subject.action),
    },
  );
}

/** Makes the error of a credential service that gave no credentials: by it nothing is wrong with a key. */
export function noCredentialsError({ code, requestId }: Refusal, subject: Subject, hint: string): KmsError {
  const { retryable, code: ours, because } = rowOf(code);
  const what = `${subject.service} refused ${doing(subject)}${retryable ? `: ${because}` : ""}${inBrackets(code)}`;
  return new KmsError(retryable ? ours : "ERR_CREDENTIALS_MISSING", what, {
    provider: PROVIDER,
    requestId: checkRequestId(requestId),
    retryable,
    hint: retryable ? undefined : hint,
  });
}

/** Returns the id if it is one; it goes into errors, and the service is not trusted with their text. */
export function checkRequestId(requestId: unknown): string | undefined {
  return typeof requestId === "string" && UUID.test(requestId) ? requestId : undefined;
}

function rowOf(code: string): Row {
  return ROWS[code] ?? ROWS[code.slice(0, Math.max(0, code.indexOf(".")))] ?? OTHER;
}

function inBrackets(code: string): string {
  return code.length <= 100 && PRINTABLE_CODE.test(code) ? ` (${code})` : "";
}

function table(rows: Record<string, Row>): Readonly<Record<string, Row>> {
  return Object.assign(Object.create(null), rows) as Record<string, Row>;
}
