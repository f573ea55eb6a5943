import { channel } from "node:diagnostics_channel";

import { TokenError } from "../errors/index.ts";
import type { KmsProvider } from "../kms/index.ts";
import { resilient } from "../kms/resilient.ts";
import { tencentKms } from "../kms/tencent/tencent-kms.ts";
import { localKeys } from "../local/local-keys.ts";

import type { Environment } from "./options.ts";

const KMS_CHANNEL = channel("sealconf:kms");

export interface ProvidersOptions {
  /** Used in place of the built-in ones of the same name. */
  readonly given: readonly KmsProvider[];
  readonly environment: Environment;
}

/** The providers of one run: each is made when it is first asked for, and the calls of all are counted. */
export interface Providers {
  readonly has: (name: string) => boolean;
  /** @throws TokenError `ERR_PROVIDER_UNKNOWN` */
  readonly providerOf: (name: string) => Promise<KmsProvider>;
  /** Calls to key services so far, repeated ones counted; local keys are none. */
  readonly callCount: () => number;
  readonly close: () => Promise<void>;
}

type Factory = (environment: Environment) => KmsProvider;

const BUILT_IN: ReadonlyMap<string, Factory> = new Map<string, Factory>([
  ["local", (env) => localKeys({ env })],
  ["tencent", (env) => tencentKms({ env })],
]);

/** Gathers the providers of one run. Nothing is made yet. */
export function createProviders({ given, environment }: ProvidersOptions): Providers {
  const made = new Map<string, Promise<KmsProvider>>();
  const own: KmsProvider[] = [];
  let calls = 0;

  async function make(name: string): Promise<KmsProvider> {
    const passedIn = given.find((each) => each.name === name);
    const factory = BUILT_IN.get(name);
    const provider = passedIn ?? factory?.(environment);
    if (provider === undefined)
      throw new TokenError("ERR_PROVIDER_UNKNOWN", `there is no provider for ${name} here`);
    if (passedIn === undefined) own.push(provider);
    // A local key answers at once or never: it costs no retry machinery, and no call is counted.
    if (name === "local") return provider;
    return resilient(observed(provider, () => (calls += 1)));
  }

  return {
    has: (name) => BUILT_IN.has(name) || given.some((provider) => provider.name === name),
    providerOf(name) {
      const known = made.get(name) ?? make(name);
      made.set(name, known);
      return known;
    },
    callCount: () => calls,
    async close() {
      // What the caller passed in stays the caller's.
      await Promise.all(own.map(async (provider) => await provider.close?.()));
    },
  };
}

/** Counts and publishes each call, repeated ones too. */
function observed(provider: KmsProvider, onCall: () => void): KmsProvider {
  async function call<Result>(operation: string, key: string, work: () => Promise<Result>): Promise<Result> {
    onCall();
    if (!KMS_CHANNEL.hasSubscribers) return await work();
    const about = { provider: provider.name, operation, key };
    const startedAt = performance.now();
    KMS_CHANNEL.publish({ phase: "start", ...about });
    try {
      const result = await work();
      KMS_CHANNEL.publish({ phase: "end", ...about, durationMs: performance.now() - startedAt });
      return result;
    } catch (error) {
      KMS_CHANNEL.publish({ phase: "error", ...about, durationMs: performance.now() - startedAt, error });
      throw error;
    }
  }
  const reEncrypt = provider.reEncrypt?.bind(provider);
  return {
    name: provider.name,
    encrypt: (request, options) =>
      call("encrypt", request.key.text, () => provider.encrypt(request, options)),
    decrypt: (request, options) =>
      call("decrypt", request.key.text, () => provider.decrypt(request, options)),
    generateDataKey: (request, options) => {
      return call("generateDataKey", request.key.text, () => provider.generateDataKey(request, options));
    },
    reEncrypt:
      reEncrypt &&
      ((request, options) => call("reEncrypt", request.key.text, () => reEncrypt(request, options))),
  };
}
