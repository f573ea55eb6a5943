import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

import { SourceError, systemCode } from "../errors/index.ts";
import { readFileIfThere } from "../source/index.ts";

import { type EntryKind, type FileTree, MAX_READ_BYTES } from "./file-tree.ts";
import { isLeftover } from "./leftover.ts";

export interface WorkTreeOptions {
  /** What messages call a file. */
  readonly show: (path: string) => string;
  /** Names of folders that are no part of the tree, wherever they lie. */
  readonly skip: ReadonlySet<string>;
}

/**
 * The files of a folder as they lie there. Symbolic links are not followed; repositories within it are passed
 * over, and what a writer lays beside a file.
 */
export function workTree(root: string, { show, skip }: WorkTreeOptions): FileTree {
  const closed = new Set<string>();
  let listing: Promise<ReadonlyMap<string, EntryKind>> | undefined;

  async function walk(): Promise<ReadonlyMap<string, EntryKind>> {
    const found = new Map<string, EntryKind>();
    const folders = [""];
    for (const folder of folders) {
      const entries = await readFolder(join(root, folder));
      const path = folder.slice(0, -1);
      if (entries === undefined) {
        closed.add(path);
        found.set(path, "closed");
      } else if (folder !== "" && entries.some(({ name }) => name === ".git")) {
        // The folder of another repository: a submodule, or a clone that somebody keeps here.
        found.set(path, "submodule");
      } else {
        for (const entry of entries) {
          if (!entry.isDirectory()) {
            if (!isLeftover(entry.name)) found.set(folder + entry.name, kindOfEntry(entry));
          } else if (!skip.has(entry.name)) folders.push(`${folder}${entry.name}/`);
        }
      }
    }
    return found;
  }

  return {
    async list() {
      listing ??= walk();
      return await listing;
    },
    async kindOf(path) {
      if (path.split("/").some((segment) => skip.has(segment))) return undefined;
      try {
        const stat = await lstat(join(root, path));
        if (stat.isDirectory()) return closed.has(path) ? "closed" : undefined;
        return kindOfEntry(stat);
      } catch (error) {
        if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
        throw new SourceError("ERR_FILE_UNREADABLE", `the file cannot be read (${systemCode(error)})`, {
          source: { file: show(path) },
        });
      }
    },
    read: (path) => {
      return readFileIfThere(join(root, path), { maxBytes: MAX_READ_BYTES, source: { file: show(path) } });
    },
  };
}

function kindOfEntry(entry: Pick<Dirent, "isSymbolicLink">): EntryKind {
  return entry.isSymbolicLink() ? "symlink" : "file";
}

/** Returns a folder's entries, none of one that went meanwhile, and `undefined` of one that cannot be read. */
async function readFolder(folder: string): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return systemCode(error) === "ENOENT" ? [] : undefined;
  }
}
