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

/**
 * Runs work with a folder that nobody else can look into, in memory where one of the parents is, else in the last of
 * them. Whatever becomes of the work, the folder is gone afterwards with all that is in it.
 *
 * @throws SourceError `ERR_WRITE_FAILED`
 */
export async function withTemporaryFolder<Result>(
  parents: readonly string[],
  work: (folder: TemporaryFolder) => Promise<Result>,
): Promise<Result> {
  const folder = await makeFolder(parents);
  const remove = (): void => removeFolder(folder.path);
  // Also for an end that nobody foresaw.
  process.on("exit", remove);
  try {
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

async function makeFolder(parents: readonly string[]): Promise<TemporaryFolder> {
  for (const parent of parents) {
    const path = (await isInMemory(parent)) ? await tryToMake(parent) : undefined;
    if (typeof path === "string") return { path, inMemory: true };
  }
  const last = parents.at(-1) ?? tmpdir();
  const made = await tryToMake(last);
  if (typeof made === "string") return { path: made, inMemory: false };
  throw new SourceError("ERR_WRITE_FAILED", `no folder can be made there (${made.code})`, {
    source: { file: last },
    hint: "set TMPDIR to a folder that you can write to",
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

/** Makes a folder of mode 0700, or tells why it cannot. */
async function tryToMake(parent: string): Promise<string | { readonly code: string | undefined }> {
  try {
    return await mkdtemp(join(parent, "sealconf-"));
  } catch (error) {
    return { code: systemCode(error) };
  }
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
