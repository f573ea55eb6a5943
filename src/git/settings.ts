import { resolve } from "node:path";

import { failureOf } from "./failure.ts";
import type { Repository } from "./repository.ts";
import { runGit, tryGit } from "./run-git.ts";

const NOT_SET = 1;

/**
 * Returns the folder whose programs git runs as hooks, absolute; it need not be there. Honours `core.hooksPath`; linked work trees
 * share one.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`
 */
export async function hooksFolder(repository: Repository): Promise<string> {
  const folder = await runGit(repository, ["rev-parse", "--git-path", "hooks"]);
  // A relative one is relative to where git runs hooks: the work tree's root, or the folder of a bare repository.
  return resolve(repository.cwd, folder.toString("utf8").replace(/\r?\n$/, ""));
}

/**
 * Reads a setting of the repository's own configuration: `diff.sealconf.textconv`.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`
 */
export async function readSetting(repository: Repository, name: string): Promise<string | undefined> {
  const args = ["config", "--local", "--null", "--get", name];
  const result = await tryGit(repository, args);
  if (result.code === NOT_SET) return undefined;
  if (result.code !== 0) throw failureOf(repository, args, result);
  return result.stdout.toString("utf8").replace(/\0$/, "");
}

/**
 * Writes a setting into the repository's own configuration, in place of all its values there.
 *
 * @throws SourceError `ERR_WRITE_FAILED`
 */
export async function writeSetting(repository: Repository, name: string, value: string): Promise<void> {
  await runGit(repository, ["config", "--local", "--replace-all", name, value], {
    failsAs: "ERR_WRITE_FAILED",
  });
}
