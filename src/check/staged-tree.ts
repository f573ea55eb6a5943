import { join, relative } from "node:path";

import { type GitEntry, readIndex, type Repository, stagedChanges } from "../git/index.ts";

import type { TreeToCheck } from "./check-tree.ts";
import { MAX_READ_BYTES } from "./file-tree.ts";
import { createPolicies } from "./find-policies.ts";
import { gitTree } from "./git-tree.ts";

/** The index of a repository, and what a commit of it would change. */
export interface StagedTree extends TreeToCheck {
  readonly repository: Repository;
  readonly entries: ReadonlyMap<string, GitEntry>;
  /** Removed paths too. */
  readonly changed: readonly string[];
}

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
    const { entries } = recorded;
    return await work({ tree, policies: createPolicies(tree, show), show, repository, entries, changed });
  } finally {
    await recorded.close();
  }
}
