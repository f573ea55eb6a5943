import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";

import { systemCode } from "../errors/index.ts";
import { encodeName, quoteName } from "./path-bytes.ts";
import type { Repository } from "./repository.ts";
import { runGit } from "./run-git.ts";

/**
 * Tells whether the file on disk is what is recorded: `git add` would record the same content, after the filters that
 * `.gitattributes` names, or the bytes are equal. Looks at the content, whatever git remembers of the file's time and flags.
 *
 * @param id - The entry's id.
 * @throws SourceError `ERR_FILE_UNREADABLE`
 */
export async function matchesWorkTree(repository: Repository, path: string, id: string): Promise<boolean> {
  if (repository.workTree === undefined || !(await isFileOf(repository.workTree, path))) return false;
  return (
    (await hashOnDisk(repository, path, [])) === id ||
    (await hashOnDisk(repository, path, ["--no-filters"])) === id
  );
}

async function hashOnDisk(repository: Repository, path: string, options: readonly string[]): Promise<string> {
  const id = await runGit(repository, ["hash-object", ...options, "--stdin-paths"], {
    stdin: `${quoteName(path)}\n`,
    runsFilters: true,
  });
  return id.toString("latin1").trimEnd();
}

/** Whether a regular file lies there, with no symbolic link on the way from the work tree's root. */
async function isFileOf(workTree: string, path: string): Promise<boolean> {
  const segments = path.split("/");
  for (const depth of segments.keys()) {
    const found = await statIfThere(onDisk(workTree, segments.slice(0, depth + 1)));
    const isExpected = depth === segments.length - 1 ? found?.isFile() : found?.isDirectory();
    if (isExpected !== true) return false;
  }
  return true;
}

function onDisk(workTree: string, segments: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from(`${workTree}/`), encodeName(segments.join("/"))]);
}

async function statIfThere(file: Buffer): Promise<Stats | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
