import { rmSync } from "node:fs";
import { mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Environment } from "../config/options.ts";
import { SourceError, systemCode } from "../errors/index.ts";

export interface TemporaryFolder {
  readonly path: string;
  /** Whether what lies there never touches a disk, as far as the file system tells. */
  readonly inMemory: boolean;
}

// `statfs(2)`: TMPFS_MAGIC, RAMFS_MAGIC.
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]);

/** The folders in which a temporary one may be made, those first that are more likely to be in memory. */
export function temporaryParents({ XDG_RUNTIME_DIR }: Environment): string[] {
  return [
    ...(XDG_RUNTIME_DIR === undefined || XDG_RUNTIME_DIR === "" ? [] : [XDG_RUNTIME_DIR]),
    "/dev/shm",
    tmpdir(),
  ];
}

/** What is done with a temporary folder. */
export interface FolderUse<Result> {
  /** Writes what is to lie there; where a parent has no room for that, the next one is tried. */
  readonly fill: (path: string) => Promise<void>;
  readonly work: (folder: TemporaryFolder) => Promise<Result>;
}

interface RemovableFolder {
  readonly path: string;
  readonly remove: () => void;
}

/**
 * Runs work with a folder that nobody else can look into, in memory where one of the parents is, else in the last of
 * them. Whatever becomes of the work, the folder is gone afterwards with all that is in it.
 *
 * @throws SourceError `ERR_WRITE_FAILED`
 */
export async function withTemporaryFolder<Result>(
  parents: readonly string[],
  { fill, work }: FolderUse<Result>,
): Promise<Result> {
  const { path, inMemory, remove } = await makeFolder(parents, fill);
  try {
    return await work({ path, inMemory });
  } finally {
    remove();
  }
}

async function makeFolder(
  parents: readonly string[],
  fill: (path: string) => Promise<void>,
): Promise<TemporaryFolder & RemovableFolder> {
  for (const parent of parents) {
    const made = (await isInMemory(parent)) ? await tryToMake(parent, fill) : undefined;
    if (made !== undefined && "path" in made) return { ...made, inMemory: true };
  }
  const last = parents.at(-1) ?? tmpdir();
  const made = await tryToMake(last, fill);
  if ("path" in made) return { ...made, inMemory: false };
  throw new SourceError("ERR_WRITE_FAILED", `the opened file cannot be written there (${made.code})`, {
    source: { file: last },
    hint: "set TMPDIR to a folder that you can write to, and that has room",
  });
}

async function isInMemory(folder: string): Promise<boolean> {
  try {
    return MEMORY_FILE_SYSTEMS.has((await statfs(folder)).type);
  } catch {
    // What cannot be asked is no place for a secret.
    return false;
  }
}

/** Makes and fills a folder of mode 0700, or tells why it cannot. */
async function tryToMake(
  parent: string,
  fill: (path: string) => Promise<void>,
): Promise<RemovableFolder | { readonly code: string }> {
  let remove: (() => void) | undefined;
  try {
    const path = await mkdtemp(join(parent, "sealconf-"));
    remove = removalOf(path);
    await fill(path);
    return { path, remove };
  } catch (error) {
    remove?.();
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { code };
  }
}

/** Returns what removes a folder, which happens also at an end that nobody foresaw. */
function removalOf(path: string): () => void {
  const remove = (): void => {
    process.off("exit", remove);
    removeFolder(path);
  };
  process.on("exit", remove);
  return remove;
}

function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw new SourceError("ERR_WRITE_FAILED", `the folder cannot be removed (${systemCode(error)})`, {
      source: { file: path },
      hint: "remove it: opened secrets lie in it",
    });
  }
}
