import { access, constants, realpath } from "node:fs/promises";
import { basename, delimiter, resolve } from "node:path";

import type { Environment } from "../config/options.ts";
import { UsageError } from "../errors/index.ts";

import { splitWords } from "./split-words.ts";

/** A program and what comes before the file's name. */
export interface Editor {
  readonly program: string;
  readonly args: readonly string[];
}

const DEFAULT_PROGRAM = "vi";
const VARIABLES = ["VISUAL", "EDITOR"];

/** No swap file, no registers in `.viminfo`, no backup and no undo file: all of these may lie elsewhere, and stay. */
const VIM_ARGUMENTS = ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"];
const VIM = /^n?vim(?:\.\w+)?$/;

/**
 * Finds the editor that a person wants: `$VISUAL`, else `$EDITOR`, else `vi` where there is one. Vim is told to keep no
 * copies.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export async function findEditor(environment: Environment, cwd: string): Promise<Editor> {
  for (const name of VARIABLES) {
    const [program, ...args] = splitWords(environment[name] ?? "", name);
    if (program === undefined || program === "") continue;
    const found = await findProgram(program, environment, cwd);
    return { program, args: isVim(found) ? [...VIM_ARGUMENTS, ...args] : args };
  }
  const found = await findProgram(DEFAULT_PROGRAM, environment, cwd);
  if (found !== undefined) return { program: DEFAULT_PROGRAM, args: isVim(found) ? VIM_ARGUMENTS : [] };
  throw new UsageError("ERR_OPTION_INVALID", "there is no editor", {
    hint: 'name yours: EDITOR=nano, or EDITOR="code --wait"',
  });
}

/** Returns the file that a program's name stands for, without its links: `vi` is Vim as often as not. */
async function findProgram(
  name: string,
  { PATH = "" }: Environment,
  cwd: string,
): Promise<string | undefined> {
  const folders = name.includes("/") ? [cwd] : PATH.split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    const file = resolve(cwd, folder, name);
    try {
      await access(file, constants.X_OK);
      return await realpath(file);
    } catch {
      // Whatever cannot be run from here is looked for in the next folder.
    }
  }
  return undefined;
}

function isVim(program: string | undefined): boolean {
  return program !== undefined && VIM.test(basename(program));
}
