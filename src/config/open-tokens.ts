import { KmsError, OpenError, type ProblemError, SealconfError } from "../errors/index.ts";

import { type SealedValue, sourceOf } from "./layer.ts";
import { createOpener, type Opened, type Opener, type OpenServices } from "./opener.ts";
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

  async function openGroup(group: readonly SealedValue[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    try {
      const open = await opener.prepare(first);
      for (const value of group) {
        try {
          opened.set(value, open(value));
        } catch (error) {
          reportFailure(error, [value], problems);
        }
      }
    } catch (error) {
      // The load is over: whoever ended it has told why.
      if (services.signal?.aborted === true) throw error;
      reportFailure(error, group, problems);
    }
  }

  await Promise.all([...groupsOf(values, opener)].map(openGroup));
  return { values: opened, dataKeys: opener.dataKeyCount() };
}

function groupsOf(values: readonly SealedValue[], opener: Opener): Iterable<readonly SealedValue[]> {
  const groups = new Map<string, SealedValue[]>();
  for (const value of values) {
    const id = opener.groupOf(value);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [value]);
    else group.push(value);
  }
  return groups.values();
}

function reportFailure(error: unknown, group: readonly SealedValue[], problems: Problems): void {
  for (const [index, { origin }] of group.entries()) {
    if (error instanceof OpenError) problems.add(new OpenError({ source: sourceOf(origin) }), origin);
    else if (!(error instanceof SealconfError)) throw error;
    else if (index > 0) return;
    // SealconfError is abstract: what else is thrown here is one of the union, and says where already.
    else if (!(error instanceof KmsError)) problems.add(error as ProblemError, origin);
    else {
      const { code, message, provider, requestId, retryable, hint } = error;
      const count = group.length === 1 ? "" : ` (${group.length} values wait for this key)`;
      const details = { provider, requestId, retryable, hint, source: sourceOf(origin) };
      problems.add(new KmsError(code, `${message}${count}`, details), origin);
    }
  }
}
