import { posix } from "node:path";

import { type SealedValue, sourceOf } from "../config/layer.ts";
import type { Problems } from "../config/problems.ts";
import type { Source } from "../errors/index.ts";
import { type Blob, parseBlob } from "../sealing/index.ts";

import { checkRecipients } from "./check-document.ts";
import { type FileTree, noFile, readFrom } from "./file-tree.ts";

const ENDING = ".sealed";

/** Tells whether a path is a sealed file's. */
export function isSealedFile(path: string): boolean {
  return path.endsWith(ENDING);
}

/**
 * Reads a sealed file, which must have been made for its name.
 *
 * @throws SourceError, TokenError
 */
export async function readSealedFile(tree: FileTree, path: string, source: Source): Promise<Blob> {
  return parseBlob(await readFrom(tree, path, source), posix.basename(path, ENDING), source);
}

/** Checks the sealed files that values refer to, in the same tree; returns those that can be read, by the value. */
export async function checkReferences(
  tree: FileTree,
  values: readonly SealedValue[],
  problems: Problems,
): Promise<ReadonlyMap<SealedValue, Blob>> {
  const blobs = new Map<SealedValue, Blob>();
  for (const value of values) {
    if (value.token.kind !== "file") continue;
    const path = (value.folder ?? "") + value.token.path;
    const blob = await problems.collectAsync(value.origin, async () => await readReferred(tree, path, value));
    if (blob === undefined) continue;
    blobs.set(value, blob);
    checkRecipients(blob.recipients, value, problems);
  }
  return blobs;
}

async function readReferred(tree: FileTree, path: string, { origin }: SealedValue): Promise<Blob> {
  const source = sourceOf(origin);
  const kind = await tree.kindOf(path);
  if (kind === "file") return await readSealedFile(tree, path, source);
  throw noFile(kind, source, "the sealed file that it names");
}
