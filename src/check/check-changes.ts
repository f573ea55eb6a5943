import { checkPaths, type CheckResult, type TreeToCheck } from "./check-tree.ts";
import type { Finding } from "./finding.ts";
import { isPolicy } from "./find-policies.ts";
import { selectChanged } from "./select-changed.ts";

/** Checks what a change of these paths, removed ones included, may have made wrong in a tree. */
export async function checkChanges(target: TreeToCheck, changed: readonly string[]): Promise<CheckResult> {
  const { tree, policies, show } = target;
  const { findings, files } = await checkPaths(target, await selectChanged(tree, policies, changed));
  const removed: Finding[] = [];
  for (const path of changed.filter(isPolicy)) {
    if ((await tree.kindOf(path)) !== undefined) continue;
    removed.push({
      file: show(path),
      code: "ERR_NO_RULE",
      reason: "the policy is removed: what it alone covered is not checked any more",
      severity: "warning",
    });
  }
  return { findings: [...removed, ...findings], files };
}
