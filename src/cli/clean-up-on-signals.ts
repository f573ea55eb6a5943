import { removeHeldFiles } from "../source/held-files.ts";

const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Has a signal that ends this process take the locks and temporary files with it that would stay in somebody's work tree.
 * Where a command listens for a signal itself, that command decides what becomes of it.
 */
export function cleanUpOnSignals(): void {
  const end = (name: NodeJS.Signals): void => {
    if (process.listenerCount(name) > 1) return;
    removeHeldFiles();
    restoreTerminal();
    process.off(name, end);
    process.kill(process.pid, name);
  };
  for (const name of ENDING) process.on(name, end);
}

/** Node does so by itself only where nobody listens. */
function restoreTerminal(): void {
  try {
    if (process.stdin.isRaw) process.stdin.setRawMode(false);
  } catch {
    // A terminal that is gone has nothing to restore.
  }
}
