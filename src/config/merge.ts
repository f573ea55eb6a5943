import { SourceError, type Source } from "../errors/index.ts";
import { FORBIDDEN_NAMES } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";

import {
  type Assignment,
  type ConfigLeaf,
  type ConfigMap,
  type ConfigNode,
  type Layer,
  sourceOf,
} from "./layer.ts";
import type { Problems } from "./problems.ts";

const EMPTY: ConfigMap = { kind: "map", entries: new Map() };

/** Merges the layers: later ones win, maps merge, lists and scalars replace; a sealed value is a scalar. */
export function mergeLayers(layers: readonly Layer[], problems: Problems): ConfigMap {
  return layers.reduce((below, { content }) => {
    if (content.kind === "tree") return mergeMaps(below, content.root, [], problems);
    return content.assignments.reduce((root, assignment) => {
      return problems.collect(assignment.leaf.origin, () => assign(root, assignment)) ?? root;
    }, below);
  }, EMPTY);
}

function mergeMaps(below: ConfigMap, above: ConfigMap, path: Path, problems: Problems): ConfigMap {
  if (below.entries.size === 0) return above;
  const entries = new Map(below.entries);
  for (const [key, node] of above.entries) {
    entries.set(key, mergeNodes(entries.get(key), node, [...path, key], problems));
  }
  return { kind: "map", entries };
}

function mergeNodes(
  below: ConfigNode | undefined,
  above: ConfigNode,
  path: Path,
  problems: Problems,
): ConfigNode {
  if (above.kind !== "map" || below === undefined) return above;
  if (below.kind === "map") return mergeMaps(below, above, path, problems);
  if (below.kind === "leaf" && below.sealed !== undefined) {
    const first = firstLeaf(above);
    if (first !== undefined) {
      problems.add(memberUnderSealed(below, sourceOf(first.origin)), first.origin);
    }
  }
  return above;
}

function assign(root: ConfigMap, { name, parts, leaf }: Assignment): ConfigMap {
  const source = sourceOf(leaf.origin);

  function assignIn(node: ConfigNode | undefined, depth: number): ConfigNode {
    const part = parts[depth];
    if (part === undefined) return leaf;
    if (node?.kind === "leaf" && node.sealed !== undefined) throw memberUnderSealed(node, source);
    if (node?.kind === "list") {
      const index = /^[0-9]+$/.test(part) ? Number(part) : Number.NaN;
      if (!(index <= node.items.length)) {
        throw unassignable(`the part ${part} of ${name} is no index of the list that stands there`, source);
      }
      return { kind: "list", items: node.items.toSpliced(index, 1, assignIn(node.items[index], depth + 1)) };
    }
    const entries = new Map(node?.kind === "map" ? node.entries : undefined);
    const key = keyFor(part, entries);
    entries.set(key, assignIn(entries.get(key), depth + 1));
    return { kind: "map", entries };
  }

  function keyFor(part: string, entries: ReadonlyMap<string, ConfigNode>): string {
    const wanted = plainName(part);
    const found = [...entries.keys()].filter((key) => plainName(key) === wanted);
    if (found.length > 1) {
      throw unassignable(`${name} could mean ${found.map((key) => formatPath([key])).join(" or ")}`, source);
    }
    const key = found[0] ?? part.toLowerCase();
    if (FORBIDDEN_NAMES.has(key))
      throw unassignable(`${name} would set ${key}, a name that is refused everywhere`, source);
    return key;
  }

  const assigned = assignIn(root, 0);
  return assigned.kind === "map" ? assigned : root;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

function firstLeaf(node: ConfigNode): ConfigLeaf | undefined {
  if (node.kind === "leaf") return node;
  for (const child of node.kind === "map" ? node.entries.values() : node.items) {
    const found = firstLeaf(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function memberUnderSealed(sealed: ConfigLeaf, source: Source): SourceError {
  const { file, line } = sourceOf(sealed.origin);
  const where = line === undefined ? file : `${file}:${line}`;
  return new SourceError(
    "ERR_FORMAT_SYNTAX",
    `a member is set under a value that is sealed whole in ${where}`,
    {
      source,
      hint: "replace the sealed value whole, or seal its members one by one",
    },
  );
}

function unassignable(what: string, source: Source): SourceError {
  return new SourceError("ERR_FORMAT_SYNTAX", what, { source, hint: "rename the variable" });
}
