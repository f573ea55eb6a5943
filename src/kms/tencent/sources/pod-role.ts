import { readFile } from "node:fs/promises";

import { systemCode } from "../../../errors/index.ts";
import type { AgentPool } from "../agent.ts";
import {
  checkCredentials,
  type CredentialSource,
  type Environment,
  sourceError,
} from "../credential-source.ts";
import { type Endpoint, parseEndpoint } from "../endpoint.ts";
import { strangeAnswer } from "../failures.ts";
import { noCredentialsError } from "../refusals.ts";
import { requestBySdk } from "../sdk-request.ts";

/** Where web identities are exchanged for temporary credentials. */
export const STS_HOST = "sts.tencentcloudapi.com";

// TKE sets all four in a pod that has a role; the region alone means nothing.
const NAMES = ["TKE_ROLE_ARN", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE"] as const;
const REGION_NAME = "TKE_REGION";
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,16384}$/;

export interface PodRoleOptions {
  readonly env: Environment;
  readonly pool: AgentPool;
  readonly endpoint?: string | undefined;
}

/** Exchanges the identity of a pod in TKE, by its OIDC token, for the credentials of its role. */
export function podRoleSource({ env, pool, endpoint }: PodRoleOptions): CredentialSource {
  return async (signal) => {
    if (NAMES.every((name) => !env[name])) return { missing: "TKE_ROLE_ARN is not set" };
    const [role = "", provider = "", file = "", region = ""] = [...NAMES, REGION_NAME].map((name) =>
      value(env, name),
    );
    const sts: Endpoint = parseEndpoint(endpoint ?? STS_HOST, "the option stsEndpoint");
    const subject = {
      service: "tencent sts",
      action: "AssumeRoleWithWebIdentity",
      target: role,
      host: sts.host,
    };
    const params = {
      ProviderId: provider,
      RoleArn: role,
      RoleSessionName: "sealconf",
      WebIdentityToken: await readToken(file),
    };
    const outcome = await requestBySdk({
      subject,
      endpoint: sts,
      version: "2018-08-13",
      region,
      params,
      credentials: undefined,
      pool,
      signal,
    });
    if ("refusal" in outcome) {
      throw noCredentialsError(
        outcome.refusal,
        subject,
        "check the role, its trust policy and the identity provider",
      );
    }
    const { Credentials: found, ExpiredTime: expires } = fieldsOf(outcome.response);
    if (typeof expires !== "number") throw strangeAnswer(subject);
    const { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: token } = fieldsOf(found);
    return {
      credentials: checkCredentials({ secretId, secretKey, token }, subject.service),
      expiresAtMs: expires * 1_000,
    };
  };
}

function value(env: Environment, name: string): string {
  const text = env[name];
  if (text) return text;
  throw sourceError(
    `the pod has a role, but ${name} is not set`,
    `TKE sets ${[...NAMES, REGION_NAME].join(", ")}`,
  );
}

async function readToken(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw sourceError(
      `the pod's token file ${file} cannot be read (${systemCode(error)})`,
      "check TKE_WEB_IDENTITY_TOKEN_FILE",
    );
  }
  if (TOKEN.test(text)) return text;
  throw sourceError(
    `the pod's token file ${file} does not hold a token`,
    "check TKE_WEB_IDENTITY_TOKEN_FILE",
  );
}

function fieldsOf(object: unknown): Readonly<Record<string, unknown>> {
  return typeof object === "object" && object !== null ? { ...object } : {};
}
