import { SourceError } from "../errors/index.ts";
import { ENVIRONMENT_FILE } from "../policy/index.ts";
import { leavesRoot } from "../source/index.ts";

import { coveredEntries, type TreeToCheck } from "./check-tree.ts";
import { placeOf } from "./covered.ts";
import { type Finding, findingOf } from "./finding.ts";
import type { FoundPolicy } from "./find-policies.ts";

/** Returns those of some policies' paths whose policies cover no file of the tree. */
export async function findIdlePolicies(
  target: TreeToCheck,
  policyPaths: Iterable<string>,
): Promise<readonly string[]> {
  const idle = new Set<string>();
  for (const path of policyPaths) {
    const found = await target.policies.nearestTo(path);
    if (found?.path === path && found.policy !== undefined && !isForElsewhere(found)) idle.add(path);
  }
  for (const path of (await target.tree.list()).keys()) {
    if (idle.size === 0) break;
    for (const { policyPath } of await coveredEntries(target, path)) idle.delete(policyPath);
  }
  return [...idle];
}

/** Says of a policy that it guards nothing. */
export function idlePolicy(file: string): Finding {
  return findingOf(
    new SourceError("ERR_NO_RULE", "the policy covers no file", {
      source: { file },
      hint: 'name the files that it is to guard: rules: [{ files: ["config/**"] }]',
    }),
  );
}

// Variables, and files that lie elsewhere when they are loaded, are no part of any tree.
function isForElsewhere({ policy, folder }: FoundPolicy): boolean {
  const { rules = [], load = [] } = policy ?? {};
  if (load.some((entry) => leavesRoot(placeOf(entry, folder)))) return true;
  const globs = rules.flatMap(({ files }) => files);
  return globs.length > 0 && load.length === 0 && globs.every((glob) => glob === ENVIRONMENT_FILE);
}
