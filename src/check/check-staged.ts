import { SourceError } from "../errors/index.ts";
import { type Environment, openRepository } from "../git/index.ts";
import { POLICY_FILE } from "../policy/index.ts";

import { checkChanges } from "./check-changes.ts";
import type { CheckResult } from "./check-tree.ts";
import { adviseOnPlaintext, type Finding, findingOf } from "./finding.ts";
import { isPolicy } from "./find-policies.ts";
import { findIdlePolicies, idlePolicy } from "./idle-policies.ts";
import { type StagedTree, withStaged } from "./staged-tree.ts";
import { findUnstaged } from "./unstaged-policies.ts";

/** Checks what a commit would record now: what is staged, by the policies that are staged. */
export async function checkStaged(cwd: string, env: Environment): Promise<CheckResult> {
  return await withStaged(await openRepository(cwd, env), cwd, checkIndex);
}

/** Checks the index. */
export async function checkIndex(staged: StagedTree): Promise<CheckResult> {
  const { findings, files } = await checkChanges(staged);
  const advised = adviseOnPlaintext(findings, () => {
    return "seal it, here and in the work tree: sealconf check --staged --fix";
  });
  const unstaged = await findUnstaged(staged, findings);
  return {
    findings: [...unstaged, ...(await findUnguarded(staged)), ...(await findIdle(staged)), ...advised],
    files,
  };
}

/** Tells where there is no policy at all: in the index, before the change, in the work tree above what is changed. */
async function findUnguarded({ entries, changed, onDisk, show }: StagedTree): Promise<Finding[]> {
  if (changed.length === 0 || [...entries.keys(), ...changed].some(isPolicy)) return [];
  for (const path of changed) if ((await onDisk?.policies.nearestTo(path)) !== undefined) return [];
  const source = { file: show(POLICY_FILE) };
  const hint = "make one and stage it: sealconf init";
  return [
    findingOf(
      new SourceError("ERR_NO_RULE", "there is no policy, and so nothing is checked", { source, hint }),
    ),
  ];
}

/** Finds changed policies that cover nothing, neither in the index nor of what is not staged yet, or ignored. */
async function findIdle(staged: StagedTree): Promise<Finding[]> {
  const { changed, onDisk, show } = staged;
  let idle = await findIdlePolicies(staged, changed.filter(isPolicy));
  if (idle.length > 0 && onDisk !== undefined)
    idle = await findIdlePolicies({ ...staged, tree: onDisk.tree }, idle);
  return idle.map((path) => idlePolicy(show(path)));
}
