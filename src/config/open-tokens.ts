import { KmsError, OpenError, type ProblemError, SealconfError } from "../errors/index.ts";

import { type SealedValue, sourceOf } from "./layer.ts";
import { createOpener, type Opened, type OpenServices } from "./opener.ts";
import type { Problems } from "./problems.ts";

export interface OpenedTokens {
  readonly values: ReadonlyMap<SealedValue, Opened>;
  /** How many data keys were unwrapped. */
  readonly dataKeys: number;
}

/** Opens the values that no later layer replaced. A key service that fails is told once, not once a value. */
export async function openTokens(
  values: readonly SealedValue[],
  services: OpenServices,
  problems: Problems,
): Promise<OpenedTokens> {
  const opener = createOpener(services);
  const opened = new Map<SealedValue, Opened>();
  const failed = new Map<KmsError, SealedValue[]>();
  await Promise.all(
    values.map(async (value) => {
      try {
        opened.set(value, await opener.open(value));
      } catch (error) {
        // The load is over: whoever ended it has told why.
        if (services.signal?.aborted === true) throw error;
        if (error instanceof KmsError) failed.set(error, [...(failed.get(error) ?? []), value]);
        else problems.add(located(error, value), value.origin);
      }
    }),
  );
  for (const [error, affected] of failed) reportKmsFailure(error, affected, problems);
  return { values: opened, dataKeys: opener.dataKeyCount() };
}

function located(error: unknown, { origin }: SealedValue): ProblemError {
  if (error instanceof OpenError) return new OpenError({ source: sourceOf(origin) });
  // SealconfError is abstract: what is thrown here is one of the union, and says where already.
  if (error instanceof SealconfError) return error as ProblemError;
  throw error;
}

function reportKmsFailure(error: KmsError, affected: readonly SealedValue[], problems: Problems): void {
  const first = affected.toSorted((a, b) => {
    return a.origin.layer - b.origin.layer || (a.origin.offset ?? 0) - (b.origin.offset ?? 0);
  })[0];
  if (first === undefined) return;
  const { code, message, provider, requestId, retryable, hint } = error;
  const more = affected.length === 1 ? "" : ` (${affected.length} values wait for this key)`;
  const details = { provider, requestId, retryable, hint, source: sourceOf(first.origin) };
  problems.add(new KmsError(code, `${message}${more}`, details), first.origin);
}
