import type { EntryKind, FileTree } from "../../src/check/file-tree.ts";
import { type Finding, formatFinding } from "../../src/check/finding.ts";
import { createPolicies } from "../../src/check/find-policies.ts";
import { checkPaths, type CheckResult, type TreeToCheck } from "../../src/check/check-tree.ts";
import { LOCAL_KEY } from "../support/load-fixture.ts";

/** What lies at a path: a file's content, or what is none. */
export type Entry = string | Uint8Array | { readonly kind: Exclude<EntryKind, "file"> };

export const SYMLINK: Entry = { kind: "symlink" };
export const SUBMODULE: Entry = { kind: "submodule" };
export const UNMERGED: Entry = { kind: "unmerged" };

/** A policy that covers `config/` with the values' usual app, env and key, and calls passwords and tokens secret. */
export const POLICY: string = `app: billing-api
secrets: ["**.password", "**.*Token"]
rules:
  - files: ["config/**"]
    env: production
    keys: [${LOCAL_KEY}]
`;

/** A tree in memory, with its policies. */
export function memoryTree(entries: Readonly<Record<string, Entry>>): TreeToCheck {
  const files = new Map(Object.entries(entries));
  const kindOf = (path: string): EntryKind | undefined => {
    const entry = files.get(path);
    if (entry === undefined) return undefined;
    return typeof entry === "object" && "kind" in entry ? entry.kind : "file";
  };
  const tree: FileTree = {
    list: async () => new Map([...files.keys()].map((path) => [path, kindOf(path) ?? "file"])),
    kindOf: async (path) => kindOf(path),
    async read(path) {
      const entry = files.get(path);
      if (typeof entry === "string") return Buffer.from(entry);
      return entry instanceof Uint8Array ? entry : undefined;
    },
  };
  const show = (path: string): string => path;
  return { tree, policies: createPolicies(tree, show), show };
}

/** Checks all of a tree in memory. */
export async function checkMemory(entries: Readonly<Record<string, Entry>>): Promise<CheckResult> {
  return await checkPaths(memoryTree(entries), Object.keys(entries));
}

/** What a check of a tree in memory tells, as it is printed. */
export async function linesOf(entries: Readonly<Record<string, Entry>>): Promise<string[]> {
  return formatAll((await checkMemory(entries)).findings);
}

export function formatAll(findings: readonly Finding[]): string[] {
  return findings.map(formatFinding);
}
