/** Something that goes wrong with a call, on purpose. */
export type Fault =
  /** The answer comes `ms` milliseconds late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is reset (RST) before a byte of the answer. */
  | { readonly kind: "reset" }
  /** Half of the body the `Content-Length` promises; then silence on an open socket, or the end of the connection. */
  | { readonly kind: "truncated-body"; readonly connection?: "left-open" | "cut" | undefined }
  /** An HTML page such as a gateway sends. Status 502 and 307,200 bytes unless said otherwise. */
  | {
      readonly kind: "html";
      readonly status?: number | undefined;
      readonly bytes?: number | undefined;
    }
  /** The service's own rate limit: `RequestLimitExceeded`. */
  | { readonly kind: "throttle" }
  /** Any error of the service. */
  | { readonly kind: "error"; readonly code: string; readonly message?: string | undefined }
  /** The right answer under the id of a key that does not exist. */
  | { readonly kind: "wrong-key-id" }
  /** The right answer whose plaintext is one byte short. */
  | { readonly kind: "wrong-plaintext-length" }
  /** HTTP 200 without a body. */
  | { readonly kind: "empty-body" }
  /** The status line at once, the other headers and the body `ms` later. */
  | { readonly kind: "slow-headers"; readonly ms: number }
  /** The headers and half of the body at once, the rest `ms` later. */
  | { readonly kind: "slow-body"; readonly ms: number }
  /** A redirect to `location`; status 302 and the emulator itself unless said otherwise. */
  | {
      readonly kind: "redirect";
      readonly location?: string | undefined;
      readonly status?: 302 | 307 | undefined;
    };

/** Which calls a fault meets. */
export interface FaultOptions {
  /** Only calls of this action. */
  readonly action?: string | undefined;
  /**
   * How many calls it meets.
   *
   * @defaultValue `1`; `Infinity` lasts until {@link Emulator.clearFaults}
   */
  readonly times?: number | undefined;
  /**
   * How many matching calls pass before it.
   *
   * @defaultValue `0`
   */
  readonly after?: number | undefined;
}

export interface FaultQueue {
  inject(fault: Fault, options?: FaultOptions): void;
  /** The fault that this call meets, if any; it counts as met. */
  take(action: string): Fault | undefined;
  clear(): void;
}

interface QueuedFault {
  readonly fault: Fault;
  readonly action: string | undefined;
  times: number;
  after: number;
}

const KINDS: ReadonlySet<string> = new Set<Fault["kind"]>([
  "delay",
  "reset",
  "truncated-body",
  "html",
  "throttle",
  "error",
  "wrong-key-id",
  "wrong-plaintext-length",
  "empty-body",
  "slow-headers",
  "slow-body",
  "redirect",
]);

export function createFaultQueue(): FaultQueue {
  let queue: QueuedFault[] = [];
  return {
    inject(fault, { action, times = 1, after = 0 } = {}) {
      if (!KINDS.has(fault.kind)) throw new TypeError("fault.kind is unknown");
      if ("ms" in fault) checkCount("fault.ms", fault.ms, 0);
      if (times !== Number.POSITIVE_INFINITY) checkCount("times", times, 1);
      checkCount("after", after, 0);
      queue.push({ fault, action, times, after });
    },
    take(action) {
      for (const queued of queue) {
        if (queued.action !== undefined && queued.action !== action) continue;
        if (queued.after > 0) {
          queued.after -= 1;
          continue;
        }
        queued.times -= 1;
        if (queued.times === 0) queue = queue.filter((other) => other !== queued);
        return queued.fault;
      }
      return undefined;
    },
    clear() {
      queue = [];
    },
  };
}

function checkCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new TypeError(`${name} must be an integer of at least ${least}`);
}
