import { access, realpath } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { systemCode, UsageError } from "../../errors/index.ts";
import { hooksFolder, openRepository, type Repository } from "../../git/index.ts";
import { runGit } from "../../git/run-git.ts";
import { leavesRoot } from "../../source/index.ts";

import type { ToolPlace } from "./hook-script.ts";
import type { Io } from "../io.ts";

/** A clone that a developer works in, and what git's hooks and drivers run in it. */
export interface Clone extends ToolPlace {
  readonly repository: Repository;
  /** The folder of the checked-out files, without symbolic links. */
  readonly workTree: string;
  /** The folder that all linked work trees share. */
  readonly gitFolder: string;
  /** Where git looks for hooks; it need not be there. */
  readonly hooks: string;
}

const TOOL = join("node_modules", ".bin", "sealconf");

/**
 * Finds the clone of the working directory.
 *
 * @throws UsageError `ERR_OPTION_INVALID` where there is none, or nobody commits in it; SourceError
 */
export async function findClone({ cwd, env }: Pick<Io, "cwd" | "env">): Promise<Clone> {
  const repository = await openRepository(cwd, env);
  const { workTree } = repository;
  if (workTree === undefined) {
    throw new UsageError("ERR_OPTION_INVALID", "nobody commits in a bare repository", {
      hint: "check what is pushed, in its pre-receive hook: sealconf check --range A..B",
    });
  }
  return {
    repository,
    workTree,
    gitFolder: await gitPath(repository, "--git-common-dir"),
    hooks: await hooksFolder(repository),
    tool: await findTool(workTree, await realpath(cwd)),
    programs: await findNodeFolders(env["PATH"] ?? ""),
  };
}

/** Asks git where something of a repository lies. */
export async function gitPath(repository: Repository, ...question: readonly string[]): Promise<string> {
  const printed = await runGit(repository, ["rev-parse", ...question]);
  return resolve(repository.cwd, printed.toString("utf8").replace(/\r?\n$/, ""));
}

/** The nearest installed sealconf at or above a folder, relative to the work tree's root; there when none is installed. */
export async function findTool(workTree: string, cwd: string): Promise<string> {
  let folder = relative(workTree, cwd);
  if (leavesRoot(folder)) folder = "";
  while (folder !== "" && !(await exists(join(workTree, folder, TOOL)))) {
    folder = folder.includes(sep) ? dirname(folder) : "";
  }
  return `./${join(folder, TOOL).replaceAll(sep, "/")}`;
}

/** Follows the links of a folder that may not be there yet. */
export async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    return join(await realFolder(dirname(folder)), folder.slice(dirname(folder).length));
  }
}

/** Where node is now: as the user finds it, and where it really lies. */
async function findNodeFolders(path: string): Promise<string[]> {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const found = await Promise.all(folders.map((folder) => exists(join(folder, "node"))));
  const first = folders.find((_, index) => found[index]);
  const all = new Set([...(first === undefined ? [] : [first]), dirname(process.execPath)]);
  // A PATH cannot hold it; on Windows all programs start with the same one.
  return [...all].filter((folder) => !folder.includes(":"));
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
