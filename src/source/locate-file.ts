import type { Stats } from "node:fs";
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
  let named: Stats | undefined;
  try {
    // The name itself first: another writer may make the file at any moment, and that is no link to nothing.
    named = await lstat(path);
    const file = await realpath(path);
    if ((await stat(file)).isFile()) return file;
  } catch (error) {
    const code = systemCode(error);
    if (named === undefined && (code === "ENOENT" || code === "ENOTDIR"))
      return await locateNew(path, source);
    // What it leads to may lie on a disk that is not mounted: it is not for us to make.
    if (named?.isSymbolicLink() === true && code === "ENOENT")
      throw unreadable("this is a symbolic link to a file that is not there", source);
    throw unreadable(`the file cannot be read (${code})`, source);
  }
  throw unreadable("this is not a regular file", source);
}

/** Whether anything has this name, be it a link to nothing. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return false;
    throw error;
  }
}

async function locateNew(path: string, source: Source): Promise<string> {
  const absolute = resolve(path);
  try {
    const folder = await realpath(dirname(absolute));
    if ((await stat(folder)).isDirectory()) return join(folder, basename(absolute));
  } catch (error) {
    throw withoutFolder(systemCode(error), source);
  }
  throw withoutFolder("ENOTDIR", source);
}

function withoutFolder(code: string | undefined, source: Source): SourceError {
  const hint = "check its path, or make the folder first";
  return new SourceError("ERR_WRITE_FAILED", `its folder cannot be found (${code})`, { source, hint });
}

function unreadable(what: string, source: Source): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", what, { source });
}
