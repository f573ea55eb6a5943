import {
  checkCredentials,
  type CredentialSource,
  type Environment,
  sourceError,
} from "../credential-source.ts";

interface Names {
  readonly id: string;
  readonly key: string;
  readonly tokens: readonly string[];
}

// The first are those of the SDKs and, with TENCENTCLOUD_TOKEN, of tccli; the second are set by the function service.
const FAMILIES: readonly Names[] = [
  {
    id: "TENCENTCLOUD_SECRET_ID",
    key: "TENCENTCLOUD_SECRET_KEY",
    tokens: ["TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"],
  },
  { id: "TENCENTCLOUD_SECRETID", key: "TENCENTCLOUD_SECRETKEY", tokens: ["TENCENTCLOUD_SESSIONTOKEN"] },
];

/** Looks in environment variables. An empty one counts as not set; half a pair is an error. */
export function environmentSource(env: Environment): CredentialSource {
  return async () => {
    for (const { id, key, tokens } of FAMILIES) {
      const secretId = env[id];
      const secretKey = env[key];
      if (!secretId && !secretKey) continue;
      if (!secretKey) throw halfAPair(id, key);
      if (!secretId) throw halfAPair(key, id);
      const token = tokens.map((name) => env[name]).find(Boolean);
      return { credentials: checkCredentials({ secretId, secretKey, token }, "the environment") };
    }
    return { missing: "TENCENTCLOUD_SECRET_ID is not set" };
  };
}

function halfAPair(set: string, missing: string): Error {
  return sourceError(`${set} is set, ${missing} is not`, `set ${missing} too, or neither`);
}
