import { SourceError } from "../errors/index.ts";
import { changesOf, commitsIn, type Environment, openRepository } from "../git/index.ts";
import { POLICY_FILE } from "../policy/index.ts";

import { checkChanges } from "./check-changes.ts";
import type { CheckResult } from "./check-tree.ts";
import { adviseOnPlaintext, type Finding, findingOf } from "./finding.ts";
import { isPolicy } from "./find-policies.ts";
import { withCommit } from "./git-tree.ts";

/**
 * Checks what each commit of a range changes, by the policies that it holds itself. Files are told as the
 * repository has them.
 */
export async function checkRange(cwd: string, env: Environment, range: string): Promise<CheckResult> {
  const repository = await openRepository(cwd, env);
  const show = (path: string): string => path;
  const commits = await commitsIn(repository, range);
  const found: Finding[][] = [];
  let files = 0;
  let changes = 0;
  let isGuarded = true;
  for (const commit of commits) {
    const changed = await changesOf(repository, commit);
    const result = await withCommit(repository, { commit, show }, async (target) => {
      isGuarded = [...(await target.tree.list()).keys()].some(isPolicy);
      return await checkChanges({ ...target, repository, changed, before: `${commit}^` });
    });
    found.push(result.findings.map((finding) => ({ commit, ...finding })));
    files += result.files;
    changes += changed.length;
  }
  if (changes > 0 && !isGuarded) found.push([{ commit: commits.at(-1), ...noPolicy() }]);
  return { findings: adviseOnPlaintext(found.flat(), adviceOnHistory), files };
}

function adviceOnHistory(): string {
  return "whoever has the commit has the value: take another one, and seal it before it is committed";
}

function noPolicy(): Finding {
  const details = { source: { file: POLICY_FILE }, hint: "make one and commit it: sealconf init" };
  return findingOf(new SourceError("ERR_NO_RULE", "there is no policy, and so nothing is checked", details));
}
