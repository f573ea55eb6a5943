/** One call that reached the emulator. */
export interface RecordedCall {
  /** The action as the request named it; empty if it named none. */
  readonly action: string;
  readonly region: string | undefined;
  /** The key that the call named, or that its ciphertext belongs to. */
  readonly keyId: string | undefined;
  /** The secret id of a request whose signature was right. */
  readonly secretId: string | undefined;
  /** The error code in the answer; `undefined` for success and while the call is under way. */
  readonly code: string | undefined;
  /** The injected fault that it met. */
  readonly fault: string | undefined;
}

/** What reached the emulator; never what was in it. */
export interface Calls {
  /** How many calls arrived since the start or the last reset, refused ones too. */
  readonly total: number;
  /** The calls in order of arrival; the last 10,000 if there were more. */
  readonly list: readonly RecordedCall[];
  /** How many of them were of this action. */
  of(action: string): number;
  /** Waits until that many calls have arrived. */
  reach(total: number): Promise<void>;
  reset(): void;
}

export type CallNotes = { -readonly [Name in keyof RecordedCall]: RecordedCall[Name] };

export interface CallLog {
  readonly calls: Calls;
  /** Notes a call's arrival; what is learnt of it later is written into the notes. */
  begin(action: string, region: string | undefined): CallNotes;
}

const MAX_LISTED = 10_000;

export function createCallLog(): CallLog {
  const totals = new Map<string, number>();
  let total = 0;
  let list: CallNotes[] = [];
  let waiting: { readonly goal: number; readonly resolve: () => void }[] = [];
  return {
    calls: {
      get total() {
        return total;
      },
      get list() {
        return list.slice(-MAX_LISTED).map((notes) => Object.freeze({ ...notes }));
      },
      of: (action) => totals.get(action) ?? 0,
      reach: async (goal) => {
        if (total >= goal) return;
        await new Promise<void>((resolve) => waiting.push({ goal, resolve }));
      },
      reset() {
        totals.clear();
        total = 0;
        list = [];
      },
    },
    begin(action, region) {
      const notes = {
        action,
        region,
        keyId: undefined,
        secretId: undefined,
        code: undefined,
        fault: undefined,
      };
      total += 1;
      totals.set(action, (totals.get(action) ?? 0) + 1);
      list.push(notes);
      // Cut in halves, so that a long run does not copy the list at every call.
      if (list.length > 2 * MAX_LISTED) list = list.slice(-MAX_LISTED);
      for (const { goal, resolve } of waiting) if (total >= goal) resolve();
      waiting = waiting.filter(({ goal }) => total < goal);
      return notes;
    },
  };
}
