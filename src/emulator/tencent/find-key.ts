import type { ActionCall } from "./action.ts";
import { ApiError } from "./api-error.ts";
import type { KeyRecord, KeyState } from "./key-store.ts";

const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isKeyId(value: unknown): value is string {
  return typeof value === "string" && KEY_ID.test(value);
}

/** The key of this region that the call names. */
export function findKey(call: ActionCall, keyId: string): KeyRecord {
  if (!isKeyId(keyId)) {
    throw new ApiError("InvalidParameterValue.InvalidKeyId", "The KeyId is not valid.");
  }
  const key = call.keys.find(call.region, keyId);
  if (key === undefined) throw new ApiError("ResourceUnavailable.CmkNotFound", "The CMK does not exist.");
  return key;
}

/** Refuses a key that cannot be used now; `codes` replace the code for a state. */
export function checkEnabled(key: KeyRecord, codes: Partial<Record<KeyState, string>> = {}): void {
  if (key.state === "Enabled") return;
  const code = codes[key.state] ?? "ResourceUnavailable.CmkDisabled";
  throw new ApiError(code, `The CMK is not enabled (${key.state}).`);
}
