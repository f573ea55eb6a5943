import { randomUUID } from "node:crypto";
import type { Fault } from "../faults.ts";
import { ApiError } from "./api-error.ts";

type Result = Readonly<Record<string, unknown>>;

/** Throws the error that a fault asks for. */
export function checkNoErrorFault(fault: Fault | undefined): void {
  if (fault?.kind === "throttle") throw tooManyRequests();
  if (fault?.kind === "error") throw new ApiError(fault.code, fault.message ?? "An injected fault.");
}

/** What the service answers to a caller over its limit. */
export function tooManyRequests(): ApiError {
  return new ApiError("RequestLimitExceeded", "The request frequency exceeds the limit.");
}

/** Makes a right result a wrong one where a fault asks for it. */
export function spoilResult(result: Result, fault: Fault | undefined): Result {
  const { KeyId: keyId, Plaintext: plaintext } = result;
  if (fault?.kind === "wrong-key-id" && typeof keyId === "string") return { ...result, KeyId: randomUUID() };
  if (fault?.kind === "wrong-plaintext-length" && typeof plaintext === "string") {
    return {
      ...result,
      Plaintext: Buffer.from(plaintext, "base64").subarray(1).toString("base64"),
    };
  }
  return result;
}
