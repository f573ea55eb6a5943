import { dirname, join, relative, resolve, sep } from "node:path";

import { findRoot } from "../config/find-root.ts";
import { SourceError } from "../errors/index.ts";
import { POLICY_FILE } from "../policy/index.ts";
import { leavesRoot } from "../source/index.ts";
import { isThere } from "../source/locate-file.ts";

import { checkNamed, checkPaths, type CheckResult, coveredEntries, type TreeToCheck } from "./check-tree.ts";
import { namesFolder, placeOf } from "./covered.ts";
import type { EntryKind } from "./file-tree.ts";
import { adviseOnPlaintext, adviseToRun, type Finding, findingOf } from "./finding.ts";
import {
  createPolicies,
  isMisnamedPolicy,
  isPolicy,
  misnamedPolicy,
  type Policies,
} from "./find-policies.ts";
import { findIdlePolicies, idlePolicy } from "./idle-policies.ts";
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
 * of it, and what their load lists name elsewhere in the repository. What package managers install is left out,
 * unless a policy covers it.
 */
export async function listProject(cwd: string): Promise<ProjectOnDisk> {
  const root = await findRoot("any file", cwd);
  const project = await listFolder(root, cwd);
  const top = (await leadsAbove(project)) ? await findRepository(root) : undefined;
  if (top === undefined || top === root) return project;
  const whole = await listFolder(top, cwd);
  const below = `${relative(top, root).replaceAll(sep, "/")}/`;
  const paths: string[] = [];
  for (const path of whole.paths) {
    const judges = path.startsWith(below) ? [] : await coveredEntries(whole, path);
    if (path.startsWith(below) || judges.some(({ policyPath }) => policyPath.startsWith(below)))
      paths.push(path);
  }
  return { ...whole, paths };
}

async function listFolder(root: string, cwd: string): Promise<ProjectOnDisk> {
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
  const policyPaths = paths.filter(isPolicy);
  if (policyPaths.length === 0) {
    const mistaken = paths.filter(isMisnamedPolicy).map((path) => misnamedPolicy(show(path)));
    return { findings: [noPolicy(show(POLICY_FILE)), ...mistaken], files: 0 };
  }
  const { findings, files } = await checkPaths(project, paths);
  const idle = (await findIdlePolicies(project, policyPaths)).map((path) => idlePolicy(show(path)));
  return { findings: [...idle, ...adviseOnPlaintext(findings, adviceOnDisk)], files };
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
  const findings: (readonly Finding[])[] = [];
  let files = 0;
  for (const [root, group] of byRoot) {
    const show = (path: string): string => group.get(path) ?? relative(cwd, join(root, path));
    const tree = workTree(root, { show, skip: GIT });
    // Nothing is walked for them: the policy above them judges alone.
    const policies = createPolicies({ ...tree, list: async () => new Map<string, EntryKind>() }, show);
    const result = await checkNamed({ tree, policies, show }, group.keys());
    findings.push(result.findings);
    files += result.files;
  }
  return { findings: adviseOnPlaintext(findings.flat(), adviceOnDisk), files };
}

/** Tells whether a policy covers what package managers install, which is otherwise no part of a project. */
async function nameInstalled(policies: Policies, paths: readonly string[]): Promise<boolean> {
  for (const path of paths.filter(isPolicy)) {
    const found = await policies.nearestTo(path);
    if (found?.policy !== undefined && namesFolder(found.policy, INSTALLED)) return true;
  }
  return false;
}

/** Tells whether a load list names a file that lies above the tree. */
async function leadsAbove({ policies, paths }: ProjectOnDisk): Promise<boolean> {
  for (const path of paths.filter(isPolicy)) {
    const found = await policies.nearestTo(path);
    const places = found?.policy?.load.map((entry) => placeOf(entry, found.folder)) ?? [];
    if (places.some((place) => place.startsWith("../"))) return true;
  }
  return false;
}

/** Returns the folder at or above one that holds `.git`. */
async function findRepository(folder: string): Promise<string | undefined> {
  if (await isThere(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : await findRepository(parent);
}

function adviceOnDisk({ file }: Finding): string | undefined {
  return adviseToRun(file, (word) => `seal it: encrypt-value ${word}`);
}

function noPolicy(file: string): Finding {
  const hint = "make one: sealconf init";
  return findingOf(
    new SourceError("ERR_NO_RULE", "there is no policy here, above or below", { source: { file }, hint }),
  );
}
