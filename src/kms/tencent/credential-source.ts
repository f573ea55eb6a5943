import { KmsError } from "../../errors/index.ts";

import { PROVIDER } from "./failures.ts";

/** An API key of Tencent Cloud. */
export interface TencentCredentials {
  readonly secretId: string;
  readonly secretKey: string;
  /** The session token; temporary credentials have one. */
  readonly token?: string | undefined;
}

/** What a source found: credentials, or in a few words why it has none, `TKE_ROLE_ARN is not set`. */
export type Finding =
  | { readonly credentials: TencentCredentials; readonly expiresAtMs?: number | undefined }
  | { readonly missing: string };

/**
 * Looks for credentials in one place. A place that is not set up is a finding; one that is set up and does not work
 * throws, so that nobody runs with other credentials than they think. It keeps nothing between calls.
 */
export type CredentialSource = (signal: AbortSignal) => Promise<Finding>;

export type Environment = Readonly<Record<string, string | undefined>>;

// They become header values: a line break, left over from a file, would be an error that shows the whole header.
const HEADER_SAFE = /^[\x21-\x7e]+$/;

/**
 * Returns the credentials alone, checked: an empty or missing one would be signed and sent as the text `undefined`.
 *
 * @throws KmsError `ERR_CREDENTIALS_MISSING`
 */
export function checkCredentials(
  found: { readonly [Name in keyof TencentCredentials]?: unknown },
  from: string,
): TencentCredentials {
  const { secretId, secretKey, token } = found;
  return {
    secretId: checkOne("secret id", secretId, from),
    secretKey: checkOne("secret key", secretKey, from),
    token:
      token === undefined || token === null || token === ""
        ? undefined
        : checkOne("session token", token, from),
  };
}

/** Makes the error of a source that is set up and does not give credentials. */
export function sourceError(what: string, hint?: string, retryable?: boolean): KmsError {
  return new KmsError("ERR_CREDENTIALS_MISSING", what, { provider: PROVIDER, hint, retryable });
}

function checkOne(name: string, value: unknown, from: string): string {
  if (typeof value !== "string" || value === "") throw sourceError(`${from} gave no ${name}`);
  if (HEADER_SAFE.test(value)) return value;
  throw sourceError(
    `the ${name} from ${from} holds white space or other characters that cannot be part of it`,
  );
}
