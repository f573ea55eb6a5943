import { type Source, SourceError } from "../errors/index.ts";
import { type Document, findScalars, type FoundScalar, positionAt } from "../format/index.ts";
import { isRepeated } from "../format/repeated.ts";
import { replaceScalars } from "../format/replace.ts";
import { formatPath } from "../path/path.ts";
import type { PathPatterns, Rule } from "../policy/index.ts";
import { looksSealed } from "../token/index.ts";

import { faultOfFile, located } from "./located.ts";
import type { Sealer } from "./sealer.ts";

export interface SealedDocument {
  /** The new text; `undefined` when there was nothing to seal. */
  readonly text: string | undefined;
  /** Where the values stood that were sealed, in the document's order. */
  readonly sealed: readonly Source[];
}

/**
 * Seals every plaintext value at a path that the rule calls secret; sealed ones stay as they are.
 *
 * @throws SourceError, UsageError with the place of a value that cannot be sealed there; KmsError
 */
export async function sealDocument(document: Document, rule: Rule, sealer: Sealer): Promise<SealedDocument> {
  const plain = findPlaintext(document, rule.secrets);
  for (const scalar of plain) refuseUnsealable(document, scalar);
  const edits = await Promise.all(
    plain.map(async (scalar) => {
      const { node, path } = scalar;
      const source = sourceOf(document, scalar);
      const seal = async (): Promise<string> => await sealer.seal(rule, { value: node.value, path });
      return { node, value: await faultOfFile(async () => await located(source, seal)) };
    }),
  );
  if (edits.length === 0) return { text: undefined, sealed: [] };
  return {
    text: await replaceScalars(document, edits),
    sealed: plain.map((scalar) => sourceOf(document, scalar)),
  };
}

/** Finds the values that stand in the clear at a secret path: everything but null, and what is sealed or looks so. */
export function findPlaintext(document: Document, secrets: PathPatterns): FoundScalar[] {
  const ignoreCase = document.format === "dotenv";
  return findScalars(document.root).filter(({ node: { value }, path }) => {
    if (value === null || (typeof value === "string" && looksSealed(value))) return false;
    return secrets.match(path, ignoreCase);
  });
}

export function sourceOf(document: Document, { node, path }: Pick<FoundScalar, "node" | "path">): Source {
  return { file: document.file, ...positionAt(document, node.start), path: formatPath(path) };
}

function refuseUnsealable(document: Document, scalar: FoundScalar): void {
  const source = sourceOf(document, scalar);
  if (!scalar.keysAreStrings) {
    throw new SourceError("ERR_FORMAT_SYNTAX", "a value below a key that is not a string cannot be sealed", {
      source,
      hint: "put the key in quotes",
    });
  }
  if (isRepeated(document, scalar.node)) {
    throw new SourceError(
      "ERR_FORMAT_SYNTAX",
      "an alias repeats this value, and a sealed value has one place",
      {
        source,
        hint: "write the value out in place of the alias, or seal it once with --no-path where its anchor stands",
      },
    );
  }
}
