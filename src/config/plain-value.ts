import type { DocumentNode } from "../format/index.ts";

/** Turns a parsed document into ordinary data. Its names were checked when it was parsed. */
export function plainValue(node: DocumentNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  const object: Record<string, unknown> = {};
  for (const [key, { node: member }] of node.entries) object[key] = plainValue(member);
  return object;
}
