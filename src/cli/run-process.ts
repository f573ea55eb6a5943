import type { Io } from "./io.ts";

/** Runs a command as this process: its arguments, streams and exit code. */
export async function runProcess(
  command: (args: readonly string[], io: Io) => Promise<number>,
): Promise<void> {
  // `sealconf inspect … | head`: whoever reads has enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    // oxlint-disable-next-line unicorn/no-process-exit -- nothing that is still to be printed has a reader
    process.exit(0);
  });
  // `2>&1 | head`: nobody reads the message, and the exit code still tells.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await command(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd() });
  // A terminal or pipe that stays open must not keep a finished command alive.
  stdin.unref?.();
}
