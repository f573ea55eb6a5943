import { constants, type FileHandle, open, realpath } from "node:fs/promises";
import { sep } from "node:path";

import { SourceError, type Source, systemCode } from "../errors/index.ts";

export interface ReadFileOptions {
  readonly maxBytes: number;
  /** What messages name. */
  readonly source: Source;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a regular file whole; `undefined` when there is none.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`
 */
export async function readFileIfThere(
  path: string,
  options: ReadFileOptions,
): Promise<Uint8Array | undefined> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: a pipe at this path must not hang the boot.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(error, options.source);
  }
  return await readAndClose(handle, options);
}

/**
 * Reads a file that must stay inside a folder once every symbolic link is followed. `folder` is taken as it really is.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`
 */
export async function readFileInside(
  folder: string,
  path: string,
  options: ReadFileOptions,
): Promise<Uint8Array> {
  const { source } = options;
  let handle: FileHandle;
  try {
    // A ConfigMap's files are symbolic links into a folder beside them: following them is right, leaving the folder is not.
    const [realFolder, realFile] = await Promise.all([realpath(folder), realpath(path)]);
    const inside = realFolder.endsWith(sep) ? realFolder : realFolder + sep;
    if (!realFile.startsWith(inside)) {
      throw new SourceError("ERR_FILE_UNREADABLE", "the sealed file lies outside the config file's folder", {
        source,
      });
    }
    handle = await open(
      realFile,
      constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0),
    );
  } catch (error) {
    if (error instanceof SourceError) throw error;
    if (isMissing(error)) {
      const hint = "it is committed and copied beside the config file";
      throw new SourceError("ERR_FILE_UNREADABLE", "the sealed file that it names is not there", {
        source,
        hint,
      });
    }
    throw unreadable(error, source);
  }
  return await readAndClose(handle, options);
}

async function readAndClose(
  handle: FileHandle,
  { maxBytes, source, signal }: ReadFileOptions,
): Promise<Uint8Array> {
  try {
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new SourceError("ERR_FILE_UNREADABLE", "this is not a regular file", { source });
    if (stat.size > maxBytes) throw tooLarge(stat.size, maxBytes, source);
    const bytes = await handle.readFile({ signal });
    // It may have grown since, and the system's own files have no size beforehand.
    if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes, source);
    return bytes;
  } catch (error) {
    if (error instanceof SourceError || signal?.aborted === true) throw error;
    throw unreadable(error, source);
  } finally {
    await handle.close();
  }
}

function tooLarge(bytes: number, maxBytes: number, source: Source): SourceError {
  return new SourceError("ERR_LIMIT_EXCEEDED", `the file has ${bytes} bytes; at most ${maxBytes} are read`, {
    source,
  });
}

function unreadable(error: unknown, source: Source): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", `the file cannot be read (${systemCode(error)})`, { source });
}

function isMissing(error: unknown): boolean {
  return systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR";
}
