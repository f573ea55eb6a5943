import { setImmediate as turn } from "node:timers/promises";

import { SourceError } from "../errors/index.ts";

import { cleanUpOnSignals } from "./clean-up-on-signals.ts";
import type { Io } from "./io.ts";
import { reportError } from "./report-error.ts";

/** Of a command that has found something, which is no error. */
const FINDINGS_EXIT_CODE = 1;

/** Runs a command as this process: its arguments, streams and exit code. */
export async function runProcess(
  command: (args: readonly string[], io: Io) => Promise<number>,
): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd() };
  cleanUpOnSignals();
  // Output that nobody takes ends no command: that would leave files half done, and a check without its verdict.
  let unwritten: NodeJS.ErrnoException | undefined;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `sealconf inspect … | head`: whoever reads has enough.
    if (error.code !== "EPIPE") unwritten ??= error;
  });
  // Nobody can be told, and the exit code still tells.
  stderr.on("error", () => undefined);

  const code = await command(process.argv.slice(2), io);
  // Two turns of the event loop bring a signal that the command has sent its own process, and errors of the last writes.
  await turn();
  await turn();
  process.exitCode = unwritten === undefined ? code : reportUnwritten(unwritten, code, io);
  // A terminal or pipe that stays open must not keep a finished command alive.
  stdin.unref?.();
}

/** Returns the exit code: that of the command where it failed by itself. */
function reportUnwritten({ code: reason }: NodeJS.ErrnoException, code: number, io: Io): number {
  const error = new SourceError("ERR_WRITE_FAILED", `standard output cannot be written (${reason})`);
  const unwrittenCode = reportError(error, io);
  return code > FINDINGS_EXIT_CODE ? code : unwrittenCode;
}
