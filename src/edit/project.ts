import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";

import { SourceError } from "../errors/index.ts";
import { findRoot } from "../config/find-root.ts";
import { policyIn } from "../config/nearest-policy.ts";
import { ENVIRONMENT_FILE, type Policy, POLICY_FILE, type Rule, ruleFor } from "../policy/index.ts";
import { leavesRoot } from "../source/index.ts";

/** A file that a developer named, and the rule that covers it. */
export interface CoveredFile {
  /** As it was named, for messages. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
  /** The folder of its policy. */
  readonly root: string;
  /** Its path relative to the root with `/` between segments. */
  readonly as: string;
  readonly policy: Policy;
  readonly rule: Rule;
}

/** The policies that cover the files of one run, each read once. */
export interface Project {
  /**
   * Finds the rule of a file by the nearest policy at or above it.
   *
   * @throws SourceError `ERR_NO_RULE`, also for a link to a file that another rule covers; LoadError when the policy cannot be used
   */
  readonly cover: (file: string) => Promise<CoveredFile>;
  /** Finds the rule of tokens that stand in environment variables, by the nearest policy at or above the folder. */
  readonly coverEnvironment: () => Promise<Pick<CoveredFile, "shown" | "policy" | "rule">>;
}

export function createProject(cwd: string): Project {
  const policies = new Map<string, Promise<Policy | undefined>>();

  async function readOnce(root: string): Promise<Policy | undefined> {
    const known = policies.get(root) ?? policyIn(root);
    policies.set(root, known);
    return await known;
  }

  return {
    async cover(file) {
      const path = resolve(cwd, file);
      const root = await findRoot(file, cwd);
      const as = relative(root, path).replaceAll(sep, "/");
      const policy = await readOnce(root);
      if (policy === undefined) throw noPolicy(file);
      const rule = leavesRoot(as) ? undefined : ruleFor(policy, as);
      if (rule === undefined) throw leavesRoot(as) ? outsideOf(file, policy) : noRule(file, as, policy);
      await refuseOtherRule(file, { path, root, policy, rule });
      return { shown: file, path, root, as, policy, rule };
    },
    async coverEnvironment() {
      const policy = await readOnce(await findRoot("any file", cwd));
      if (policy === undefined) throw noPolicy(ENVIRONMENT_FILE);
      const rule = ruleFor(policy, ENVIRONMENT_FILE);
      if (rule === undefined) throw noRule(ENVIRONMENT_FILE, ENVIRONMENT_FILE, policy);
      return { shown: ENVIRONMENT_FILE, policy, rule };
    },
  };
}

/** What is sealed by a link's rule is written to the file that the link leads to, and read there by that file's own. */
async function refuseOtherRule(
  file: string,
  { path, root, policy, rule }: Pick<CoveredFile, "path" | "root" | "policy" | "rule">,
): Promise<void> {
  // What cannot be followed is told by whoever opens it.
  const [realRoot, realFile] = await Promise.all(
    [root, path].map(async (each) => await realpath(each).catch(() => each)),
  );
  const as = relative(realRoot ?? root, realFile ?? path).replaceAll(sep, "/");
  const other = leavesRoot(as) ? undefined : ruleFor(policy, as);
  if (other === undefined || other === rule) return;
  throw new SourceError("ERR_NO_RULE", "the file is a link to one that another rule covers", {
    source: { file },
    hint: "name the file itself",
  });
}

function outsideOf(file: string, policy: Policy): SourceError {
  return new SourceError("ERR_NO_RULE", `the file lies outside the folder of ${policy.file}`, {
    source: { file },
    hint: "a policy covers what lies beside it and below: make one there, with sealconf init",
  });
}

function noPolicy(file: string): SourceError {
  return new SourceError("ERR_NO_RULE", `there is no ${POLICY_FILE} beside the file or above it`, {
    source: { file },
    hint: "make one: sealconf init",
  });
}

function noRule(file: string, as: string, policy: Policy): SourceError {
  return new SourceError("ERR_NO_RULE", `no rule of ${policy.file} covers this file`, {
    source: { file },
    hint: `add one: files: [${JSON.stringify(as)}]`,
  });
}
