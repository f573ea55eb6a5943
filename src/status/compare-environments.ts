import { posix } from "node:path";

import type { Document, DocumentNode } from "../format/index.ts";
import { ANY_INDEX, formatPath, formatPointer, type Path } from "../path/path.ts";
import type { LoadEntry, Rule } from "../policy/index.ts";

import type { SecretStatus } from "./status.ts";

/** What a file of one environment has, for a comparison with the same file of the others. */
export interface ComparedFile {
  readonly file: string;
  /** Names what the file is in every environment, `config/{env}.yaml`; `undefined` for a file that is compared with none. */
  readonly slot: string | undefined;
  /** Read in every environment. */
  readonly shared: boolean;
  readonly document: Document;
  readonly secrets: readonly SecretStatus[];
}

/** A secret that a file lacks and the same file of other environments has. */
export interface MissingSecret {
  readonly path: string;
  readonly presentIn: readonly string[];
}

/** Returns the slot of a file: as the load list writes it, or its path with the rule's env taken out. */
export function slotOf(
  as: string,
  rule: Pick<Rule, "env"> | undefined,
  entry: LoadEntry | undefined,
): string | undefined {
  if (entry?.path.includes("{env}") === true) return posix.normalize(entry.path);
  const { env } = rule ?? {};
  if (env === undefined) return undefined;
  const isWord = (character: string | undefined): boolean => /^[A-Za-z0-9]$/.test(character ?? "");
  const parts = as.split(env);
  const ends = parts.slice(1).every((part, index) => !isWord(part[0]) && !isWord(parts[index]?.at(-1)));
  return parts.length > 1 && ends ? parts.join("{env}") : undefined;
}

/**
 * Finds the secrets that the files of other environments have and this one lacks: neither it nor a file that is read in every
 * environment has any value there. The files are those of one policy.
 */
export function findMissing(file: ComparedFile, files: readonly ComparedFile[]): MissingSecret[] {
  if (file.slot === undefined) return [];
  const others = files.filter((other) => other !== file && other.slot === file.slot);
  const places = [file, ...files.filter(({ shared }) => shared)].map(placesOf);
  const missing = new Map<string, string[]>();
  for (const other of others) {
    for (const { at } of other.secrets) {
      if (places.some((has) => has(at))) continue;
      const path = formatPath(at.map((segment) => (typeof segment === "number" ? ANY_INDEX : segment)));
      const presentIn = missing.get(path) ?? [];
      missing.set(path, presentIn);
      if (!presentIn.includes(other.file)) presentIn.push(other.file);
    }
  }
  return [...missing].map(([path, presentIn]) => ({ path, presentIn }));
}

/** Tells at which paths a file has a value. Which element of a list is meant makes no difference. */
function placesOf({ document, secrets }: ComparedFile): (path: Path) => boolean {
  const places = new Set<string>();
  const visit = (node: DocumentNode, path: Path): void => {
    if (node.kind === "scalar" && node.value === null) return;
    places.add(formatPointer(path));
    if (node.kind === "list") for (const item of node.items) visit(item, [...path, ANY_INDEX]);
    else if (node.kind === "map") for (const [key, entry] of node.entries) visit(entry.node, [...path, key]);
  };
  visit(document.root, []);
  // What is sealed as JSON may hold anything below.
  const whole = new Set(secrets.filter(({ as }) => as === "json").map(({ at }) => formatPointer(at)));
  return (path) => {
    return (
      places.has(formatPointer(path)) ||
      path.some((_, depth) => whole.has(formatPointer(path.slice(0, depth))))
    );
  };
}
