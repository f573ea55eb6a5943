import { relative } from "node:path";

import type { Command } from "commander";

import { printable, UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";

interface InstallOptions {
  readonly diff?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ sealconf hook install
  $ sealconf hook install --diff
`;
const INSTALL_HELP = `
The hooks are those of this clone: every developer runs this once. A hook that is there
already stays as it is. --diff writes to .git/config and .git/info/attributes, which are
this clone's too.
${EXAMPLES}`;

/** `sealconf hook`. */
export function addHook(command: Command, io: Io): void {
  command
    .description("have git refuse a commit that holds a secret in plaintext")
    .addHelpText("after", EXAMPLES);
  const install = command
    .command("install")
    .description("install the hooks pre-commit and pre-merge-commit")
    .option("--diff", "also have git diff show which sealed value changed instead of its token")
    .addHelpText("after", INSTALL_HELP)
    .action(async ({ diff = false, quiet = false }: InstallOptions) => {
      await installAll(diff, quiet, io);
    });
  addQuiet(install);
}

async function installAll(diff: boolean, quiet: boolean, io: Io): Promise<void> {
  const [{ installHooks }, { findHookManager }, { findClone }] = await Promise.all([
    import("./hook/install-hooks.ts"),
    import("./hook/hook-manager.ts"),
    import("./hook/clone.ts"),
  ]);
  const note = async (what: string, done: string): Promise<void> => {
    if (!quiet) await write(io.stderr, `${printable(what)}: ${done}\n`);
  };
  const noteFile = async (file: string, done: string): Promise<void> => {
    const path = relative(io.cwd, file);
    await note(path.startsWith("..") ? file : path, done);
  };
  const clone = await findClone(io);
  if (diff) {
    const { installDiffDriver } = await import("./hook/diff-driver.ts");
    await noteFile(await installDiffDriver(clone, io), "git diff shows sealed values by their fingerprints");
  }
  const manager = await findHookManager(clone.workTree, clone.hooks);
  if (manager === undefined) await installHooks(clone, noteFile);
  else if (!manager.guarded) {
    await write(io.stdout, manager.lines);
    throw new UsageError("ERR_OPTION_INVALID", `${manager.name} manages the hooks here: none was installed`, {
      hint: manager.advice,
    });
  } else if (!manager.active) {
    const what = `${manager.name} is not active: git finds no executable pre-commit and pre-merge-commit of its`;
    throw new UsageError("ERR_OPTION_INVALID", what, { hint: `run its install: ${manager.install}` });
  } else await note(manager.name, "runs the check already");
}
