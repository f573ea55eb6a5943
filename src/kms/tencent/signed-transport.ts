import { homedir } from "node:os";

import { untilAborted, withDeadline } from "../deadline.ts";

import { createAgentPool, type AgentPool } from "./agent.ts";
import {
  createCredentialStore,
  type CredentialStore,
  functionSource,
  searchLateError,
} from "./credentials.ts";
import type { CredentialSource, TencentCredentials } from "./credential-source.ts";
import { checkRegion, kmsEndpoint } from "./endpoint.ts";
import { lateError, type Subject } from "./failures.ts";
import { loadSdk } from "./load-sdk.ts";
import type { TencentKmsSettings } from "./options.ts";
import { TOKEN_FAILURE } from "./refusals.ts";
import { requestBySdk } from "./sdk-request.ts";
import type { Outcome } from "./send.ts";
import { environmentSource } from "./sources/environment.ts";
import { instanceRoleSource } from "./sources/instance-role.ts";
import { podRoleSource } from "./sources/pod-role.ts";
import { profileSource } from "./sources/profile.ts";
import { targetOf, type Transport } from "./transport.ts";

const VERSION = "2019-01-18";
const ENDPOINT_VARIABLE = "SEALCONF_TENCENT_ENDPOINT";

/** Sends by the official SDK's `CommonClient`, with credentials and connections of this provider. */
export function signedTransport(settings: TencentKmsSettings): Transport {
  const { timeoutMs } = settings;
  const pool = createAgentPool(settings);
  const store = createCredentialStore(sourcesOf(settings, pool), { timeoutMs });

  return {
    async send(call, signal) {
      const { action, key, params } = call;
      const region = checkRegion(key.region);
      const endpoint = endpointOf(settings, region);
      const subject: Subject = {
        service: "tencent kms",
        action,
        target: targetOf(call),
        host: endpoint.host,
      };
      // Before the clock starts: how long the disk takes is not the service's matter.
      await untilAborted(signal, loadSdk);
      let asked = false;
      const late = (): Error => (asked ? lateError(subject, timeoutMs) : searchLateError(timeoutMs));
      const outcome = await withDeadline({ signal, timeoutMs, late }, (over) =>
        withFreshCredentials(store, over, (credentials) => {
          asked = true;
          return requestBySdk({
            subject,
            endpoint,
            version: VERSION,
            region,
            params,
            credentials,
            pool,
            signal: over,
          });
        }),
      );
      return { outcome, subject };
    },
    close: () => pool.close(),
  };
}

/** Asks again, once, with newer credentials if there are any, when the service says that the token is too old. */
async function withFreshCredentials(
  store: CredentialStore,
  signal: AbortSignal,
  ask: (credentials: TencentCredentials) => Promise<Outcome>,
): Promise<Outcome> {
  const credentials = await store.get(signal);
  const outcome = await ask(credentials);
  if (!("refusal" in outcome) || outcome.refusal.code !== TOKEN_FAILURE) return outcome;
  store.forget(credentials);
  const newer = await store.get(signal);
  return newer.token === credentials.token ? outcome : ask(newer);
}

function endpointOf({ endpoint, env }: TencentKmsSettings, region: string): ReturnType<typeof kmsEndpoint> {
  if (endpoint !== undefined) return kmsEndpoint(region, endpoint, "the option endpoint");
  // An empty variable counts as not set, as it does for the credentials.
  return kmsEndpoint(region, env[ENDPOINT_VARIABLE] || undefined, ENDPOINT_VARIABLE);
}

function sourcesOf(settings: TencentKmsSettings, pool: AgentPool): readonly CredentialSource[] {
  const { credentials, env, homeDir, stsEndpoint, metadataEndpoint } = settings;
  if (typeof credentials === "function") return [functionSource(credentials)];
  if (credentials !== undefined) return [async () => ({ credentials })];
  return [
    environmentSource(env),
    podRoleSource({ env, pool, endpoint: stsEndpoint }),
    profileSource(homeDir ?? homedir()),
    instanceRoleSource(metadataEndpoint),
  ];
}
