import { childrenOf } from "./children.ts";
import type { Document, DocumentNode } from "./document.ts";

const repeatedIn = new WeakMap<Document, ReadonlySet<DocumentNode>>();

/**
 * Tells whether a value's text stands for more than one place: it is reached through an alias or a merge, or one of these
 * repeats it elsewhere. Such a value cannot be bound to its path. Cheap from the second question about a document on.
 */
export function isRepeated(document: Document, node: DocumentNode): boolean {
  if (node.repeats !== undefined) return true;
  if (document.format !== "yaml") return false;
  let repeated = repeatedIn.get(document);
  if (repeated === undefined) {
    repeated = findRepeated(document.root);
    repeatedIn.set(document, repeated);
  }
  return repeated.has(node);
}

function findRepeated(root: DocumentNode): ReadonlySet<DocumentNode> {
  const repeated = new Set<DocumentNode>();
  const seen = new Set<DocumentNode>();
  const visit = (node: DocumentNode): void => {
    if (node.repeats !== undefined) {
      if (seen.has(node)) return;
      seen.add(node);
      repeated.add(node.repeats);
    }
    for (const [, child] of childrenOf(node)) visit(child);
    // The merged maps themselves: what is added to one of them shows up in this one.
    if (node.kind === "map" && node.merge !== undefined) addMerged(node.merge.node);
  };
  const addMerged = (merged: DocumentNode): void => {
    for (const source of merged.kind === "list" ? merged.items : [merged]) {
      if (source.repeats !== undefined) repeated.add(source.repeats);
    }
  };
  visit(root);
  return repeated;
}
