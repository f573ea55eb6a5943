import type { ConfigNode, SealedValue } from "./layer.ts";
import type { Opened } from "./opener.ts";

/** Returns the sealed values that are left in a merged tree. */
export function sealedIn(node: ConfigNode): SealedValue[] {
  const found: SealedValue[] = [];
  collect(node, found);
  return found;
}

function collect(node: ConfigNode, found: SealedValue[]): void {
  if (node.kind === "leaf") {
    if (node.sealed !== undefined) found.push(node.sealed);
    return;
  }
  for (const child of node.kind === "map" ? node.entries.values() : node.items) collect(child, found);
}

/** Turns the merged tree into ordinary data, each sealed value replaced by what it holds. Opened values are data. */
export function buildValue(node: ConfigNode, opened: ReadonlyMap<SealedValue, Opened>): unknown {
  if (node.kind === "list") return node.items.map((item) => buildValue(item, opened));
  if (node.kind === "map") {
    const object: Record<string, unknown> = {};
    for (const [key, child] of node.entries) object[key] = buildValue(child, opened);
    return object;
  }
  if (node.sealed === undefined) return node.value;
  const found = opened.get(node.sealed);
  if (found === undefined) throw new TypeError("a value that did not open cannot be part of a config");
  // An alias may put one sealed value at several places: they must not share what the schema might change.
  return typeof found.value === "object" && found.value !== null ? structuredClone(found.value) : found.value;
}
