import { dirname, join, relative, resolve, sep } from "node:path";

import { findRoot } from "../config/find-root.ts";
import { SourceError } from "../errors/index.ts";
import { POLICY_FILE } from "../policy/index.ts";
import { leavesRoot } from "../source/index.ts";

import { checkNamed, checkPaths, type CheckResult, type TreeToCheck } from "./check-tree.ts";
import { namesFolder } from "./covered.ts";
import { adviseOnPlaintext, type Finding, findingOf, shellWord } from "./finding.ts";
import { createPolicies, isPolicy, type Policies } from "./find-policies.ts";
import { workTree } from "./work-tree.ts";

const GIT = new Set([".git"]);
const INSTALLED = "node_modules";

/** The files of a project as they lie on disk. */
export interface ProjectOnDisk extends TreeToCheck {
  /** All of them, whether or not a policy covers them. */
  readonly paths: readonly string[];
}

/**
 * Lists the folder of the nearest policy at or above `cwd`, or `cwd` where there is none; policies below are part
 * of it. What package managers install is left out, unless a policy covers it.
 */
export async function listProject(cwd: string): Promise<ProjectOnDisk> {
  const root = await findRoot("any file", cwd);
  const show = (path: string): string => relative(cwd, join(root, path));
  const tree = workTree(root, { show, skip: new Set([...GIT, INSTALLED]) });
  const policies = createPolicies(tree, show);
  const paths = [...(await tree.list()).keys()];
  if (!(await nameInstalled(policies, paths))) return { tree, policies, show, paths };
  const whole = workTree(root, { show, skip: GIT });
  return { tree: whole, policies, show, paths: [...(await whole.list()).keys()] };
}

/** Checks every file that the nearest policy covers, and the policies below it. */
export async function checkWorkTree(cwd: string): Promise<CheckResult> {
  const project = await listProject(cwd);
  const { paths, show } = project;
  if (!paths.some(isPolicy)) return { findings: [noPolicy(show(POLICY_FILE))], files: 0 };
  const { findings, files } = await checkPaths(project, paths);
  return { findings: adviseOnPlaintext(findings, adviceOnDisk), files };
}

/** Checks files that somebody named, each by the nearest policy at or above it. */
export async function checkFiles(cwd: string, names: readonly string[]): Promise<CheckResult> {
  const byRoot = new Map<string, Map<string, string>>();
  for (const name of names) {
    const file = resolve(cwd, name);
    const found = await findRoot(name, cwd);
    const root = leavesRoot(relative(found, file)) ? dirname(file) : found;
    const group = byRoot.get(root) ?? new Map<string, string>();
    byRoot.set(root, group.set(relative(root, file).replaceAll(sep, "/"), name));
  }
  const findings: Finding[] = [];
  let files = 0;
  for (const [root, group] of byRoot) {
    const show = (path: string): string => group.get(path) ?? relative(cwd, join(root, path));
    const tree = workTree(root, { show, skip: GIT });
    const result = await checkNamed({ tree, policies: createPolicies(tree, show), show }, group.keys());
    findings.push(...result.findings);
    files += result.files;
  }
  return { findings: adviseOnPlaintext(findings, adviceOnDisk), files };
}

/** Tells whether a policy covers what package managers install, which is otherwise no part of a project. */
async function nameInstalled(policies: Policies, paths: readonly string[]): Promise<boolean> {
  for (const path of paths.filter(isPolicy)) {
    const found = await policies.nearestTo(path);
    if (found?.policy !== undefined && namesFolder(found.policy, INSTALLED)) return true;
  }
  return false;
}

function adviceOnDisk({ file }: Finding): string {
  return `seal it: encrypt-value ${shellWord(file)}`;
}

function noPolicy(file: string): Finding {
  const hint = "make one: sealconf init";
  return findingOf(
    new SourceError("ERR_NO_RULE", "there is no policy here, above or below", { source: { file }, hint }),
  );
}
