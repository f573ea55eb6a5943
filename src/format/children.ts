import type { DocumentNode, ListNode, MapEntry, MapNode } from "./document.ts";

/** The values that stand directly in a map or list, by key or index, merged ones among them. */
export function childrenOf(
  node: DocumentNode,
): readonly (readonly [key: string | number, node: DocumentNode])[] {
  if (node.kind === "scalar") return [];
  if (node.kind === "list") return [...node.items.entries()];
  return [...node.entries].map(([key, entry]) => [key, entry.node]);
}

/** What is written between a map's or list's brackets or on its lines. */
export interface WrittenChild {
  /** Where its key begins, or, in a list, its value; an anchor or tag may stand before it. */
  readonly start: number;
  readonly node: DocumentNode;
  readonly entry?: MapEntry | undefined;
}

/** Returns a map's own entries, `<<` among them, or a list's items, in the order of the text. */
export function writtenChildren(collection: MapNode | ListNode): WrittenChild[] {
  if (collection.kind === "list") return collection.items.map((node) => ({ start: node.start, node }));
  const own = [...collection.entries.values()].filter((entry) => entry.merged !== true);
  if (collection.merge !== undefined) own.push(collection.merge);
  return own
    .map((entry) => ({ start: entry.keyStart, node: entry.node, entry }))
    .sort((a, b) => a.start - b.start);
}
