import type { DocumentNode, MapEntry } from "./document.ts";

/** The copies made so far; a copy stands for itself. */
export type AliasedCopies = Map<DocumentNode, DocumentNode>;

/** Returns the value as it is seen through an alias. Each part is copied once, however often it is repeated. */
export function asAliased(node: DocumentNode, copies: AliasedCopies): DocumentNode {
  const known = copies.get(node);
  if (known !== undefined) return known;
  const copy = copyOf(node, copies);
  copies.set(node, copy);
  copies.set(copy, copy);
  return copy;
}

function copyOf(node: DocumentNode, copies: AliasedCopies): DocumentNode {
  const repeats = node.repeats ?? node;
  if (node.kind === "scalar") return { ...node, repeats, aliased: true };
  if (node.kind === "list") {
    return { ...node, repeats, items: node.items.map((item) => asAliased(item, copies)) };
  }
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of node.entries) {
    entries.set(key, { ...entry, node: asAliased(entry.node, copies) });
  }
  return { ...node, repeats, entries };
}
