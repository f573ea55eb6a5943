import { SourceError } from "../errors/index.ts";
import { type Environment, openRepository } from "../git/index.ts";
import { POLICY_FILE } from "../policy/index.ts";

import { checkChanges } from "./check-changes.ts";
import type { CheckResult } from "./check-tree.ts";
import { coverageOf } from "./covered.ts";
import { adviseOnPlaintext, type Finding, findingOf, shellWord } from "./finding.ts";
import { createPolicies, isPolicy, type Policies } from "./find-policies.ts";
import { type StagedTree, withStaged } from "./staged-tree.ts";
import { workTree } from "./work-tree.ts";

/** Checks what a commit would record now: what is staged, by the policies that are staged. */
export async function checkStaged(cwd: string, env: Environment): Promise<CheckResult> {
  return await withStaged(await openRepository(cwd, env), cwd, checkIndex);
}

/** Checks the index. */
export async function checkIndex(staged: StagedTree): Promise<CheckResult> {
  const { findings, files } = await checkChanges(staged, staged.changed);
  const advised = adviseOnPlaintext(findings, () => {
    return "seal it, here and in the work tree: sealconf check --staged --fix";
  });
  return { findings: [...(await findUnstagedPolicies(staged)), ...advised], files };
}

/** Finds policies that somebody forgot to stage: what they cover would be committed unchecked. */
async function findUnstagedPolicies(staged: StagedTree): Promise<Finding[]> {
  const { entries, changed, policies, show } = staged;
  const onDisk = policiesOnDisk(staged);
  const unstaged = new Map<string, Finding>();
  let isGuarded = [...entries.keys(), ...changed].some(isPolicy);
  for (const path of changed) {
    const found = await onDisk?.nearestTo(path);
    if (found === undefined) continue;
    isGuarded = true;
    const indexed = await policies.nearestTo(path);
    if (!entries.has(path) || found.folder.length <= (indexed?.folder.length ?? -1)) continue;
    const { policy, folder } = found;
    if (policy !== undefined && coverageOf(policy, path.slice(folder.length)) === undefined) continue;
    const file = show(found.path);
    const what = "the policy is not staged, and what it covers is";
    unstaged.set(file, refusal(file, what, `stage it too: git add ${shellWord(file)}`));
  }
  if (isGuarded || changed.length === 0) return [...unstaged.values()];
  return [
    refusal(
      show(POLICY_FILE),
      "there is no policy, and so nothing is checked",
      "make one and stage it: sealconf init",
    ),
  ];
}

function policiesOnDisk({ repository, show }: StagedTree): Policies | undefined {
  if (repository.workTree === undefined) return undefined;
  return createPolicies(workTree(repository.workTree, { show, skip: new Set([".git"]) }), show);
}

function refusal(file: string, what: string, hint: string): Finding {
  return findingOf(new SourceError("ERR_NO_RULE", what, { source: { file }, hint }));
}
