import { SourceError } from "../errors/index.ts";
import { type GitTree, readCommit, type Repository } from "../git/index.ts";

import type { TreeToCheck } from "./check-tree.ts";
import { type EntryKind, type FileTree, MAX_READ_BYTES } from "./file-tree.ts";
import { reasonOf } from "./finding.ts";
import { createPolicies } from "./find-policies.ts";

/** The files that git recorded, in the index or in a commit. */
export function gitTree({ entries, read }: GitTree, show: (path: string) => string): FileTree {
  return {
    list: async () => new Map<string, EntryKind>([...entries].map(([path, { kind }]) => [path, kind])),
    kindOf: async (path) => entries.get(path)?.kind,
    async read(path) {
      if (!entries.has(path)) return undefined;
      try {
        return await read(path);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        // git knows the repository's root, and people where they are.
        const { code, hint } = error;
        throw new SourceError(code, reasonOf(error), { source: { file: show(path) }, hint });
      }
    },
  };
}

/** Runs work with what a commit recorded; `show` is what messages call its files. */
export async function withCommit<Result>(
  repository: Repository,
  { commit, show }: { readonly commit: string; readonly show: (path: string) => string },
  work: (target: TreeToCheck) => Promise<Result>,
): Promise<Result> {
  const recorded = await readCommit(repository, commit, { maxBytes: MAX_READ_BYTES });
  try {
    const tree = gitTree(recorded, show);
    return await work({ tree, policies: createPolicies(tree, show), show });
  } finally {
    await recorded.close();
  }
}
