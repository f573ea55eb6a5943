import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { fromUtf8 } from "../bytes/index.ts";
import { SourceError, systemCode } from "../errors/index.ts";
import { failureOf } from "./failure.ts";
import { type Environment, type GitPlace, runGit, tryGit } from "./run-git.ts";

/** A repository, and how git runs in it. */
export interface Repository extends GitPlace {
  /** The folder of the checked-out files, without symbolic links; `undefined` in a bare repository. */
  readonly workTree: string | undefined;
  /** The folder that holds `HEAD` and the index: of a linked work tree, its own. */
  readonly gitFolder: string;
  /** The index that commands use here: `GIT_INDEX_FILE`'s, where that is set. */
  readonly indexFile: string;
}

/**
 * Finds the repository of a folder as git itself does, `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` included.
 *
 * @throws UsageError `ERR_OPTION_INVALID` where there is none, SourceError `ERR_FILE_UNREADABLE` where git cannot be run or refuses
 */
export async function openRepository(cwd: string, env: Environment): Promise<Repository> {
  const place = { cwd, env };
  const gitFolder = await readLine(place, ["rev-parse", "--absolute-git-dir"]);
  const [workTree, index] = await Promise.all([
    readWorkTree(place, gitFolder),
    readLine(place, ["rev-parse", "--git-path", "index"]),
  ]);
  const indexFile = resolve(cwd, index);
  return {
    workTree,
    gitFolder,
    indexFile,
    // From the root git lists everything; what was relative to where it was found is told absolutely.
    cwd: workTree ?? gitFolder,
    env: { ...env, GIT_DIR: gitFolder, GIT_WORK_TREE: workTree, GIT_INDEX_FILE: indexFile },
  };
}

/**
 * Tells whether what is staged here now stays staged after the commit.
 *
 * What a pre-commit hook finds in `GIT_INDEX_FILE` (git 2.39.5; in a linked work tree its git folder stands for `.git`), and where an
 * entry that the hook stages is found afterwards:
 *
 * | command                                                  | `GIT_INDEX_FILE`               | in the commit | in the index |
 * | -------------------------------------------------------- | ------------------------------ | ------------- | ------------ |
 * | `git commit`, `git commit --amend`, `git merge`          | `.git/index`, relative         | yes           | yes          |
 * | `git commit -a`, `git commit -p`, `git commit -i FILE`   | `…/.git/index.lock`            | yes           | yes          |
 * | `git commit FILE`, `-o FILE`, `--amend FILE`             | `…/.git/next-index-<pid>.lock` | yes           | no           |
 *
 * `index.lock` becomes the index when the commit succeeds. `next-index-<pid>.lock` is thrown away, and an `index.lock` that was
 * written before the hook ran becomes the index: the next commit would take back what was staged.
 */
export async function isLastingIndex({ gitFolder, indexFile }: Repository): Promise<boolean> {
  const own = join(await realpath(gitFolder), "index");
  const used = join(await realFolder(dirname(indexFile)), basename(indexFile));
  return used === own || used === `${own}.lock`;
}

async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return folder;
    throw error;
  }
}

async function readWorkTree(place: GitPlace, gitFolder: string): Promise<string | undefined> {
  const args = ["rev-parse", "--show-toplevel"];
  const result = await tryGit(place, args);
  // Within a bare repository, or in the git folder itself.
  if (result.code !== 0 && result.complaint?.includes("must be run in a work tree") === true)
    return undefined;
  if (result.code !== 0) throw failureOf(place, args, result);
  const folder = lineOf(result.stdout);
  // A hook on a server finds GIT_DIR=. and no work tree, which makes git take the folder it stands in for one.
  return folder === gitFolder ? undefined : folder;
}

async function readLine(place: GitPlace, args: readonly string[]): Promise<string> {
  return lineOf(await runGit(place, args));
}

/** A folder's name may hold line breaks: the last alone is git's. */
function lineOf(stdout: Buffer): string {
  const line = fromUtf8(stdout)?.replace(/\r?\n$/, "");
  if (line === undefined) {
    throw new SourceError("ERR_FILE_UNREADABLE", "the repository lies in a folder whose name is not UTF-8");
  }
  return line;
}
