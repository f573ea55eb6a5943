import { type Source, SourceError } from "../errors/index.ts";

/** What stands at a path; `closed` is a folder that cannot be listed. */
export type EntryKind = "file" | "symlink" | "submodule" | "unmerged" | "closed";

/**
 * Where checked files come from: the work tree, the index, a commit. Paths are relative to its root, `/` between
 * segments.
 */
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

type NoFile = Exclude<EntryKind, "file"> | "nothing";

const REASONS: Readonly<Record<NoFile, string>> = {
  nothing: "is not there",
  // What it leads to is no part of the tree, or is checked as something else.
  symlink: "is a symbolic link, which cannot be checked",
  submodule: "is a submodule",
  unmerged: "is not merged",
  closed: "is a folder that cannot be read",
};

const HINTS: Readonly<Partial<Record<NoFile, string>>> = {
  symlink: "put the file itself here",
  unmerged: "resolve its conflict and add it: git add",
};

/** Makes the error of what is no file of its own. */
export function noFile(kind: NoFile | undefined, source: Source, subject = "the file"): SourceError {
  const found = kind ?? "nothing";
  const what = `${subject} ${REASONS[found]}`;
  return new SourceError("ERR_FILE_UNREADABLE", what, { source, hint: HINTS[found] });
}

/**
 * Reads a file that must be there.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_LIMIT_EXCEEDED`
 */
export async function readFrom(tree: FileTree, path: string, source: Source): Promise<Uint8Array> {
  const bytes = await tree.read(path);
  if (bytes === undefined) throw noFile(undefined, source);
  return bytes;
}

/** Reads what may be a file; `undefined` where it is none, or cannot be read: that is told where it is needed. */
export async function readIfFile(tree: FileTree, path: string): Promise<Uint8Array | undefined> {
  try {
    return (await tree.kindOf(path)) === "file" ? await tree.read(path) : undefined;
  } catch (error) {
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}
