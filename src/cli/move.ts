import type { Command } from "commander";

import { formatSource, quoted, UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";
import { withSealer } from "./with-sealer.ts";

interface MoveCommandOptions {
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** `sealconf mv`. */
export function addMove(command: Command, io: Io): void {
  addTransfer(command, false, io)
    .description("move a sealed value: open it under one file's rule and seal it under the other's")
    .addHelpText("after", exampleOf("mv", "config/staging.yaml:db.pass config/staging.yaml:db.password"));
}

/** `sealconf cp`. */
export function addCopy(command: Command, io: Io): void {
  addTransfer(command, true, io)
    .description("copy a sealed value: open it under one file's rule and seal it under the other's")
    .addHelpText(
      "after",
      exampleOf("cp", "config/staging.yaml:db.password config/production.yaml:db.password"),
    );
}

function addTransfer(command: Command, keep: boolean, io: Io): Command {
  command
    .argument("<from>", "FILE:PATH of the sealed value")
    .argument("<to>", "FILE:PATH of its new place")
    .option("--force", "replace a value that is there")
    .action(async (from: string, to: string, { force = false, quiet }: MoveCommandOptions) => {
      const [{ createProject }, { moveValue }] = await Promise.all([
        import("../edit/project.ts"),
        import("../edit/move-value.ts"),
      ]);
      const project = createProject(io.cwd);
      const [source, target] = [splitPlace(from), splitPlace(to)];
      const places = [
        { file: await project.cover(source.file), path: source.path },
        { file: await project.cover(target.file), path: target.path },
      ] as const;
      await withSealer(io, async (sealer) => {
        await moveValue(...places, sealer, { keep, force, environment: io.env, cwd: io.cwd });
      });
      if (quiet === true) return;
      const what = keep ? "copied" : "moved";
      await write(io.stderr, `${formatSource(source)}: ${what} to ${formatSource(target)}\n`);
    });
  addQuiet(command);
  return command;
}

/** `config/app.yaml:db.password`; a drive letter's colon is not the one. */
function splitPlace(text: string): { readonly file: string; readonly path: string } {
  const colon = text.indexOf(":", /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0);
  if (colon > 0 && colon < text.length - 1) {
    return { file: text.slice(0, colon), path: text.slice(colon + 1) };
  }
  throw new UsageError("ERR_OPTION_INVALID", `${quoted(text)} does not name a file and a path`, {
    hint: "write FILE:PATH, such as config/production.yaml:db.password",
  });
}

function exampleOf(name: string, places: string): string {
  return `\nExample:\n  $ sealconf ${name} ${places}\n`;
}
