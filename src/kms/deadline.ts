import { onAbort } from "./on-abort.ts";

export interface DeadlineOptions {
  /** Ends the work early; the promise rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Makes the error of work that took too long. */
  readonly late: () => Error;
}

/**
 * Runs work that is over, one way or the other, after `timeoutMs` or when the signal aborts, even if its own promise
 * never settles.
 *
 * The signal that the work gets aborts as soon as nobody waits for the work any more, also after success: what it
 * still holds, an unread response for one, is let go.
 */
export async function withDeadline<Result>(
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { signal, timeoutMs, late } = options;
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await untilAborted(
      signal,
      () =>
        new Promise<Result>((resolve, reject) => {
          // Not AbortSignal.timeout: its timer lets the process end while somebody still waits for this call.
          timer = setTimeout(() => reject(late()), timeoutMs);
          work(over.signal).then(resolve, reject);
        }),
    );
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** Settles as the work does, or rejects with the signal's reason as soon as it aborts. */
export async function untilAborted<Result>(
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let unlisten: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    unlisten = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([aborted, work()]);
  } finally {
    unlisten?.();
  }
}
