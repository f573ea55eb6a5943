import { type ChildProcess, spawn } from "node:child_process";

import type { Environment } from "../config/options.ts";
import { quoted, systemCode, UsageError } from "../errors/index.ts";
import { onAbort } from "../kms/on-abort.ts";

import { EndedBySignal, type EndingSignals } from "./ending-signals.ts";
import type { Editor } from "./find-editor.ts";

export interface RunEditorOptions {
  readonly cwd: string;
  readonly environment: Environment;
  readonly ending: EndingSignals;
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

// An editor that was asked to end puts the terminal in order first.
const GRACE_MS = 2_000;

/**
 * Has a person edit a file, with the terminal that this process has, and returns how many milliseconds that took. A
 * signal that asks this process to end is passed on.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for an editor that does not start or fails; EndedBySignal
 */
export async function runEditor(
  { program, args }: Editor,
  file: string,
  { cwd, environment, ending }: RunEditorOptions,
): Promise<number> {
  const startedAt = performance.now();
  const { signal: ended } = ending;
  ended.throwIfAborted();
  const { code, signal } = await ending.withTerminal(async () => {
    const child = start(program, [...args, file], { cwd, environment });
    return await new Promise<End>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const unlisten = onAbort(ended, () => {
        const reason: unknown = ended.reason;
        if (reason instanceof EndedBySignal) child.kill(reason.endedBy);
        timer = setTimeout(() => reject(reason), GRACE_MS);
      });
      const settle = (): void => {
        unlisten();
        clearTimeout(timer);
      };
      child.once("error", (error) => {
        settle();
        reject(notStarted(program, error));
      });
      child.once("exit", (exitCode, exitSignal) => {
        settle();
        resolve({ code: exitCode, signal: exitSignal });
      });
    });
  });
  ended.throwIfAborted();
  if (signal === "SIGINT" || signal === "SIGQUIT") throw new EndedBySignal(signal);
  if (code === 0) return performance.now() - startedAt;
  const how = signal === null ? `exit code ${code}` : signal;
  throw new UsageError("ERR_OPTION_INVALID", `the editor ${quoted(program)} ended with ${how}`, {
    hint: "nothing was written",
  });
}

function start(
  program: string,
  args: readonly string[],
  { cwd, environment }: Pick<RunEditorOptions, "cwd" | "environment">,
): ChildProcess {
  try {
    return spawn(program, args, { cwd, env: environment, stdio: "inherit" });
  } catch (error) {
    // Node throws some of the system's refusals at once, such as that of a name that is too long.
    if (error instanceof Error && systemCode(error) !== undefined) throw notStarted(program, error);
    throw error;
  }
}

function notStarted(program: string, error: Error): UsageError {
  return new UsageError(
    "ERR_OPTION_INVALID",
    `the editor ${quoted(program)} cannot be started (${systemCode(error)})`,
    { hint: 'name one that is there: EDITOR=vi, or EDITOR="code --wait"' },
  );
}
