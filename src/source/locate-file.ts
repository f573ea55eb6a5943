import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { SourceError, type Source, systemCode } from "../errors/index.ts";

/**
 * Returns the real path of the file that a path stands for, with every symbolic link followed. The file need not be
 * there yet, but its folder must.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE` for what is no regular file, and a link to nothing; `ERR_WRITE_FAILED`
 * without a folder
 */
export async function locateFile(path: string, source: Source): Promise<string> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw unreadable("this is not a regular file", source);
    return await realpath(path);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    if (systemCode(error) === "ENOTDIR") throw withoutFolder(error, source);
    if (systemCode(error) !== "ENOENT")
      throw unreadable(`the file cannot be read (${systemCode(error)})`, source);
  }
  // The file that a link to nothing names may lie on a disk that is not mounted: it is not for us to make.
  if (await isThere(path)) throw unreadable("this is a symbolic link to a file that is not there", source);
  try {
    return join(await realpath(dirname(resolve(path))), basename(resolve(path)));
  } catch (error) {
    throw withoutFolder(error, source);
  }
}

/** Whether anything has this name: a link to nothing has. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return false;
    throw error;
  }
}

function withoutFolder(error: unknown, source: Source): SourceError {
  const what = `its folder cannot be found (${systemCode(error)})`;
  return new SourceError("ERR_WRITE_FAILED", what, {
    source,
    hint: "check its path, or make the folder first",
  });
}

function unreadable(what: string, source: Source): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", what, { source });
}
