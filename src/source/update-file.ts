import { open, stat } from "node:fs/promises";

import { equalBytes, toUtf8 } from "../bytes/index.ts";
import { SourceError, type Source } from "../errors/index.ts";

import { locateFile } from "./locate-file.ts";
import { type LockOptions, withFileLock } from "./lock-file.ts";
import { readFileIfThere } from "./read-file.ts";
import { makeFile, replaceFile } from "./replace-file.ts";
import { writing } from "./write-failure.ts";

export interface UpdateFileOptions extends LockOptions {
  readonly maxBytes: number;
}

/**
 * Reads a file, has it changed, and writes it whole or not at all; nobody else who writes through this function does so in
 * between. `change` gets the bytes, `undefined` where there is no file, and returns what to write, or `undefined` to
 * leave it as it is. Returns whether it was written: the same bytes are not.
 *
 * At whatever point the process is killed, the disk fills up or the power fails, the file is the old one or the new one.
 * What a program writes that does not know the lock is kept, unless it writes between the last look at the file and the
 * renaming that follows it at once.
 *
 * A symbolic link stays, and the file that it leads to is written. That file is a new one under its old name: mode, owner
 * and group are kept; extended attributes and ACLs are not, as Node cannot read them; another hard link keeps the old
 * bytes. On Windows the folder is not synced, and there is no mode.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`, `ERR_FILE_CHANGED`, `ERR_WRITE_FAILED`; the signal's
 * reason, with nothing written; what `change` throws
 */
export async function updateFile(
  path: string,
  options: UpdateFileOptions,
  change: (bytes: Uint8Array | undefined) => Promise<Uint8Array | string | undefined>,
): Promise<boolean> {
  const { source, maxBytes, signal } = options;
  const file = await locateFile(path, source);
  const read = (): Promise<Uint8Array | undefined> => readFileIfThere(file, { maxBytes, source });

  return await withFileLock(file, options, async () => {
    const before = await read();
    const changed = await change(before);
    const after = typeof changed === "string" ? toUtf8(changed) : changed;
    if (after === undefined || (before !== undefined && equalBytes(before, after))) return false;
    signal?.throwIfAborted();
    await writing(source, async () => {
      if (before === undefined) {
        if (!(await makeFile(file, after))) throw changedMeanwhile(source);
        return;
      }
      const checkUnchanged = async (): Promise<void> => {
        const now = await read();
        if (now === undefined || !equalBytes(now, before)) throw changedMeanwhile(source);
      };
      await checkUnchanged();
      // A rename asks for no right to the file itself, but one that is read-only is so on purpose.
      await (await open(file, "r+")).close();
      await replaceFile(file, after, { source, like: await stat(file), beforeRename: checkUnchanged });
    });
    return true;
  });
}

function changedMeanwhile(source: Source): SourceError {
  const what = "another program changed the file meanwhile; it is left as it is now";
  return new SourceError("ERR_FILE_CHANGED", what, { source, hint: "run it again" });
}
