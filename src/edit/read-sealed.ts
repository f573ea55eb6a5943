import { dirname, join } from "node:path";

import { findTokens } from "../config/find-tokens.ts";
import { type SealedValue, sourceOf } from "../config/layer.ts";
import type { Problems } from "../config/problems.ts";
import { type Document, findScalars, type ScalarNode } from "../format/index.ts";
import { compilePatterns, type Rule } from "../policy/index.ts";
import { type Blob, parseBlob } from "../sealing/index.ts";
import { readFileInside } from "../source/index.ts";
import type { FileToken } from "../token/index.ts";

/** Of a sealed file that a value refers to, as the loader has it. */
export const MAX_BLOB_BYTES: number = 64 * 1024 * 1024;

/** A sealed value, and the scalar that holds its token. */
export interface SealedScalar {
  readonly node: ScalarNode;
  readonly sealed: SealedValue;
}

/** A file, and what its rule says of sealed values. */
export interface FileOfRule {
  /** Absolute. */
  readonly path: string;
  readonly rule: Pick<Rule, "app" | "env" | "keys" | "accept" | "raw">;
}

/**
 * Finds the sealed values of a file by its rule, in the document's order; what an alias repeats is found once, where its
 * anchor stands. What looks sealed and is no token is a problem.
 */
export function findSealed(
  document: Document,
  { path, rule }: FileOfRule,
  problems: Problems,
): SealedScalar[] {
  const facts = {
    layer: 0,
    app: rule.app,
    env: rule.env,
    allowed: [...rule.keys, ...rule.accept],
    // Plaintext where a secret must be is not what this is about.
    secrets: compilePatterns([]),
    isRawAllowed: rule.raw.match,
    folder: dirname(path),
  };
  const byStart = new Map(
    findScalars(document.root).flatMap(({ node }) => (node.aliased ? [] : [[node.start, node] as const])),
  );
  return findTokens(document, facts, problems).sealed.flatMap((sealed) => {
    const node = sealed.aliased ? undefined : byStart.get(sealed.origin.offset ?? -1);
    return node === undefined ? [] : [{ node, sealed }];
  });
}

/**
 * Reads and parses the sealed file that a value refers to; needs no key.
 *
 * @throws SourceError, TokenError
 */
export async function readReferencedBlob(
  token: FileToken,
  { folder = "", origin }: SealedValue,
): Promise<Blob> {
  const source = sourceOf(origin);
  const bytes = await readFileInside(folder, join(folder, token.path), { maxBytes: MAX_BLOB_BYTES, source });
  return parseBlob(bytes, blobName(token), source);
}

/** The name that a referenced file must have been sealed for. */
export function blobName({ path }: FileToken): string {
  return path.slice(path.lastIndexOf("/") + 1, -".sealed".length);
}
