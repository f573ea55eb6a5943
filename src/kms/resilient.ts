import type { IPolicy } from "cockatiel";

import { KmsError } from "../errors/index.ts";

import { checkOptionNames, wholeNumber } from "./check-options.ts";
import { untilAborted } from "./deadline.ts";
import type { KmsProvider } from "./provider.ts";

export interface ResilientOptions {
  /** How often a call is tried in all, 1 to 20. @defaultValue 4 */
  readonly attempts?: number | undefined;
  /** The longest wait before the second attempt; it doubles with each further one. @defaultValue 100 */
  readonly initialDelayMs?: number | undefined;
  /** The longest wait before any attempt. @defaultValue 2,000 */
  readonly maxDelayMs?: number | undefined;
  /** How many calls run at once, 1 to 1,000; the others wait. @defaultValue 8 */
  readonly maxConcurrent?: number | undefined;
  /** A number from 0 up to 1, for the jitter. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined;
}

const OWNER = "resilient";
const OPTIONS = new Set(["attempts", "initialDelayMs", "maxDelayMs", "maxConcurrent", "random"]);
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Wrap a provider so that its calls wait their turn and are tried again when they fail with a `KmsError` whose
 * `retryable` is true.
 *
 * Waits are drawn with full jitter: anything from nothing to the exponential delay. A call that waits, for its turn or
 * for its next attempt, holds no other call up and rejects with the signal's reason as soon as its signal aborts.
 * What it rejects with otherwise is the last attempt's error, as it was.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for an option that is unknown or out of its range
 */
export function resilient(provider: KmsProvider, options: ResilientOptions = {}): KmsProvider {
  checkOptionNames(OWNER, options, OPTIONS);
  const limits = {
    retries: wholeNumber(OWNER, "attempts", options.attempts, { least: 1, most: 20, otherwise: 4 }) - 1,
    initialDelayMs: milliseconds("initialDelayMs", options.initialDelayMs, 100),
    maxDelayMs: milliseconds("maxDelayMs", options.maxDelayMs, 2_000),
    maxConcurrent: wholeNumber(OWNER, "maxConcurrent", options.maxConcurrent, {
      least: 1,
      most: 1_000,
      otherwise: 8,
    }),
    random: options.random ?? Math.random,
  };
  let policy: Promise<IPolicy> | undefined;

  async function run<Result>(signal: AbortSignal | undefined, call: () => Promise<Result>): Promise<Result> {
    // The timers of the policy do not keep the process alive, or an aborted call would; a call that runs must.
    const hold = setInterval(() => {}, LONGEST_TIMER_MS);
    try {
      return await untilAborted(signal, async () =>
        (await (policy ??= createPolicy(limits))).execute(call, signal),
      );
    } finally {
      clearInterval(hold);
    }
  }

  const reEncrypt = provider.reEncrypt?.bind(provider);
  return {
    name: provider.name,
    encrypt: (request, call = {}) => run(call.signal, () => provider.encrypt(request, call)),
    decrypt: (request, call = {}) => run(call.signal, () => provider.decrypt(request, call)),
    generateDataKey: (request, call = {}) => run(call.signal, () => provider.generateDataKey(request, call)),
    reEncrypt: reEncrypt && ((request, call = {}) => run(call.signal, () => reEncrypt(request, call))),
    close: () => provider.close?.(),
  };
}

interface Limits {
  readonly retries: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxConcurrent: number;
  readonly random: () => number;
}

async function createPolicy(limits: Limits): Promise<IPolicy> {
  const { bulkhead, DelegateBackoff, handleWhen, retry, wrap } = await import("cockatiel");
  const { retries, initialDelayMs, maxDelayMs, maxConcurrent, random } = limits;
  const again = retry(
    handleWhen((error) => error instanceof KmsError && error.retryable),
    {
      maxAttempts: retries,
      backoff: new DelegateBackoff(
        ({ attempt }) => random() * Math.min(maxDelayMs, initialDelayMs * 2 ** (attempt - 1)),
      ),
    },
  ).dangerouslyUnref();
  // Retry outside: a call that waits for its next attempt leaves its place to another.
  return wrap(again, bulkhead(maxConcurrent, Number.POSITIVE_INFINITY));
}

function milliseconds(name: string, value: number | undefined, otherwise: number): number {
  return wholeNumber(OWNER, name, value, { least: 0, most: 60_000, otherwise });
}
