import { type KmsError, SealconfError } from "../../errors/index.ts";
import { untilAborted, withDeadline } from "../deadline.ts";

import {
  checkCredentials,
  type CredentialSource,
  type Finding,
  sourceError,
  type TencentCredentials,
} from "./credential-source.ts";

/** Hands out credentials. Calls may run concurrently. */
export interface CredentialStore {
  get(signal: AbortSignal): Promise<TencentCredentials>;
  /** Drops these if they are still kept, because the service does not accept them any more. */
  forget(credentials: TencentCredentials): void;
}

export interface CredentialStoreOptions {
  /** How long one search may take. */
  readonly timeoutMs: number;
  /** The time, in milliseconds. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
}

interface Kept {
  readonly credentials: TencentCredentials;
  /** From then on, new ones are fetched while these are handed out. */
  readonly refreshAtMs: number;
  /** From then on, these are not handed out. */
  readonly endMs: number;
}

const RESERVE_MS = 5 * 60_000;

/**
 * Creates a store that asks the sources in their order and keeps what has an expiry until five minutes, or a tenth of
 * its life, before it. What has none is looked for again each time, so that a changed file or variable is noticed.
 *
 * Those who ask at the same time share one search, which no caller's signal ends, but which is over in `timeoutMs`.
 * Failures are never kept.
 */
export function createCredentialStore(
  sources: readonly CredentialSource[],
  { timeoutMs, now = Date.now }: CredentialStoreOptions,
): CredentialStore {
  let kept: Kept | undefined;
  let running: Promise<TencentCredentials> | undefined;

  async function search(): Promise<TencentCredentials> {
    const limits = { timeoutMs, late: () => searchLateError(timeoutMs) };
    const found = await withDeadline(limits, (over) => searchInOrder(sources, over));
    kept = found.expiresAtMs === undefined ? undefined : keep(found.credentials, found.expiresAtMs, now());
    return found.credentials;
  }

  function share(): Promise<TencentCredentials> {
    running ??= search().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    get(signal) {
      if (kept === undefined || now() >= kept.endMs) return untilAborted(signal, share);
      // They are good for a while yet: a failure is of no matter, the next call tries again.
      if (now() >= kept.refreshAtMs) share().catch(() => {});
      return Promise.resolve(kept.credentials);
    },
    forget(credentials) {
      if (kept?.credentials === credentials) kept = undefined;
    },
  };
}

/** The search for credentials hangs in one of its sources. */
export function searchLateError(timeoutMs: number): KmsError {
  return sourceError(`no credentials for tencent were found in ${timeoutMs} ms`, undefined, true);
}

/** The source of an option that is a function. Its errors may hold anything, so they are not passed on. */
export function functionSource(
  credentials: (options: { signal: AbortSignal }) => Promise<TencentCredentials>,
): CredentialSource {
  return async (signal) => {
    let found: unknown;
    try {
      found = await credentials({ signal });
    } catch (error) {
      if (error instanceof SealconfError) throw error;
      throw sourceError("the function given as the option credentials failed", undefined, true);
    }
    return {
      credentials: checkCredentials(Object(found) as object, "the function given as the option credentials"),
    };
  };
}

type Found = Extract<Finding, { credentials: unknown }>;

async function searchInOrder(sources: readonly CredentialSource[], signal: AbortSignal): Promise<Found> {
  const looked: string[] = [];
  for (const source of sources) {
    const finding = await source(signal);
    if ("credentials" in finding) return finding;
    looked.push(finding.missing);
  }
  throw sourceError(
    `there are no credentials for tencent: ${looked.join(", ")}`,
    "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or give the instance or the pod a role",
  );
}

function keep(credentials: TencentCredentials, expiresAtMs: number, nowMs: number): Kept {
  const reserveMs = Math.min(RESERVE_MS, (expiresAtMs - nowMs) / 10);
  if (reserveMs > 0) {
    return { credentials, refreshAtMs: expiresAtMs - reserveMs, endMs: expiresAtMs - reserveMs / 10 };
  }
  throw sourceError(
    "the credentials that were handed out have expired already",
    "check this machine's clock",
    true,
  );
}
