import { resolve } from "node:path";

import { listProject } from "../check/check-work-tree.ts";
import { type Coverage, coverageOf } from "../check/covered.ts";
import type { Finding } from "../check/finding.ts";
import { isPolicy } from "../check/find-policies.ts";
import { createProject } from "../edit/project.ts";
import { SourceError } from "../errors/index.ts";
import { formatOf } from "../format/index.ts";
import type { Policy } from "../policy/index.ts";

/** A config file that a policy covers. */
export interface CoveredConfig {
  /** What messages call it. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
  /** Its path relative to the policy's folder. */
  readonly as: string;
  readonly policy: Policy;
  readonly coverage: Coverage;
}

/**
 * Finds the config files that are meant: those that are named, or every one that the nearest policy and the policies below it cover.
 *
 * @throws SourceError for a named file that no rule covers, and for a policy that cannot be used
 */
export async function findCoveredFiles(names: readonly string[], cwd: string): Promise<CoveredConfig[]> {
  return names.length === 0 ? await listCovered(cwd) : await coverNamed(names, cwd);
}

async function coverNamed(names: readonly string[], cwd: string): Promise<CoveredConfig[]> {
  const project = createProject(cwd);
  const files = new Map<string, CoveredConfig>();
  for (const name of names) {
    const { shown, path, as, policy, rule } = await project.cover(name);
    const coverage = coverageOf(policy, as) ?? { rule, entry: undefined, format: undefined };
    if (!files.has(path)) files.set(path, { shown, path, as, policy, coverage });
  }
  return [...files.values()];
}

async function listCovered(cwd: string): Promise<CoveredConfig[]> {
  const { tree, policies, show, paths } = await listProject(cwd);
  const files: CoveredConfig[] = [];
  for (const path of paths.toSorted()) {
    if (isPolicy(path) || (await tree.kindOf(path)) !== "file") continue;
    const found = await policies.nearestTo(path);
    if (found === undefined) continue;
    if (found.policy === undefined) throw unusable(found.findings);
    const as = path.slice(found.folder.length);
    const coverage = coverageOf(found.policy, as);
    if (coverage === undefined || (coverage.format === undefined && !isConfig(path))) continue;
    const shown = show(path);
    files.push({ shown, path: resolve(cwd, shown), as, policy: found.policy, coverage });
  }
  return files;
}

/** A rule's globs may cover other files too, sealed ones for example. */
function isConfig(path: string): boolean {
  try {
    formatOf(path);
    return true;
  } catch (error) {
    if (error instanceof SourceError && error.code === "ERR_FORMAT_UNKNOWN") return false;
    throw error;
  }
}

function unusable([first]: readonly Finding[]): SourceError {
  if (first === undefined) throw new TypeError("a policy that cannot be used has a finding that says why");
  const { file, line, column, path, reason, hint } = first;
  return new SourceError("ERR_POLICY_INVALID", reason, { source: { file, line, column, path }, hint });
}
