import { realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { SourceError, systemCode } from "../../errors/index.ts";
import { hooksFolder } from "../../git/index.ts";
import { type HookState, installHook } from "../../git/install-hook.ts";
import { leavesRoot } from "../../source/index.ts";

import type { Clone } from "./clone.ts";
import { NPX_COMMAND } from "./hook-manager.ts";
import { CHECK_COMMAND, HOOK_MARKER, hookScript } from "./hook-script.ts";

/** What git runs before a commit that people make, and before that of a merge without conflicts. */
const HOOKS = ["pre-commit", "pre-merge-commit"];
const HOOK_LINE = `${NPX_COMMAND} || exit 1`;

const DONE: Readonly<Record<HookState, string>> = {
  installed: "installed",
  refreshed: "brought up to date",
  guarded: "another hook, which runs the check already",
  foreign: "another hook, left as it is",
};

/**
 * Installs the hooks of a clone where no others are.
 *
 * @throws SourceError `ERR_WRITE_FAILED` when another hook is there, after those that could be were installed
 */
export async function installHooks(
  clone: Clone,
  note: (file: string, what: string) => Promise<void>,
): Promise<void> {
  const folder = await hooksFolder(clone.repository);
  const real = await realFolder(folder);
  const inGit = isInside(real, await realpath(clone.gitFolder));
  if (!inGit && !isInside(real, clone.workTree)) throw shared(folder);
  // What lies among the checked-out files may be committed: another machine's folders have no place there.
  const script = hookScript(inGit ? clone : { ...clone, programs: [] });
  const foreign: string[] = [];
  for (const name of HOOKS) {
    const file = join(folder, name);
    const state = await installHook(file, { script, marker: HOOK_MARKER, command: CHECK_COMMAND });
    if (state === "foreign") foreign.push(file);
    await note(file, DONE[state]);
  }
  const [first] = foreign;
  if (first === undefined) return;
  throw new SourceError("ERR_WRITE_FAILED", "another hook is there and stays as it is", {
    source: { file: first },
    hint: `add this line to ${foreign.length === 1 ? "it" : "it, and to the other"}: ${HOOK_LINE}`,
  });
}

function shared(folder: string): SourceError {
  return new SourceError("ERR_WRITE_FAILED", "core.hooksPath names a folder outside of this repository", {
    source: { file: folder },
    hint: `others use it too: add this line to its hooks pre-commit and pre-merge-commit: ${HOOK_LINE}`,
  });
}

/** Follows the links of a folder that may not be there yet. */
async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    return join(await realFolder(dirname(folder)), folder.slice(dirname(folder).length));
  }
}

function isInside(path: string, folder: string): boolean {
  return !leavesRoot(relative(folder, path).replaceAll("\\", "/"));
}
