import type { Io } from "./io.ts";

/** Runs a command as this process: its arguments, streams and exit code. */
export async function runProcess(
  command: (args: readonly string[], io: Io) => Promise<number>,
): Promise<void> {
  // `sealconf inspect … | head`: whoever reads has enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await command(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd() });
  // A terminal or pipe that stays open must not keep a finished command alive.
  stdin.unref?.();
}
