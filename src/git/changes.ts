import { commitId } from "./commits.ts";
import { failureOf } from "./failure.ts";
import { decodeName, splitAtNul } from "./path-bytes.ts";
import type { Repository } from "./repository.ts";
import { runGit, tryGit } from "./run-git.ts";

const DIFF_OPTIONS: readonly string[] = ["-r", "-z", "--no-renames", "--ignore-submodules=none"];

/** Compares the index with a commit or tree. What `git add --intent-to-add` announced is not there yet. */
export const STAGED_DIFF: readonly string[] = [
  "diff-index",
  "--cached",
  "--ita-invisible-in-index",
  ...DIFF_OPTIONS,
];

/**
 * Lists the paths whose entry in the index is not the one of `HEAD`: added, changed, removed, unmerged. A renamed file is removed at
 * one path and added at the other. Before the first commit, everything in the index.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`
 */
export async function stagedChanges(repository: Repository): Promise<readonly string[]> {
  const base = (await readHead(repository)) ?? (await emptyTree(repository));
  return pathsOf(await runGit(repository, [...STAGED_DIFF, "--name-only", base, "--"]));
}

/**
 * Lists the paths that a commit added, changed or removed: of a merge those that differ from any of its parents, of a commit
 * without parents all.
 *
 * @throws UsageError `ERR_OPTION_INVALID` when it names no commit, SourceError `ERR_FILE_UNREADABLE`
 */
export async function changesOf(repository: Repository, commit: string): Promise<readonly string[]> {
  const id = await commitId(repository, commit);
  const args = ["diff-tree", "--root", "-m", "--no-commit-id", "--name-only", ...DIFF_OPTIONS, id, "--"];
  return pathsOf(await runGit(repository, args));
}

/** Returns the id of the tree that holds nothing, in the repository's kind of ids. */
export async function emptyTree(repository: Repository): Promise<string> {
  const id = await runGit(repository, ["hash-object", "-t", "tree", "--stdin"]);
  return id.toString("latin1").trimEnd();
}

async function readHead(repository: Repository): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "HEAD"];
  const result = await tryGit(repository, args);
  if (result.code === 0) return result.stdout.toString("latin1").trimEnd();
  // Quiet: the branch has no commit yet.
  if (result.complaint === undefined) return undefined;
  throw failureOf(repository, args, result);
}

function pathsOf(listing: Buffer): string[] {
  return [...new Set(splitAtNul(listing).map(decodeName))];
}
