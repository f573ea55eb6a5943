import { join, relative } from "node:path";

import { type GitEntry, readIndex, type Repository, stagedChanges } from "../git/index.ts";

import type { ChangedTree } from "./check-changes.ts";
import type { TreeToCheck } from "./check-tree.ts";
import { type FileTree, MAX_READ_BYTES } from "./file-tree.ts";
import { createPolicies } from "./find-policies.ts";
import { gitTree } from "./git-tree.ts";
import { workTree } from "./work-tree.ts";

/** The index of a repository, and what a commit of it would change. */
export interface StagedTree extends ChangedTree {
  readonly entries: ReadonlyMap<string, GitEntry>;
  /** The work tree; `undefined` in a bare repository. */
  readonly onDisk: Pick<TreeToCheck, "tree" | "policies"> | undefined;
}

const GIT = new Set([".git"]);

/** Runs work with the index of a repository; its files are told relative to `cwd`. */
export async function withStaged<Result>(
  repository: Repository,
  cwd: string,
  work: (staged: StagedTree) => Promise<Result>,
): Promise<Result> {
  const root = repository.workTree;
  const show = (path: string): string => (root === undefined ? path : relative(cwd, join(root, path)));
  const recorded = await readIndex(repository, { maxBytes: MAX_READ_BYTES });
  try {
    const tree = gitTree(recorded, show);
    const changed = await stagedChanges(repository);
    return await work({
      tree,
      policies: createPolicies(tree, show),
      show,
      repository,
      entries: recorded.entries,
      changed,
      before: "HEAD",
      onDisk: root === undefined ? undefined : treeOnDisk(workTree(root, { show, skip: GIT }), tree, show),
    });
  } finally {
    await recorded.close();
  }
}

/** The policies that lie in the work tree are looked for where the index has some: there is no need to walk it. */
function treeOnDisk(
  tree: FileTree,
  index: FileTree,
  show: (path: string) => string,
): Pick<TreeToCheck, "tree" | "policies"> {
  return { tree, policies: createPolicies({ ...tree, list: index.list }, show) };
}
