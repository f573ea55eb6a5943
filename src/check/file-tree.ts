import { type Source, SourceError } from "../errors/index.ts";

/** What stands at a path. */
export type EntryKind = "file" | "symlink" | "submodule" | "unmerged";

/** Where checked files come from: the work tree, the index, a commit. Paths are relative to its root, `/` between segments. */
export interface FileTree {
  /** Finds every path that is no folder. */
  readonly list: () => Promise<ReadonlyMap<string, EntryKind>>;
  /** Tells what stands at one path; `undefined` for a folder, and for nothing. */
  readonly kindOf: (path: string) => Promise<EntryKind | undefined>;
  /**
   * Reads a file; `undefined` when there is none.
   *
   * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`
   */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
}

/** The largest file that is read: a sealed one. */
export const MAX_READ_BYTES: number = 64 * 1024 * 1024;

/** Returns the folder that a file lies in as what its path begins with: `config/`, or nothing for the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Returns a file's folders from its own to the root, as what its path begins with: `a/b/`, `a/`, and nothing. */
export function foldersAbove(path: string): string[] {
  const folder = folderOf(path);
  return folder === "" ? [""] : [folder, ...foldersAbove(folder.slice(0, -1))];
}

/**
 * Refuses what is no file of its own.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`
 */
export function requireFile(kind: EntryKind | undefined, source: Source): void {
  if (kind === "symlink") {
    // What it leads to is no part of the tree, or is checked as something else.
    throw new SourceError("ERR_FILE_UNREADABLE", "a symbolic link cannot be checked", {
      source,
      hint: "put the file itself here",
    });
  }
  if (kind === "unmerged") {
    throw new SourceError("ERR_FILE_UNREADABLE", "the file is not merged", {
      source,
      hint: "resolve its conflict and add it: git add",
    });
  }
  if (kind !== "file") throw notThere(source);
}

/**
 * Reads a file that must be there.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`
 */
export async function readFrom(tree: FileTree, path: string, source: Source): Promise<Uint8Array> {
  const bytes = await tree.read(path);
  if (bytes === undefined) throw notThere(source);
  return bytes;
}

export function notThere(source: Source): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", "there is no such file", { source });
}
