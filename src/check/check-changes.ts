import type { Repository } from "../git/index.ts";

import { checkFile } from "./check-file.ts";
import { checkPaths, type CheckResult, coveredEntries, type TreeToCheck } from "./check-tree.ts";
import type { Finding } from "./finding.ts";
import { isPolicy } from "./find-policies.ts";
import { withCommit } from "./git-tree.ts";
import { selectChanged } from "./select-changed.ts";

/** A tree, and how it came from the one before. */
export interface ChangedTree extends TreeToCheck {
  readonly repository: Repository;
  /** Removed paths too. */
  readonly changed: readonly string[];
  /** The commit that was changed. */
  readonly before: string;
}

/** Checks what a change, which may have removed files, may have made wrong in a tree. */
export async function checkChanges(target: ChangedTree): Promise<CheckResult> {
  const { tree, policies, changed, show } = target;
  const { findings, files } = await checkPaths(target, await selectChanged(tree, policies, changed));
  const removed = new Set<string>();
  for (const path of changed.filter(isPolicy)) {
    if ((await tree.kindOf(path)) === undefined) removed.add(path);
  }
  if (removed.size === 0) return { findings, files };
  const byRemoved = await checkByRemoved(target, removed);
  const warnings = [...removed].map((path): Finding => {
    const reason = "the policy is removed: what it alone covered is not checked any more";
    return { file: show(path), code: "ERR_NO_RULE", reason, severity: "warning" };
  });
  return { findings: [...warnings, ...findings, ...byRemoved.findings], files: files + byRemoved.files };
}

/** Holds what else was changed against the policies that were removed with it, where no other covers it now. */
async function checkByRemoved(target: ChangedTree, removed: ReadonlySet<string>): Promise<CheckResult> {
  const { tree, repository, changed, before: commit, show } = target;
  return await withCommit(repository, { commit, show }, async ({ policies }) => {
    const found: Finding[][] = [];
    for (const path of changed) {
      if ((await tree.kindOf(path)) === undefined || (await coveredEntries(target, path)).length > 0)
        continue;
      const entries = await coveredEntries({ ...target, policies }, path);
      const ofRemoved = entries.filter(({ policyPath }) => removed.has(policyPath));
      if (ofRemoved.length > 0) found.push(await checkFile(tree, ofRemoved));
    }
    return { findings: found.flat(), files: found.length };
  });
}
