import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { quoted, SourceError, systemCode, UsageError } from "../errors/index.ts";
import type { Repository } from "./repository.ts";
import { runGit, tryGit } from "./run-git.ts";

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
// What hooks are given where a branch has no commit.
const NO_COMMIT = /^(?:0{40}|0{64})$/;

/**
 * Lists the commits of a range, oldest first.
 *
 * `A..B` means the commits that B has and A does not, `A...B` those that only one of the two has. A hook passes what it was given:
 * zeros for A mean that the branch is new, and leave out what is known already: on a server the commits of its branches, in a clone
 * those of the remote's branches. Zeros for B mean that the branch goes, and list nothing. A tag of a file or a folder has no commit
 * either.
 *
 * @throws UsageError `ERR_OPTION_INVALID`; SourceError `ERR_FILE_UNREADABLE`, also when a shallow clone lacks a part of the range
 */
export async function commitsIn(repository: Repository, range: string): Promise<readonly string[]> {
  const [, from = "", dots, to = ""] = /^(.*?)(\.{2,3})(.*)$/s.exec(range) ?? [];
  if (dots === undefined) {
    throw new UsageError("ERR_OPTION_INVALID", `${quoted(range)} is not a range of commits`, {
      hint: "write A..B: the commits that B has and A does not",
    });
  }
  if (from === "" || to === "") {
    throw new UsageError("ERR_OPTION_INVALID", `the range ${quoted(range)} lacks a side`, {
      hint: "write both, A..HEAD: a variable may be unset",
    });
  }
  if (await holdsNoCommit(repository, to)) return [];
  const end = await resolveCommit(repository, to);
  const isNew = await holdsNoCommit(repository, from);
  const excluded = isNew ? await knownBefore(repository, end) : [await resolveCommit(repository, from)];
  const isSymmetric = dots === "..." && !isNew;
  const wanted = isSymmetric ? [`${excluded[0]}...${end}`] : [end, ...excluded.map((id) => `^${id}`)];
  const listing = await runGit(repository, ["rev-list", "--reverse", "--topo-order", "--stdin"], {
    stdin: wanted.map((line) => `${line}\n`).join(""),
  });
  const commits = linesOf(listing);
  await checkWhole(repository, commits);
  return commits;
}

/** Returns the id of a commit that may be named in any way that git knows. */
export async function commitId(repository: Repository, name: string): Promise<string> {
  return ID.test(name) ? name : await resolveCommit(repository, name);
}

/** Whether a hook was given zeros, or the id of a file or folder, which a tag may hold. */
async function holdsNoCommit(repository: Repository, side: string): Promise<boolean> {
  if (!ID.test(side)) return false;
  if (NO_COMMIT.test(side)) return true;
  const { code, stdout } = await tryGit(repository, ["cat-file", "-t", `${side}^{}`]);
  return code === 0 && /^(?:blob|tree)\n$/.test(stdout.toString("latin1"));
}

async function resolveCommit(repository: Repository, name: string): Promise<string> {
  // Also of an id it is asked whether it is there: where a clone is shallow it is the range's older end that is missing.
  if (!name.startsWith("-")) {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
    const { code, stdout } = await tryGit(repository, args);
    const id = stdout.toString("latin1").trimEnd();
    if (code === 0 && ID.test(id)) return id;
  }
  throw new UsageError("ERR_OPTION_INVALID", `${quoted(name)} is no commit of this repository`, {
    hint: "fetch it; a shallow clone lacks older ones",
  });
}

/** What was known before a branch that is new. */
async function knownBefore(repository: Repository, end: string): Promise<string[]> {
  const list = async (...where: string[]): Promise<string[]> =>
    linesOf(await runGit(repository, ["for-each-ref", "--format=%(objectname)", ...where]));
  // In a pre-receive hook no branch has moved yet: what any of them has was seen when it came.
  if (repository.env["GIT_QUARANTINE_PATH"] !== undefined) return await list();
  // Afterwards a branch that has the last commit proves nothing: it may have come with it, or since. In a clone a branch may hold
  // commits that nobody has seen yet, unless it is a remote's.
  const where = repository.workTree === undefined ? [] : ["refs/remotes/"];
  return await list("--no-contains", end, ...where);
}

/** A commit whose parents a shallow clone does not have would end the list without a word. */
async function checkWhole(repository: Repository, commits: readonly string[]): Promise<void> {
  const path = await runGit(repository, ["rev-parse", "--git-path", "shallow"]);
  const file = resolve(repository.cwd, path.toString("utf8").replace(/\r?\n$/, ""));
  let cut: ReadonlySet<string>;
  try {
    cut = new Set(linesOf(await readFile(file)));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw new SourceError("ERR_FILE_UNREADABLE", `the file cannot be read (${systemCode(error)})`, {
      source: { file },
    });
  }
  if (!commits.some((commit) => cut.has(commit))) return;
  throw new SourceError("ERR_FILE_UNREADABLE", "this shallow clone does not have every commit of the range", {
    hint: "git fetch --unshallow, or let the CI job fetch the whole history",
  });
}

function linesOf(listing: Buffer): string[] {
  return listing
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}
