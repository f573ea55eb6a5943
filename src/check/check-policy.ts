import { posix } from "node:path";

import { sourceAt } from "../config/parse-policy-text.ts";
import { parseDocument } from "../format/index.ts";
import type { Path } from "../path/path.ts";
import { ENVIRONMENT_FILE } from "../policy/index.ts";
import { normalForm } from "../policy/normal-form.ts";
import { leavesRoot } from "../source/index.ts";

import { placeOf } from "./covered.ts";
import type { FileTree } from "./file-tree.ts";
import type { Finding } from "./finding.ts";
import type { FoundPolicy } from "./find-policies.ts";
import { WILDCARD } from "./rules-reached.ts";

/** A file that a policy names. */
interface NamedFile {
  /** As it is written. */
  readonly name: string;
  /** In the tree of the policy. */
  readonly place: string;
  /** Where the policy says so. */
  readonly at: Path;
  readonly isOptional: boolean;
  /** What to do when it is not there. */
  readonly hint: string;
}

type Trouble = Pick<Finding, "reason" | "hint">;

/** Warns of files that a policy names and that are not in the tree: a misspelled name guards nothing. */
export async function findMissingFiles(tree: FileTree, found: FoundPolicy, file: string): Promise<Finding[]> {
  const troubles: (Trouble & Pick<NamedFile, "at">)[] = [];
  for (const named of namedFiles(found)) {
    const trouble = await findTrouble(tree, named);
    if (trouble !== undefined) troubles.push({ ...trouble, at: named.at });
  }
  const bytes = troubles.length === 0 ? undefined : await tree.read(found.path);
  if (bytes === undefined) return [];
  const document = await parseDocument(bytes, { file, format: "yaml" });
  return troubles
    .map(({ at, ...trouble }): Finding => {
      return { ...sourceAt(document, at), code: "ERR_FILE_UNREADABLE", ...trouble, severity: "warning" };
    })
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

async function findTrouble(
  tree: FileTree,
  { name, place, isOptional, hint }: NamedFile,
): Promise<Trouble | undefined> {
  if (leavesRoot(place)) {
    return {
      reason: "what this names lies elsewhere, and is not checked",
      hint: "a load refuses plaintext there all the same",
    };
  }
  if (isOptional || WILDCARD.test(name) || (await isThere(tree, place))) return undefined;
  return { reason: "no file has this name", hint };
}

async function isThere(tree: FileTree, place: string): Promise<boolean> {
  if ((await tree.kindOf(place)) !== undefined) return true;
  const name = normalForm(place);
  if (name === name.normalize("NFD")) return false;
  return [...(await tree.list()).keys()].some((path) => normalForm(path) === name);
}

function namedFiles({ policy, folder }: FoundPolicy): NamedFile[] {
  const { rules = [], load = [] } = policy ?? {};
  const inRules = rules.flatMap(({ files }, rule) => {
    return files.map((glob, index) => ({
      name: glob,
      place: posix.join(folder, glob),
      at: ["rules", rule, "files", index],
      isOptional: false,
      hint: "correct the name in the rule's files, or take it out",
    }));
  });
  const inLoad = load.map((entry, index) => ({
    name: entry.path,
    place: placeOf(entry, folder),
    at: ["load", index],
    isOptional: entry.optional,
    hint: "add the file, or mark it in the load list: { path, optional: true }",
  }));
  return [...inRules.filter(({ name }) => name !== ENVIRONMENT_FILE), ...inLoad];
}
