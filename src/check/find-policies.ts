import { fromUtf8 } from "../bytes/index.ts";
import { parsePolicyText } from "../config/parse-policy-text.ts";
import { Problems } from "../config/problems.ts";
import { DEFAULT_LIMITS } from "../format/index.ts";
import { type Policy, POLICY_FILE } from "../policy/index.ts";

import { withoutConflict } from "./conflict-markers.ts";
import { placeOf } from "./covered.ts";
import { type FileTree, folderOf, foldersAbove, noFile, readFrom, readIfFile } from "./file-tree.ts";
import { type Finding, findingOf } from "./finding.ts";

/** A policy file of a tree. */
export interface FoundPolicy {
  readonly path: string;
  /** What the paths begin with that it is the policy of: `apps/billing/`, or nothing. */
  readonly folder: string;
  /** Missing when it cannot be used: nothing can be judged by a policy that is not understood. */
  readonly policy: Policy | undefined;
  /** Why it cannot be used. */
  readonly findings: readonly Finding[];
}

/** The policies of a tree, each read when it is first needed. */
export interface Policies {
  /** Returns the nearest policy at or above a file. */
  readonly nearestTo: (path: string) => Promise<FoundPolicy | undefined>;
  /** Returns the policies that may cover a file: the nearest, and those elsewhere whose load lists lead out. */
  readonly judging: (path: string) => Promise<readonly FoundPolicy[]>;
}

/** Gathers the policies of a tree; `show` is what messages call its files. */
export function createPolicies(tree: FileTree, show: (path: string) => string): Policies {
  const known = new Map<string, Promise<FoundPolicy | undefined>>();
  let leadingOut: Promise<readonly FoundPolicy[]> | undefined;

  async function readOnce(folder: string): Promise<FoundPolicy | undefined> {
    const reading = known.get(folder) ?? readPolicy(tree, folder, show(folder + POLICY_FILE));
    known.set(folder, reading);
    return await reading;
  }

  async function nearestTo(path: string): Promise<FoundPolicy | undefined> {
    for (const folder of foldersAbove(path)) {
      const found = await readOnce(folder);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function findLeadingOut(): Promise<readonly FoundPolicy[]> {
    const all: FoundPolicy[] = [];
    for (const path of [...(await tree.list()).keys()].filter(isPolicy)) {
      const bytes = await readIfFile(tree, path);
      // Few do, and looking at hundreds of them takes less time than parsing them.
      if (bytes === undefined || fromUtf8(bytes)?.includes("../") !== true) continue;
      const found = await readOnce(folderOf(path));
      if (found !== undefined && leadsOut(found)) all.push(found);
    }
    return all;
  }

  return {
    nearestTo,
    async judging(path) {
      leadingOut ??= findLeadingOut();
      const [nearest, elsewhere] = await Promise.all([nearestTo(path), leadingOut]);
      const others = elsewhere.filter(({ folder }) => !path.startsWith(folder));
      return nearest === undefined ? others : [nearest, ...others];
    },
  };
}

function leadsOut({ policy, folder }: FoundPolicy): boolean {
  return policy?.load.some((entry) => !placeOf(entry, folder).startsWith(folder)) === true;
}

/** Tells whether a path is a policy's. */
export function isPolicy(path: string): boolean {
  return path === POLICY_FILE || path.endsWith(`/${POLICY_FILE}`);
}

/** Tells whether a path looks like a policy's, and is not read as one. */
export function isMisnamedPolicy(path: string): boolean {
  return /(?:^|\/)\.sealconf\.(?:yml|json)$/.test(path);
}

/** Warns of what somebody may take for a policy. */
export function misnamedPolicy(file: string): Finding {
  const reason = "a policy of this name is not read";
  return { file, code: "ERR_NO_RULE", reason, hint: `call it ${POLICY_FILE}`, severity: "warning" };
}

async function readPolicy(tree: FileTree, folder: string, file: string): Promise<FoundPolicy | undefined> {
  const path = folder + POLICY_FILE;
  const kind = await tree.kindOf(path);
  // A submodule's files are its own repository's.
  if (kind === undefined || kind === "submodule") return undefined;
  const problems = new Problems();
  const policy = await problems.collectAsync({ layer: 0 }, async () => {
    if (kind !== "file") throw noFile(kind, { file });
    const bytes = await readFrom(tree, path, { file });
    return await withoutConflict(bytes, file, async () => {
      return await parsePolicyText(bytes, { file, limits: DEFAULT_LIMITS }, problems);
    });
  });
  const findings = problems.inOrder().map((problem) => findingOf(problem));
  return { path, folder, policy: findings.length === 0 ? policy : undefined, findings };
}
