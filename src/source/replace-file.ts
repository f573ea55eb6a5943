import type { Stats } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { SourceError, type Source, systemCode } from "../errors/index.ts";

import { holding } from "./held-files.ts";
import { temporaryPath } from "./names-beside.ts";

export interface ReplaceOptions {
  readonly source: Source;
  /** The file as it is: its mode and owner are kept. */
  readonly like: Stats;
  /** Runs when only the renaming is left; what it throws leaves the file as it is. */
  readonly beforeRename: () => Promise<void>;
}

/** Gives a file other bytes in one step. */
export async function replaceFile(
  file: string,
  bytes: Uint8Array,
  { source, like, beforeRename }: ReplaceOptions,
): Promise<void> {
  await withTemporaryPath(file, async (temporary) => {
    await writeNew(temporary, bytes, 0o600, (handle) => makeLike(handle, like, source));
    await beforeRename();
    await rename(temporary, file);
  });
  await syncFolder(dirname(file));
}

// As any program's new file, and so readable by others as the umask says: config files are committed, a checkout of
// them is no more private, and a container's user must be able to read what a developer made.
const NEW_FILE_MODE = 0o666;

/** Makes a file in one step, with what the umask leaves of the mode; `false` when something has its name. */
export async function makeFile(
  file: string,
  bytes: Uint8Array,
  mode: number = NEW_FILE_MODE,
): Promise<boolean> {
  const made = await withTemporaryPath(file, async (temporary) => {
    await writeNew(temporary, bytes, mode);
    return await publish(temporary, file);
  });
  if (made) await syncFolder(dirname(file));
  return made;
}

/** Runs work with a path beside a file; whatever has that path afterwards is removed. */
export async function withTemporaryPath<Result>(
  file: string,
  work: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const temporary = temporaryPath(file);
  return await holding({ path: temporary }, async () => {
    try {
      return await work(temporary);
    } finally {
      // Once renamed, it is gone.
      await rm(temporary, { force: true });
    }
  });
}

/**
 * Gives a whole file a second name, which nothing has yet; `false` when something has. The first name may be gone
 * afterwards.
 */
export async function publish(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    // File systems without hard links have a dozen codes to say so. Any other reason meets the next call as well.
    return await reserveAndRename(temporary, file);
  }
}

async function reserveAndRename(temporary: string, file: string): Promise<boolean> {
  let reserved: FileHandle;
  try {
    reserved = await open(file, "wx");
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
  return await holding({ path: file, isOwn: (bytes) => bytes.length === 0 }, async () => {
    try {
      await reserved.close();
      await rename(temporary, file);
      return true;
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  });
}

async function writeNew(
  path: string,
  bytes: Uint8Array,
  mode: number,
  finish?: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(bytes);
    await finish?.(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeLike(handle: FileHandle, like: Stats, source: Source): Promise<void> {
  const made = await handle.stat();
  try {
    // Only where they differ: some file systems have one owner and one mode, and refuse to be asked.
    if (made.uid !== like.uid || made.gid !== like.gid) await handle.chown(like.uid, like.gid);
    // Last: a write and a change of owner take bits away.
    if (made.mode !== like.mode) await handle.chmod(like.mode & 0o7777);
  } catch (error) {
    const what = `its owner, group and mode cannot be kept (${systemCode(error)})`;
    const hint = "run it as the file's owner, or make the file and its group your own first";
    throw new SourceError("ERR_WRITE_FAILED", what, { source, hint });
  }
}

const NO_FOLDER_SYNC: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "EBADF",
  "EINVAL",
  "EISDIR",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
]);

/** Has the new name survive a power cut, where the system lets a folder be synced at all: Windows does not. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(systemCode(error))) throw error;
  }
}
