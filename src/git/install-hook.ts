import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { SourceError, systemCode } from "../errors/index.ts";

/** What became of a hook. */
export type HookState =
  | "installed"
  /** It was ours already, and is as it should be now. */
  | "refreshed"
  /** Somebody else's, and it runs the check: it is left as it is. */
  | "guarded"
  /** Somebody else's, and it is left as it is. */
  | "foreign";

export interface HookOptions {
  readonly script: string;
  /** A line that our scripts hold, whatever version made them. */
  readonly marker: string;
  /** The command whose call makes somebody else's hook as good as ours. */
  readonly command: string;
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
  { script, marker, command }: HookOptions,
): Promise<HookState> {
  try {
    const there = await readHook(file);
    if (there !== undefined && !(there.isFile && there.lines.includes(marker)))
      return there.lines.some((line) => isCall(line, command)) ? "guarded" : "foreign";
    await mkdir(dirname(file), { recursive: true });
    await replaceFile(file, script);
    return there === undefined ? "installed" : "refreshed";
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new SourceError("ERR_WRITE_FAILED", `the hook cannot be written (${code})`, { source: { file } });
  }
}

/** A link or a folder is somebody's too: only what stands in it can be told. */
async function readHook(
  file: string,
): Promise<{ readonly isFile: boolean; readonly lines: readonly string[] } | undefined> {
  const stat = await lstat(file).catch(undefinedIfMissing);
  if (stat === undefined) return undefined;
  // A pipe would be waited for; a link may lead nowhere, or to a folder.
  const mayBeText = stat.isFile() || stat.isSymbolicLink();
  const text = mayBeText ? await readFile(file, "utf8").catch(() => "") : "";
  return { isFile: stat.isFile(), lines: text.split(/\r?\n/) };
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

function isCall(line: string, command: string): boolean {
  return line.includes(command) && !line.trimStart().startsWith("#");
}

function undefinedIfMissing(error: unknown): undefined {
  if (systemCode(error) === "ENOENT") return undefined;
  throw error;
}
