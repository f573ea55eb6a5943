import { TokenError } from "../errors/index.ts";
import {
  type Document,
  type DocumentNode,
  type MapEntry,
  type MapNode,
  positionAt,
  type ScalarNode,
} from "../format/index.ts";
import { formatPath, formatPointer, type Path } from "../path/path.ts";
import type { PathPatterns } from "../policy/index.ts";
import { type KnownRecipients, looksSealed, type Names, parseToken } from "../token/index.ts";

import {
  type ConfigLeaf,
  type ConfigMap,
  type ConfigNode,
  type Origin,
  type SealedValue,
  sourceOf,
} from "./layer.ts";
import type { Problems } from "./problems.ts";

/** What holds for every value of one file. */
export interface FileFacts {
  readonly layer: number;
  /** From the rule, else the caller's context. */
  readonly app: string | undefined;
  readonly env: string | undefined;
  readonly allowed: readonly string[];
  /** Paths that must never hold plaintext. */
  readonly secrets: PathPatterns;
  readonly isRawAllowed: (path: Path, ignoreCase: boolean) => boolean;
  readonly folder: string | undefined;
}

/** A file's values with its tokens found and parsed. */
export interface FoundValues {
  readonly root: ConfigMap;
  readonly sealed: readonly SealedValue[];
}

/** Finds the tokens of a document, refuses what only looks like one, and plaintext where a secret must be. */
export function findTokens(document: Document, facts: FileFacts, problems: Problems): FoundValues {
  const { file } = document;
  // dotenv names are upper case by custom, and patterns are written for the config's own names.
  const ignoreCase = document.format === "dotenv";
  const sealed: SealedValue[] = [];
  const known: KnownRecipients = new Map();

  function refuse(what: string, hint: string, path: Path, offset: number): void {
    const source = { file, ...positionAt(document, offset), path: formatPath(path) };
    problems.add(new TokenError("ERR_TOKEN_MALFORMED", what, { source, hint }), {
      layer: facts.layer,
      offset,
    });
  }

  function visit(node: DocumentNode, path: Path, pointerProblem: string | undefined): ConfigNode {
    if (node.kind === "scalar") return visitScalar(node, path, pointerProblem);
    if (node.kind === "list") {
      return {
        kind: "list",
        items: node.items.map((item, index) => visit(item, [...path, index], pointerProblem)),
      };
    }
    const entries = new Map<string, ConfigNode>();
    for (const [key, entry] of node.entries) {
      entries.set(key, visitEntry(key, entry, path, pointerProblem));
    }
    if (node.merge !== undefined) {
      const { length } = sealed;
      for (const [key, entry] of replacedEntries(node)) visitEntry(key, entry, path, pointerProblem);
      // Their tokens are not opened: other values stand at their paths.
      sealed.length = length;
    }
    return { kind: "map", entries };
  }

  function visitEntry(
    key: string,
    entry: MapEntry,
    path: Path,
    pointerProblem: string | undefined,
  ): ConfigNode {
    if (looksSealed(key))
      refuse("a sealed value cannot be a key", "seal the value, not its key", path, entry.keyStart);
    return visit(entry.node, [...path, key], pointerProblem ?? keyProblem(key, entry));
  }

  function visitScalar(node: ScalarNode, path: Path, pointerProblem: string | undefined): ConfigLeaf {
    const origin: Origin = { layer: facts.layer, file, path, document, offset: node.start };
    const leaf = { kind: "leaf", value: node.value, origin } as const;
    if (typeof node.value !== "string" || !looksSealed(node.value)) {
      if (node.value !== null && facts.secrets.match(path, ignoreCase)) refusePlaintext(origin, problems);
      return { ...leaf, sealed: undefined };
    }
    if (pointerProblem !== undefined) {
      refuse(pointerProblem, "give the key another name", path, node.start);
      return { ...leaf, sealed: undefined };
    }
    const text = node.value;
    const value = findToken(text, facts, { origin, ignoreCase, aliased: node.aliased, known }, problems);
    if (value !== undefined) sealed.push(value);
    return { ...leaf, sealed: value };
  }

  const root = visit(document.root, [], undefined);
  if (root.kind !== "map") throw new TypeError("a document's root is a map");
  return { root, sealed };
}

/**
 * The entries of maps that stand behind a map's own `<<`, and that it or an earlier one of them replaces: nobody reads
 * their values, which stand in the file all the same. What an alias repeats is met where it is written.
 */
function* replacedEntries({ merge, entries }: MapNode, shown = entries): Generator<[string, MapEntry]> {
  if (merge === undefined) return;
  for (const source of merge.node.kind === "list" ? merge.node.items : [merge.node]) {
    if (source.kind !== "map" || source.repeats !== undefined) continue;
    for (const [key, entry] of source.entries) {
      const isWritten = entry.merged !== true && entry.node.repeats === undefined;
      if (isWritten && shown.get(key)?.node.repeats !== entry.node) yield [key, entry];
    }
    yield* replacedEntries(source, shown);
  }
}

export interface TokenPlace {
  readonly origin: Origin;
  /** Patterns match its path whatever the case. */
  readonly ignoreCase: boolean;
  readonly aliased: boolean;
  readonly known?: KnownRecipients | undefined;
}

/** Parses one token; a problem with it is collected. */
export function findToken(
  text: string,
  { app, env, allowed, folder, isRawAllowed }: FileFacts,
  { origin, ignoreCase, aliased, known }: TokenPlace,
  problems: Problems,
): SealedValue | undefined {
  return problems.collect(origin, () => {
    const token = parseToken(text, { source: () => sourceOf(origin), known });
    const names: Names = { app, env, path: formatPointer(origin.path) };
    const rawAllowed = token.kind === "raw" && isRawAllowed(origin.path, ignoreCase);
    return { token, names, allowed, rawAllowed, folder, aliased, origin };
  });
}

export function refusePlaintext(origin: Origin, problems: Problems): void {
  const source = sourceOf(origin);
  const hint = "seal it: encrypt-value --path, and put the token in its place";
  problems.add(
    new TokenError("ERR_PLAINTEXT_SECRET", "a secret stands here in plaintext", { source, hint }),
    origin,
  );
}

// A pointer names such a key as it names a list's elements.
function keyProblem(key: string, entry: MapEntry): string | undefined {
  if (key === "-") return 'a sealed value cannot stand below the key "-"';
  return entry.keyIsString ? undefined : "a sealed value cannot stand below a key that is not a string";
}
