import { networkError, statusError, strangeAnswer, type Subject } from "./failures.ts";
import type { Refusal } from "./refusals.ts";

/** What came of a request that was answered: the content of the answer, or the service's own error. */
export type Outcome = { readonly response: unknown } | { readonly refusal: Refusal };

/**
 * Sends by an official client and sorts what it rejects with, by shape alone: its errors are of three unrelated
 * families, and their messages hold URLs and the first bytes of bodies, so that they are never looked at or kept.
 *
 * @throws KmsError `ERR_KMS_UNREACHABLE` or `ERR_KMS_RESPONSE`
 */
export async function send(subject: Subject, request: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { response: await request() };
  } catch (error) {
    if (isSdkException(error)) {
      // Only an error that the service answered with has a code, if an undefined one.
      if (typeof error.code === "string")
        return { refusal: { code: error.code, requestId: error.requestId } };
      if ("code" in error) throw strangeAnswer(subject);
      if (typeof error.httpCode === "number") throw statusError(subject, error.httpCode);
      throw networkError(subject, undefined);
    }
    if (isFetchError(error) && error.type !== "invalid-json") throw networkError(subject, error.code);
    throw strangeAnswer(subject);
  }
}

/** `TencentCloudSDKHttpException`, which the SDK does not export. */
interface SdkException {
  readonly code?: unknown;
  readonly httpCode?: unknown;
  readonly requestId?: unknown;
}

function isSdkException(error: unknown): error is SdkException {
  return (
    typeof error === "object" &&
    error !== null &&
    "getRequestId" in error &&
    typeof error.getRequestId === "function"
  );
}

/** A `FetchError` or `AbortError` of node-fetch 2, which the SDK lets through while it reads a body. */
interface FetchFailure {
  readonly type: string;
  readonly code?: string | undefined;
}

function isFetchError(error: unknown): error is FetchFailure {
  return typeof error === "object" && error !== null && "type" in error && typeof error.type === "string";
}
