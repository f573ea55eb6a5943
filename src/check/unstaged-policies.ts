import { equalBytes } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { isLastingIndex } from "../git/index.ts";

import { checkFile } from "./check-file.ts";
import { coveredEntries } from "./check-tree.ts";
import { coverageOf } from "./covered.ts";
import { type FileTree, readIfFile } from "./file-tree.ts";
import { adviseToRun, type Finding, findingOf, isPlaintext, keyOf } from "./finding.ts";
import { isPolicy, type Policies } from "./find-policies.ts";
import type { StagedTree } from "./staged-tree.ts";

/** What is said of a policy that lies in the work tree and that a commit would not have. */
interface Wording {
  readonly state: string;
  readonly hintFor: (file: string) => string | undefined;
}

const NOT_STAGED: Wording = {
  state: "is not staged",
  hintFor: (file) => adviseToRun(file, (word) => `stage it too: git add ${word}`),
};

// `git commit FILE` leaves out what is staged of other files.
const NOT_NAMED: Wording = {
  state: "is no part of this commit",
  hintFor: (file) => adviseToRun(file, (word) => `commit it first: git add ${word} && git commit ${word}`),
};

/**
 * Finds what would be committed without what the policies in the work tree say of it.
 *
 * @param found - What the policies in the index find.
 */
export async function findUnstaged(staged: StagedTree, found: readonly Finding[]): Promise<Finding[]> {
  const { onDisk, tree, repository, show } = staged;
  if (onDisk === undefined) return [];
  const { policies } = onDisk;
  const wording = (await isLastingIndex(repository)) ? NOT_STAGED : NOT_NAMED;
  const missing = await findMissingPolicies(staged, policies, wording);
  const changed = await findChangedPolicies(staged, onDisk.tree);
  if (changed.size === 0) return missing;
  const told = new Set(found.map(keyOf));
  const secrets: Finding[][] = [];
  for (const path of staged.changed.filter((each) => staged.entries.has(each))) {
    for (const entry of await coveredEntries({ ...staged, policies }, path)) {
      if (!changed.has(entry.policyPath)) continue;
      const plaintext = (await checkFile(tree, [entry])).filter(isPlaintext);
      const reason = `the policy in the work tree calls this a secret and ${wording.state}`;
      const hint = wording.hintFor(show(entry.policyPath));
      const unknown = plaintext.filter((finding) => !told.has(keyOf(finding)));
      secrets.push(unknown.map((finding) => ({ ...finding, code: "ERR_NO_RULE", reason, hint })));
    }
  }
  return [...missing, ...secrets.flat()];
}

/** Finds policies that only the work tree has, and that cover what is staged. */
async function findMissingPolicies(
  { entries, changed, policies, show }: StagedTree,
  onDisk: Policies,
  { state, hintFor }: Wording,
): Promise<Finding[]> {
  const missing = new Map<string, Finding>();
  for (const path of changed) {
    const found = await onDisk.nearestTo(path);
    const indexed = await policies.nearestTo(path);
    if (found === undefined || !entries.has(path)) continue;
    const { policy, folder } = found;
    if (folder.length <= (indexed?.folder.length ?? -1)) continue;
    if (policy !== undefined && coverageOf(policy, path, folder) === undefined) continue;
    const file = show(found.path);
    const what = `the policy ${state}, and what it covers is`;
    const details = { source: { file }, hint: hintFor(file) };
    missing.set(file, findingOf(new SourceError("ERR_NO_RULE", what, details)));
  }
  return [...missing.values()];
}

/** Finds the policies that are other ones in the work tree than in the index. */
async function findChangedPolicies({ tree, entries }: StagedTree, onDisk: FileTree): Promise<Set<string>> {
  const changed = new Set<string>();
  for (const path of [...entries.keys()].filter(isPolicy)) {
    const [staged, found] = await Promise.all([readIfFile(tree, path), readIfFile(onDisk, path)]);
    if (staged !== undefined && found !== undefined && !equalBytes(staged, found)) changed.add(path);
  }
  return changed;
}
