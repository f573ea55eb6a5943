import { randomBytes } from "node:crypto";
import { ACCOUNT_UIN } from "./action.ts";
import { ApiError } from "./api-error.ts";

/** A pair of keys that the emulator knows, and what its owner may do. */
export interface EmulatorCredential {
  readonly secretId: string;
  readonly secretKey: string;
  /** The session token of a temporary credential: requests must carry it. */
  readonly token?: string | undefined;
  /**
   * The actions allowed, as a CAM policy writes them: `kms:Decrypt`, `name/kms:Decrypt` or bare `Decrypt`.
   *
   * @defaultValue all
   */
  readonly allow?: readonly string[] | undefined;
}

export interface CredentialStore {
  readonly first: EmulatorCredential;
  add(credential: EmulatorCredential): void;
  find(secretId: string): EmulatorCredential | undefined;
}

/** @throws TypeError for a credential that no request could be signed with, or an `allow` that names no action. */
export function createCredentialStore(
  credentials: readonly [EmulatorCredential, ...EmulatorCredential[]],
  actions: readonly string[],
): CredentialStore {
  const known = new Map<string, EmulatorCredential>();
  const add = (credential: EmulatorCredential): void => {
    const { secretId, secretKey, token, allow } = credential;
    if (!/^[\w-]+$/.test(secretId))
      throw new TypeError("credential.secretId must be letters, digits, _ and -");
    if (secretKey.length === 0) throw new TypeError(`credential.secretKey of ${secretId} is empty`);
    const unknown = allow?.map(bareAction).find((action) => !actions.includes(action));
    if (unknown !== undefined)
      throw new TypeError(`credential.allow of ${secretId} names ${unknown}, which is no action`);
    known.set(secretId, Object.freeze({ secretId, secretKey, token, allow: allow?.map(bareAction) }));
  };
  for (const credential of credentials) add(credential);
  return { first: credentials[0], add, find: (secretId) => known.get(secretId) };
}

/** What a call asks to do. */
export interface Access {
  readonly action: string;
  readonly region: string;
  readonly keyId: string | undefined;
  readonly requestId: string;
}

/** Refuses an action that the credential's owner may not call, in CAM's words. */
export function checkAllowed(credential: EmulatorCredential, access: Access): void {
  const { action, region, keyId, requestId } = access;
  if (credential.allow === undefined || credential.allow.includes(action)) return;
  const key = keyId === undefined ? "*" : `creatorUin/${ACCOUNT_UIN}/${keyId}`;
  throw new ApiError(
    "UnauthorizedOperation",
    `[request id:${requestId}]you are not authorized to perform operation (kms:${action})\n` +
      `resource (qcs::kms:${region}:uin/${ACCOUNT_UIN}:key/${key}) has no permission\n`,
  );
}

/** Makes a credential that looks like the service's own. */
export function generateCredential(): EmulatorCredential {
  return {
    secretId: `AKID${randomBytes(16).toString("hex")}`,
    secretKey: randomBytes(16).toString("hex"),
  };
}

function bareAction(action: string): string {
  return action.replace(/^(?:name\/)?kms:/, "");
}
