import type { Credential } from "tencentcloud-sdk-nodejs-common";

import type { AgentPool } from "./agent.ts";
import type { TencentCredentials } from "./credential-source.ts";
import type { Endpoint } from "./endpoint.ts";
import { networkError, type Subject } from "./failures.ts";
import { loadSdk } from "./load-sdk.ts";
import { type Outcome, send } from "./send.ts";

export interface SdkRequest {
  readonly subject: Subject;
  readonly endpoint: Endpoint;
  /** `2019-01-18`. */
  readonly version: string;
  readonly region: string;
  readonly params: object;
  /** Undefined for the one action that is not signed, since it is how a pod gets credentials. */
  readonly credentials: TencentCredentials | undefined;
  readonly pool: AgentPool;
  /** Must abort when nobody waits any more: that is what frees the socket of a body that the SDK left unread. */
  readonly signal: AbortSignal;
}

/**
 * Sends one request by the official `CommonClient`. It is made anew each time, which costs nothing: connections live in
 * the pool, and no client ever holds credentials of yesterday.
 *
 * @throws KmsError `ERR_KMS_UNREACHABLE` or `ERR_KMS_RESPONSE`
 */
export async function requestBySdk(request: SdkRequest): Promise<Outcome> {
  const { subject, endpoint, version, region, params, credentials, pool, signal } = request;
  const { CommonClient } = await loadSdk();
  return new Promise<Outcome>((resolve, reject) => {
    const agent = pool.agentFor(endpoint.protocol, (code) => reject(networkError(subject, code)));
    const client = new CommonClient(endpoint.host, version, {
      credential: credentials === undefined ? { secretId: "", secretKey: "" } : asSdkCredential(credentials),
      region,
      profile: {
        signMethod: "TC3-HMAC-SHA256",
        // No timeout of node-fetch's: it starts anew with the body, and not at all in the agent's queue.
        httpProfile: {
          protocol: endpoint.protocol,
          endpoint: endpoint.host,
          reqMethod: "POST",
          reqTimeout: 0,
          agent,
        },
      },
    });
    const options = { signal, skipSign: credentials === undefined };
    send(subject, () => client.request(subject.action, params, options)).then(resolve, reject);
  });
}

function asSdkCredential({ secretId, secretKey, token }: TencentCredentials): Credential {
  return token === undefined ? { secretId, secretKey } : { secretId, secretKey, token };
}
