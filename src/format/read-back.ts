import type { JsonValue } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { childrenOf } from "./children.ts";
import type { Document, DocumentNode, Limits } from "./document.ts";
import { isJsonList } from "./json-text.ts";
import { parseDocument } from "./parse-document.ts";

/** What an edit was meant to do to a document. */
export interface Changes {
  /** Scalars that have another value. */
  readonly values?: ReadonlyMap<DocumentNode, JsonValue> | undefined;
  /** A map or list that has one more value, after all others. */
  readonly added?: Added | undefined;
  /** What is not there any more. */
  readonly removed?: DocumentNode | undefined;
}

interface Added {
  readonly to: DocumentNode;
  readonly key: string | number;
  readonly value: JsonValue;
}

// What is read back was within the limits before; only the new values may nest.
const LIMITS: Limits = { maxFileBytes: Infinity, maxDepth: 500, maxNodes: Infinity };

/**
 * Reads a document's changed text, and returns the nodes that are neither what they were nor what they were changed to:
 * the root where the text cannot be read.
 */
export async function readBack(
  { file, format, root }: Document,
  changed: string,
  changes: Changes,
): Promise<readonly DocumentNode[]> {
  const wrong: DocumentNode[] = [];
  try {
    const after = await parseDocument(changed, { file, format, limits: LIMITS });
    compare(root, after.root, changes, wrong);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    wrong.push(root);
  }
  return wrong;
}

function compare(before: DocumentNode, after: DocumentNode, changes: Changes, wrong: DocumentNode[]): void {
  const { values, added, removed } = changes;
  if (before.kind === "scalar") {
    // What an alias repeats follows what it repeats.
    const original = before.repeats ?? before;
    const value = values?.has(original) === true ? values.get(original) : before.value;
    if (!hasValue(after, value)) wrong.push(before);
    return;
  }
  const children = childrenOf(before);
  const expected = removed === undefined ? children : children.filter(([, node]) => node !== removed);
  const found = childrenOf(after);
  const last = added?.to === before ? added : undefined;
  if (before.kind !== after.kind || found.length !== expected.length + (last === undefined ? 0 : 1)) {
    wrong.push(before);
    return;
  }
  for (const [index, [key, node]] of found.entries()) {
    const [expectedKey, expectedNode] = expected[index] ?? [last?.key];
    // A list's later elements move up when one is removed.
    if (before.kind === "map" && key !== expectedKey) wrong.push(before);
    else if (expectedNode !== undefined) compare(expectedNode, node, changes, wrong);
    else if (!hasValue(node, last?.value)) wrong.push(before);
  }
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
