import type { Alias, Document as YamlDocument, Node, YAMLMap, YAMLSeq } from "yaml";

import { type AliasedCopies, asAliased } from "./aliased.ts";
import {
  type DocumentNode,
  FORBIDDEN_NAMES,
  type Limits,
  type ListNode,
  type MapEntry,
  type MapNode,
} from "./document.ts";
import { DUPLICATE_KEY, FORBIDDEN_KEY, FormatProblem, tooDeep, tooMany } from "./problem.ts";
import { readYamlScalar } from "./yaml-scalar.ts";

type Yaml = typeof import("yaml");

interface Walk {
  readonly yaml: Yaml;
  readonly text: string;
  readonly limits: Limits;
  readonly anchors: Map<string, Anchored>;
  readonly copies: AliasedCopies;
  /** How many values there are so far, those that aliases repeat counted each time. */
  count: number;
  /** The greatest depth so far, within the innermost anchored value. */
  deepest: number;
}

/** An anchored value, and what it costs to repeat it. */
interface Anchored {
  /** Missing while the value is still being read. */
  node?: DocumentNode;
  count: number;
  height: number;
}

const TAGS: ReadonlySet<string | undefined> = new Set([
  undefined,
  "!",
  ...["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
]);

/**
 * Turns the parser's tree into nodes that know their place, in one pass, with what the parser leaves open: aliases,
 * merge keys, duplicate and forbidden keys, limits.
 *
 * @throws FormatProblem
 */
export function walkYaml(
  yaml: Yaml,
  document: YamlDocument.Parsed,
  text: string,
  limits: Limits,
): DocumentNode {
  const walk: Walk = { yaml, text, limits, anchors: new Map(), copies: new Map(), count: 0, deepest: 0 };
  const { contents } = document;
  const root = contents === null ? undefined : walkNode(walk, contents, 0);
  if (root !== undefined && (root.kind !== "scalar" || root.value !== null)) return root;
  const { start, end } = root ?? { start: text.length, end: text.length };
  return { kind: "map", entries: new Map(), start, end, flow: false };
}

function walkNode(walk: Walk, node: Node, depth: number): DocumentNode {
  if (walk.yaml.isAlias(node)) return walkAlias(walk, node, depth);
  const { anchor, tag } = node;
  const start = startOf(node);
  if (!TAGS.has(tag)) throw new FormatProblem(start, "a value whose tag is not read here");
  count(walk, 1, start);
  if (anchor === undefined) return walkValue(walk, node, depth);

  const { deepest } = walk;
  const countBefore = walk.count - 1;
  const anchored: Anchored = { count: 0, height: 0 };
  walk.deepest = depth;
  walk.anchors.set(anchor, anchored);
  anchored.node = walkValue(walk, node, depth);
  anchored.count = walk.count - countBefore;
  anchored.height = walk.deepest - depth;
  walk.deepest = Math.max(deepest, walk.deepest);
  return anchored.node;
}

function walkValue(walk: Walk, node: Node, depth: number): DocumentNode {
  if (walk.yaml.isScalar(node)) return readYamlScalar(node, walk.text);
  descend(walk, depth + 1, startOf(node));
  if (walk.yaml.isMap<Node, Node | null>(node)) return walkMap(walk, node, depth + 1);
  if (walk.yaml.isSeq<Node>(node)) return walkList(walk, node, depth + 1);
  throw new FormatProblem(startOf(node), "a value that is not read here");
}

function walkAlias(walk: Walk, alias: Alias, depth: number): DocumentNode {
  const [start, end] = alias.range ?? [0, 0];
  const { node, count: size, height } = findAnchored(walk, alias);
  count(walk, size, start);
  descend(walk, depth + height, start);
  return { ...asAliased(node, walk.copies), start, end };
}

function findAnchored(walk: Walk, alias: Alias): Required<Anchored> {
  const anchored = walk.anchors.get(alias.source);
  if (anchored === undefined)
    throw new FormatProblem(startOf(alias), "an alias of what is not anchored before it");
  const { node, ...cost } = anchored;
  if (node === undefined)
    throw new FormatProblem(startOf(alias), "an alias within the value that it repeats");
  return { node, ...cost };
}

function walkList(walk: Walk, list: YAMLSeq<Node>, depth: number): ListNode {
  const items = list.items.map((item) => walkNode(walk, item, depth));
  const start = startOf(list);
  return {
    kind: "list",
    items,
    start,
    end: endOf(list, items.at(-1)?.end ?? start),
    flow: list.flow === true,
  };
}

function walkMap(walk: Walk, map: YAMLMap<Node, Node | null>, depth: number): MapNode {
  const entries = new Map<string, MapEntry>();
  const merged = new Set<string>();
  const start = startOfMap(walk, map);
  let end = start;
  let merge: MapEntry | undefined;
  for (const pair of map.items) {
    const key = walkKey(walk, pair.key);
    const node = pair.value === null ? emptyAt(walk, key.keyEnd) : walkNode(walk, pair.value, depth);
    end = node.end;
    if (key.text === undefined) {
      if (merge !== undefined) throw new FormatProblem(key.keyStart, DUPLICATE_KEY);
      merge = { ...key, node };
      mergeInto(entries, merged, node, walk.copies);
      continue;
    }
    const { text, keyStart, keyEnd, keyIsString } = key;
    if (FORBIDDEN_NAMES.has(text)) throw new FormatProblem(keyStart, FORBIDDEN_KEY);
    if (entries.has(text) && !merged.delete(text)) throw new FormatProblem(keyStart, DUPLICATE_KEY);
    entries.set(text, { keyStart, keyEnd, keyIsString, node });
  }
  return { kind: "map", entries, merge, start, end: endOf(map, end), flow: map.flow === true };
}

interface Key extends Omit<MapEntry, "node"> {
  /** Missing for `<<`. */
  readonly text?: string;
}

function walkKey(walk: Walk, key: Node): Key {
  const [keyStart, keyEnd] = key.range ?? [0, 0];
  if (walk.yaml.isScalar(key) && typeof key.value === "symbol")
    return { keyStart, keyEnd, keyIsString: true };
  const node = walk.yaml.isCollection(key) ? undefined : walkNode(walk, key, 0);
  if (node?.kind !== "scalar") throw new FormatProblem(keyStart, "a map or list as a key");
  // A key is not a value of its own.
  walk.count -= 1;
  const { value } = node;
  const text = value === null ? "" : String(value);
  return { keyStart, keyEnd, keyIsString: typeof value === "string", text };
}

/** What `<<` brings: keys that do not stand in the map, the first of several maps first. */
function mergeInto(
  entries: Map<string, MapEntry>,
  merged: Set<string>,
  node: DocumentNode,
  copies: AliasedCopies,
): void {
  for (const source of node.kind === "list" ? node.items : [node]) {
    if (source.kind !== "map") throw new FormatProblem(source.start, "a merge of what is not a map");
    for (const [text, entry] of source.entries) {
      if (entries.has(text)) continue;
      entries.set(text, { ...entry, merged: true, node: asAliased(entry.node, copies) });
      merged.add(text);
    }
  }
}

function emptyAt(walk: Walk, offset: number): DocumentNode {
  count(walk, 1, offset);
  return { kind: "scalar", value: null, start: offset, end: offset, aliased: false };
}

function count(walk: Walk, values: number, offset: number): void {
  walk.count += values;
  if (walk.count > walk.limits.maxNodes) throw tooMany(offset, walk.limits.maxNodes);
}

function descend(walk: Walk, depth: number, offset: number): void {
  if (depth > walk.limits.maxDepth) throw tooDeep(offset, walk.limits.maxDepth);
  walk.deepest = Math.max(walk.deepest, depth);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** The parser's range of a block map begins after the anchor and tag of its first key. */
function startOfMap(walk: Walk, map: YAMLMap<Node, Node | null>): number {
  const start = startOf(map);
  const key = map.items[0]?.key;
  if (map.flow === true || key === undefined || walk.yaml.isAlias(key)) return start;
  if (key.anchor === undefined && key.tag === undefined) return start;
  const line = walk.text.slice(walk.text.lastIndexOf("\n", start - 1) + 1, start);
  return start - (/(?:[&!]\S*[ \t]+)*$/.exec(line)?.[0].length ?? 0);
}

/** The parser's range of a block map or list takes in the comments and empty lines after it. */
function endOf(collection: YAMLMap | YAMLSeq, lastEnd: number): number {
  return collection.flow === true ? (collection.range?.[1] ?? lastEnd) : lastEnd;
}
