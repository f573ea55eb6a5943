import { parsePolicyText } from "../config/parse-policy-text.ts";
import { Problems } from "../config/problems.ts";
import { DEFAULT_LIMITS } from "../format/index.ts";
import { type Policy, POLICY_FILE } from "../policy/index.ts";

import { withoutConflict } from "./conflict-markers.ts";
import { type FileTree, foldersAbove, noFile, readFrom } from "./file-tree.ts";
import { type Finding, findingOf } from "./finding.ts";

/** A policy file of a tree. */
export interface FoundPolicy {
  readonly path: string;
  /** What the paths begin with that it is the policy of: `apps/billing/`, or nothing. */
  readonly folder: string;
  /** Missing when it cannot be used: nothing can be judged by a policy that is not understood. */
  readonly policy: Policy | undefined;
  /** Why it cannot be used. */
  readonly findings: readonly Finding[];
}

/** The policies of a tree, each read when it is first needed. */
export interface Policies {
  /** Returns the nearest policy at or above a file. */
  readonly nearestTo: (path: string) => Promise<FoundPolicy | undefined>;
}

/** Gathers the policies of a tree; `show` is what messages call its files. */
export function createPolicies(tree: FileTree, show: (path: string) => string): Policies {
  const known = new Map<string, Promise<FoundPolicy | undefined>>();

  return {
    async nearestTo(path) {
      for (const folder of foldersAbove(path)) {
        const reading = known.get(folder) ?? readPolicy(tree, folder, show(folder + POLICY_FILE));
        known.set(folder, reading);
        const found = await reading;
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Tells whether a path is a policy's. */
export function isPolicy(path: string): boolean {
  return path === POLICY_FILE || path.endsWith(`/${POLICY_FILE}`);
}

async function readPolicy(tree: FileTree, folder: string, file: string): Promise<FoundPolicy | undefined> {
  const path = folder + POLICY_FILE;
  const kind = await tree.kindOf(path);
  // A submodule's files are its own repository's.
  if (kind === undefined || kind === "submodule") return undefined;
  const problems = new Problems();
  const policy = await problems.collectAsync({ layer: 0 }, async () => {
    if (kind !== "file") throw noFile(kind, { file });
    const bytes = await readFrom(tree, path, { file });
    return await withoutConflict(bytes, file, async () => {
      return await parsePolicyText(bytes, { file, limits: DEFAULT_LIMITS }, problems);
    });
  });
  const findings = problems.inOrder().map((problem) => findingOf(problem));
  return { path, folder, policy: findings.length === 0 ? policy : undefined, findings };
}
