import { SourceError } from "../errors/index.ts";
import { POLICY_FILE } from "../policy/index.ts";

import { checkFile, type CoveredEntry } from "./check-file.ts";
import { findMissingFiles } from "./check-policy.ts";
import { coverageOf, expectsFolder } from "./covered.ts";
import { type FileTree, noFile } from "./file-tree.ts";
import { type Finding, findingOf } from "./finding.ts";
import type { FoundPolicy, Policies } from "./find-policies.ts";

/** A tree with its policies. */
export interface TreeToCheck {
  readonly tree: FileTree;
  readonly policies: Policies;
  /** What messages call a file of the tree. */
  readonly show: (path: string) => string;
}

export interface CheckResult {
  /** In the order of the files' paths, and of their places in each. */
  readonly findings: readonly Finding[];
  /** How many files were checked. */
  readonly files: number;
}

/** Checks those of a tree's paths that its policies cover, and those that are policies. */
export async function checkPaths(target: TreeToCheck, paths: Iterable<string>): Promise<CheckResult> {
  return await checkEach(target, paths, passOver);
}

/** Checks files that somebody named: one that no rule covers is an error. */
export async function checkNamed(target: TreeToCheck, paths: Iterable<string>): Promise<CheckResult> {
  return await checkEach(target, paths, refuse);
}

/** Says what comes of a path that is no policy and that none covers. */
type Uncovered = (target: TreeToCheck, path: string, found: FoundPolicy | undefined) => Promise<Finding[]>;

async function checkEach(
  target: TreeToCheck,
  paths: Iterable<string>,
  uncovered: Uncovered,
): Promise<CheckResult> {
  const findings: Finding[] = [];
  const unusable = new Set<string>();
  let files = 0;
  for (const path of [...new Set(paths)].sort()) {
    const found = await target.policies.nearestTo(path);
    if (found !== undefined && found.policy === undefined) {
      // It stands for every file that it keeps from being checked, and is told once.
      if (!unusable.has(found.path)) findings.push(...found.findings);
      unusable.add(found.path);
    } else if (found?.path === path) {
      findings.push(...(await findMissingFiles(target.tree, found, target.show(path))));
    } else {
      const entry = found === undefined ? undefined : await coveredEntry(target, path, found);
      const ofPath = await (entry === undefined
        ? uncovered(target, path, found)
        : checkFile(target.tree, entry));
      findings.push(...ofPath);
      if (entry !== undefined && !ofPath.some(isUnchecked)) files += 1;
    }
  }
  return { findings, files };
}

/** Finds out how a policy covers a path. */
export async function coveredEntry(
  { tree, show }: TreeToCheck,
  path: string,
  { policy, folder }: FoundPolicy,
): Promise<CoveredEntry | undefined> {
  const as = path.slice(folder.length);
  const coverage = policy && coverageOf(policy, as);
  if (policy === undefined || coverage === undefined) return undefined;
  // A submodule's files are another repository's.
  if ((await tree.kindOf(path)) === "submodule") return undefined;
  return { path, file: show(path), as, policy, coverage };
}

function isUnchecked({ code, severity }: Finding): boolean {
  return code === "ERR_FORMAT_UNKNOWN" && severity === "warning";
}

async function passOver(
  { tree, show }: TreeToCheck,
  path: string,
  found: FoundPolicy | undefined,
): Promise<Finding[]> {
  if (found?.policy === undefined || !expectsFolder(found.policy, path.slice(found.folder.length))) return [];
  const kind = await tree.kindOf(path);
  if (kind !== "symlink" && kind !== "closed") return [];
  const subject = "what stands here, where the policy expects a folder,";
  return [findingOf(noFile(kind, { file: show(path) }, subject))];
}

async function refuse(
  { tree, show }: TreeToCheck,
  path: string,
  found: FoundPolicy | undefined,
): Promise<Finding[]> {
  const source = { file: show(path) };
  if ((await tree.kindOf(path)) === undefined) return [findingOf(noFile(undefined, source))];
  if (found === undefined) {
    const what = `there is no ${POLICY_FILE} beside the file or above it`;
    return [findingOf(new SourceError("ERR_NO_RULE", what, { source, hint: "make one: sealconf init" }))];
  }
  const what = `no rule of ${show(found.path)} covers this file`;
  const hint = `add one: files: [${JSON.stringify(path.slice(found.folder.length))}]`;
  return [findingOf(new SourceError("ERR_NO_RULE", what, { source, hint }))];
}
