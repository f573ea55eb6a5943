import { access, chmod, constants, lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { SourceError, systemCode } from "../errors/index.ts";

/** What became of a hook. */
export type HookState =
  | "installed"
  /** It was ours already, and is as it should be now. */
  | "refreshed"
  /** Somebody else's, and it runs the check: it is left as it is. */
  | "guarded"
  /** Somebody else's, and it would run the check, but git does not run it. */
  | "disabled"
  /** Somebody else's, and it is left as it is. */
  | "foreign";

export interface HookOptions {
  readonly script: string;
  /** A line that our scripts hold, whatever version made them. */
  readonly marker: string;
  /** Whether somebody else's script is as good as ours. */
  readonly runsCheck: (script: string) => boolean;
}

// Anybody may run it, its owner may write it.
const MODE = 0o755;

/**
 * Writes a hook's script, unless another hook is there.
 *
 * @throws SourceError `ERR_WRITE_FAILED`
 */
export async function installHook(
  file: string,
  { script, marker, runsCheck }: HookOptions,
): Promise<HookState> {
  try {
    const there = await readHook(file);
    if (there !== undefined && !(there.isFile && there.text.split(/\r?\n/).includes(marker))) {
      if (!runsCheck(there.text)) return "foreign";
      return (await isExecutable(file)) ? "guarded" : "disabled";
    }
    await mkdir(dirname(file), { recursive: true });
    await replaceFile(file, script);
    return there === undefined ? "installed" : "refreshed";
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new SourceError("ERR_WRITE_FAILED", `the hook cannot be written (${code})`, { source: { file } });
  }
}

/** Tells whether git would run a hook. */
export async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** A link or a folder is somebody's too: only what stands in it can be told. */
async function readHook(
  file: string,
): Promise<{ readonly isFile: boolean; readonly text: string } | undefined> {
  const stat = await lstat(file).catch(undefinedIfMissing);
  if (stat === undefined) return undefined;
  // A pipe would be waited for; a link may lead nowhere, or to a folder.
  const mayBeText = stat.isFile() || stat.isSymbolicLink();
  const text = mayBeText ? await readFile(file, "utf8").catch(() => "") : "";
  return { isFile: stat.isFile(), text };
}

// Half a script would let every commit pass.
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx", mode: MODE });
    // The umask took from the mode.
    await chmod(temporary, MODE);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (systemCode(error) === "ENOENT") return undefined;
  throw error;
}
