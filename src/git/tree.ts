import { stat } from "node:fs/promises";

import { type Source, SourceError, systemCode, UsageError } from "../errors/index.ts";
import { commitId } from "./commits.ts";
import { type GitEntry, listCommit, listIndex } from "./list-entries.ts";
import { createBlobReader } from "./read-blob.ts";
import type { Repository } from "./repository.ts";

/** What is recorded at each path: never what lies in the work tree. */
export interface GitTree {
  /**
   * Every path, relative to the repository's root, with `/` between segments. In a name that is not UTF-8 a lone half of a surrogate
   * pair stands for each byte that is not ASCII.
   */
  readonly entries: ReadonlyMap<string, GitEntry>;
  /**
   * Reads the bytes as they are recorded, through no filter; of a symbolic link, where it points.
   *
   * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`
   */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Ends the process that reads. Whoever has a tree closes it. */
  readonly close: () => Promise<void>;
}

interface ReadTreeOptions {
  /** The largest file that `read` reads. @defaultValue 16 MiB */
  readonly maxBytes?: number | undefined;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads what a commit would record now: the index that git uses here, without what `git add --intent-to-add` announced.
 *
 * @throws UsageError `ERR_OPTION_INVALID` where there is no index, SourceError `ERR_FILE_UNREADABLE`
 */
export async function readIndex(repository: Repository, options?: ReadTreeOptions): Promise<GitTree> {
  await checkIndex(repository);
  return createTree(repository, { entries: await listIndex(repository), shown: "the index", ...options });
}

/**
 * Reads what a commit recorded.
 *
 * @param commit - Its id, or another name that git knows it by.
 * @throws UsageError `ERR_OPTION_INVALID` when it names no commit, SourceError `ERR_FILE_UNREADABLE`
 */
export async function readCommit(
  repository: Repository,
  commit: string,
  options?: ReadTreeOptions,
): Promise<GitTree> {
  const id = await commitId(repository, commit);
  const entries = await listCommit(repository, id);
  return createTree(repository, { entries, shown: `the commit ${id}`, ...options });
}

/** To git an index that is not there is an empty one, which is right before the first file is staged. */
async function checkIndex({ workTree, indexFile }: Repository): Promise<void> {
  if (workTree !== undefined || (await isThere(indexFile))) return;
  throw new UsageError("ERR_OPTION_INVALID", "a bare repository has nothing staged", {
    hint: "name the commits: A..B",
  });
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

interface TreeParts extends ReadTreeOptions {
  readonly entries: ReadonlyMap<string, GitEntry>;
  /** What messages call it. */
  readonly shown: string;
}

function createTree(repository: Repository, { entries, shown, maxBytes = MAX_BYTES }: TreeParts): GitTree {
  const blobs = createBlobReader(repository);
  return {
    entries,
    async read(path) {
      const source = { file: path };
      const entry = entries.get(path);
      if (entry === undefined) throw unreadable(`there is no such file in ${shown}`, source);
      if (entry.kind === "submodule") throw unreadable("this is a submodule, not a file", source);
      if (entry.kind === "unmerged")
        throw unreadable("this file has a conflict that is not resolved", source);
      return await blobs.read(entry.id, { maxBytes, source });
    },
    close: blobs.close,
  };
}

function unreadable(what: string, source: Source): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", what, { source });
}
