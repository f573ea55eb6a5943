import { posix } from "node:path";

import { sourceAt } from "../config/parse-policy-text.ts";
import { parseDocument } from "../format/index.ts";
import type { Path } from "../path/path.ts";
import { ENVIRONMENT_FILE, type Policy } from "../policy/index.ts";
import { leavesRoot } from "../source/index.ts";

import type { FileTree } from "./file-tree.ts";
import type { Finding } from "./finding.ts";
import type { FoundPolicy } from "./find-policies.ts";

/** A file that a policy names outright. */
interface NamedFile {
  /** Relative to the policy's folder. */
  readonly name: string;
  /** Where the policy says so. */
  readonly at: Path;
  readonly hint: string;
}

// Whatever a glob gives a meaning to; a name that holds one of these is looked at as a pattern.
const WILDCARD = /[*?[\]{}()!+@|\\]/;

/** Warns of files that a policy names and that are not in the tree: a misspelled name guards nothing. */
export async function findMissingFiles(
  tree: FileTree,
  { path, folder, policy }: FoundPolicy,
  file: string,
): Promise<Finding[]> {
  if (policy === undefined) return [];
  const missing: NamedFile[] = [];
  for (const named of namedFiles(policy)) {
    if ((await tree.kindOf(folder + named.name)) === undefined) missing.push(named);
  }
  const bytes = missing.length === 0 ? undefined : await tree.read(path);
  if (bytes === undefined) return [];
  const document = await parseDocument(bytes, { file, format: "yaml" });
  return missing
    .map(({ at, hint }): Finding => {
      const reason = "no file has this name";
      return { ...sourceAt(document, at), code: "ERR_FILE_UNREADABLE", reason, hint, severity: "warning" };
    })
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function namedFiles({ rules, load }: Policy): NamedFile[] {
  const inRules = rules.flatMap(({ files }, rule) => {
    return files.map((glob, index) => ({
      name: glob,
      at: ["rules", rule, "files", index],
      hint: "correct the name in the rule's files, or take it out",
    }));
  });
  const inLoad = load.flatMap((entry, index) => {
    if (entry.optional) return [];
    const hint = "add the file, or mark it in the load list: { path, optional: true }";
    return [{ name: entry.path, at: ["load", index], hint }];
  });
  return [...inRules, ...inLoad]
    .filter(({ name }) => name !== ENVIRONMENT_FILE && !WILDCARD.test(name))
    .map((named) => ({ ...named, name: posix.normalize(named.name) }))
    .filter(({ name }) => !leavesRoot(name));
}
