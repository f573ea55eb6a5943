import {
  changesOf,
  commitsIn,
  type Environment,
  openRepository,
  readCommit,
  type Repository,
} from "../git/index.ts";

import { checkChanges } from "./check-changes.ts";
import type { CheckResult } from "./check-tree.ts";
import { MAX_READ_BYTES } from "./file-tree.ts";
import { adviseOnPlaintext, type Finding } from "./finding.ts";
import { createPolicies } from "./find-policies.ts";
import { gitTree } from "./git-tree.ts";

/**
 * Checks what each commit of a range changes, by the policies that it holds itself. Files are told as the
 * repository has them.
 */
export async function checkRange(cwd: string, env: Environment, range: string): Promise<CheckResult> {
  const repository = await openRepository(cwd, env);
  const findings: Finding[] = [];
  let files = 0;
  for (const commit of await commitsIn(repository, range)) {
    const result = await checkCommit(repository, commit);
    findings.push(...result.findings.map((finding) => ({ commit, ...finding })));
    files += result.files;
  }
  return { findings: adviseOnPlaintext(findings, adviceOnHistory), files };
}

async function checkCommit(repository: Repository, commit: string): Promise<CheckResult> {
  const recorded = await readCommit(repository, commit, { maxBytes: MAX_READ_BYTES });
  try {
    const show = (path: string): string => path;
    const tree = gitTree(recorded, show);
    const target = { tree, policies: createPolicies(tree, show), show };
    return await checkChanges(target, await changesOf(repository, commit));
  } finally {
    await recorded.close();
  }
}

function adviceOnHistory(): string {
  return "whoever has the commit has the value: take another one, and seal it before it is committed";
}
