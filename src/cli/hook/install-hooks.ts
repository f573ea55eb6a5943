import { realpath } from "node:fs/promises";
import { join, relative } from "node:path";

import { SourceError } from "../../errors/index.ts";
import { readSetting } from "../../git/index.ts";
import { type HookState, installHook } from "../../git/install-hook.ts";
import { leavesRoot } from "../../source/index.ts";

import { type Clone, realFolder } from "./clone.ts";
import { NPX_COMMAND } from "./hook-manager.ts";
import { HOOK_MARKER, HOOKS, hookScript, shellWord } from "./hook-script.ts";
import { runsCheck } from "./runs-check.ts";

const HOOK_LINE = `${NPX_COMMAND} || exit 1`;

const MODE_HINT = "core.fileMode is false: run git update-index --add --chmod=+x before it is committed";

const DONE: Readonly<Record<HookState, string>> = {
  installed: "installed",
  refreshed: "brought up to date",
  guarded: "another hook, which runs the check already",
  disabled: "another hook, which git does not run: it is not executable",
  foreign: "another hook, left as it is",
};

/**
 * Installs the hooks of a clone where no others are.
 *
 * @throws SourceError `ERR_WRITE_FAILED` when another hook is there that does not run the check, after those that could be were installed
 */
export async function installHooks(
  clone: Clone,
  note: (file: string, what: string) => Promise<void>,
): Promise<void> {
  const { repository, workTree, hooks: folder } = clone;
  const real = await realFolder(folder);
  if (real === workTree) throw unusable(folder);
  const inGit = isInside(real, await realpath(clone.gitFolder));
  if (!inGit && !isInside(real, workTree)) throw shared(folder);
  // What lies among the checked-out files may be committed: another machine's folders have no place there.
  const script = hookScript(inGit ? clone : { ...clone, programs: [] });
  const losesMode = !inGit && (await readSetting(repository, "core.fileMode")) === "false";
  const foreign: string[] = [];
  const disabled: string[] = [];
  for (const name of HOOKS) {
    const file = join(folder, name);
    const state = await installHook(file, { script, marker: HOOK_MARKER, runsCheck });
    await note(file, DONE[state]);
    if (state === "foreign") foreign.push(file);
    else if (state === "disabled") disabled.push(shellWord(file));
    else if (losesMode) await note(file, MODE_HINT);
  }
  const [first] = foreign;
  if (first !== undefined) {
    throw new SourceError("ERR_WRITE_FAILED", "another hook is there and stays as it is", {
      source: { file: first },
      hint: `add this line to ${foreign.length === 1 ? "it" : "it, and to the other"}: ${HOOK_LINE}`,
    });
  }
  if (disabled.length === 0) return;
  throw new SourceError("ERR_WRITE_FAILED", "git runs no hook that is not executable", {
    hint: `chmod +x ${disabled.join(" ")}`,
  });
}

function unusable(folder: string): SourceError {
  return new SourceError(
    "ERR_WRITE_FAILED",
    "core.hooksPath names the work tree itself, not a folder of hooks",
    {
      source: { file: folder },
      hint: "git config core.hooksPath .githooks, or --unset it",
    },
  );
}

function shared(folder: string): SourceError {
  return new SourceError("ERR_WRITE_FAILED", "core.hooksPath names a folder outside of this repository", {
    source: { file: folder },
    hint: `others use it too: add this line to its hooks pre-commit and pre-merge-commit: ${HOOK_LINE}`,
  });
}

function isInside(path: string, folder: string): boolean {
  return !leavesRoot(relative(folder, path).replaceAll("\\", "/"));
}
