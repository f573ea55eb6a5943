import { onAbort } from "../kms/on-abort.ts";

/** Thrown when a signal asks the process to end: whoever catches it last lets the process die of that signal. */
export class EndedBySignal extends Error {
  override readonly name = "EndedBySignal";
  readonly endedBy: NodeJS.Signals;

  constructor(endedBy: NodeJS.Signals) {
    super(`ended by ${endedBy}`);
    this.endedBy = endedBy;
  }
}

/** Listens for the signals that end a process, so that it can clean up before it does. */
export interface EndingSignals {
  /** Aborted with an EndedBySignal. */
  readonly signal: AbortSignal;
  /** Runs work with the terminal: what is pressed there, ^C or ^\, is meant for whoever has it. */
  readonly withTerminal: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Waits for work that knows of no signals. */
  readonly before: <Result>(work: Promise<Result>) => Promise<Result>;
  readonly stop: () => void;
}

const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);
const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"];

export function listenForEnd(): EndingSignals {
  const controller = new AbortController();
  let terminalIsTaken = false;
  const listener = (name: NodeJS.Signals): void => {
    if (!terminalIsTaken || !FROM_TERMINAL.has(name)) controller.abort(new EndedBySignal(name));
  };
  for (const name of ENDING) process.on(name, listener);
  return {
    signal: controller.signal,
    async withTerminal(work) {
      terminalIsTaken = true;
      try {
        return await work();
      } finally {
        terminalIsTaken = false;
      }
    },
    async before(work) {
      const { signal } = controller;
      let unlisten: (() => void) | undefined;
      const ended = new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        else unlisten = onAbort(signal, () => reject(signal.reason));
      });
      try {
        return await Promise.race([work, ended]);
      } finally {
        unlisten?.();
      }
    },
    stop() {
      for (const name of ENDING) process.off(name, listener);
    },
  };
}
