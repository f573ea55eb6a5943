import type { JsonValue } from "../bytes/index.ts";
import type { DocumentNode, ScalarNode } from "./document.ts";
import { isJsonList } from "./json-text.ts";

/**
 * Returns the first node that, after its document was changed and parsed again, is neither what it was nor what it was
 * changed to.
 */
export function findDifference(
  before: DocumentNode,
  after: DocumentNode,
  changes: ReadonlyMap<ScalarNode, JsonValue>,
): DocumentNode | undefined {
  if (before.kind === "scalar") {
    // What an alias repeats follows what it repeats.
    if (before.aliased) return undefined;
    return hasValue(after, changes.has(before) ? changes.get(before) : before.value) ? undefined : before;
  }
  const children = childrenOf(before);
  const others = childrenOf(after);
  if (before.kind !== after.kind || children.length !== others.length) return before;
  for (const [index, [key, node]] of children.entries()) {
    const [otherKey, other] = others[index] ?? [];
    if (key !== otherKey || other === undefined) return before;
    const difference = findDifference(node, other, changes);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function hasValue(node: DocumentNode, value: JsonValue | undefined): boolean {
  // NaN, which YAML has, is what it is; 0 and -0, which JSON writes alike, are the same.
  if (node.kind === "scalar") return node.value === value || Object.is(node.value, value);
  if (typeof value !== "object" || value === null || (node.kind === "list") !== isJsonList(value))
    return false;
  const children = childrenOf(node);
  const values: readonly (readonly [string | number, JsonValue])[] = isJsonList(value)
    ? [...value.entries()]
    : Object.entries(value);
  if (children.length !== values.length) return false;
  const byKey = new Map(children);
  return values.every(([key, item]) => {
    const child = byKey.get(key);
    return child !== undefined && hasValue(child, item);
  });
}

function childrenOf(node: DocumentNode): readonly (readonly [key: string | number, node: DocumentNode])[] {
  if (node.kind === "scalar") return [];
  if (node.kind === "list") return [...node.items.entries()];
  return [...node.entries].map(([key, entry]) => [key, entry.node]);
}
