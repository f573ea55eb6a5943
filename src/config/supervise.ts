import { channel } from "node:diagnostics_channel";

import { KmsError } from "../errors/index.ts";
import { onAbort } from "../kms/on-abort.ts";

import type { LoadRequest } from "./options.ts";

const LOAD_CHANNEL = channel("sealconf:load");

/**
 * Runs work under its deadline and the caller's signal: whatever hangs, the promise settles in time.
 *
 * @throws KmsError `ERR_DEADLINE`; the signal's reason when it aborts
 */
export async function withDeadline<Result>(
  { signal, deadlineMs }: Pick<LoadRequest, "signal" | "deadlineMs">,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const unlisten = signal && onAbort(signal, () => controller.abort(signal.reason));
  // Not AbortSignal.timeout: its timer lets the process end while a boot still waits for its config.
  const timer = setTimeout(() => controller.abort(deadlineError(deadlineMs)), deadlineMs);
  try {
    return await Promise.race([work(controller.signal), rejectionOf(controller.signal)]);
  } finally {
    clearTimeout(timer);
    unlisten?.();
  }
}

/** Publishes the start and the end of a load, with its duration, on the channel `sealconf:load`. */
export async function observeLoad<Result>(work: () => Promise<Result>): Promise<Result> {
  if (!LOAD_CHANNEL.hasSubscribers) return await work();
  const startedAt = performance.now();
  LOAD_CHANNEL.publish({ phase: "start" });
  try {
    const result = await work();
    LOAD_CHANNEL.publish({ phase: "end", durationMs: performance.now() - startedAt });
    return result;
  } catch (error) {
    LOAD_CHANNEL.publish({ phase: "error", durationMs: performance.now() - startedAt, error });
    throw error;
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function deadlineError(deadlineMs: number): KmsError {
  const hint =
    "a key service, a file system or a schema does not answer; deadlineMs sets how long it may take";
  return new KmsError("ERR_DEADLINE", `it was not done within its deadline of ${deadlineMs} ms`, {
    provider: "any",
    hint,
  });
}
