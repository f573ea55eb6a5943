import type { Path } from "../path/path.ts";
import type { DocumentNode, ScalarNode } from "./document.ts";

export interface FoundScalar {
  readonly path: Path;
  readonly node: ScalarNode;
  /** False when a key on the way is not a string. */
  readonly keysAreStrings: boolean;
}

/** Finds every scalar at or below a node, in the order of the document, those that aliases repeat at each place. */
export function findScalars(root: DocumentNode): FoundScalar[] {
  const found: FoundScalar[] = [];
  const visit = (node: DocumentNode, path: Path, keysAreStrings: boolean): void => {
    if (node.kind === "scalar") found.push({ path, node, keysAreStrings });
    else if (node.kind === "list") {
      for (const [index, item] of node.items.entries()) visit(item, [...path, index], keysAreStrings);
    } else {
      for (const [key, entry] of node.entries) {
        visit(entry.node, [...path, key], keysAreStrings && entry.keyIsString);
      }
    }
  };
  visit(root, [], true);
  return found;
}
