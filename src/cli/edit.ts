import { createInterface } from "node:readline";

import type { Command } from "commander";

import { formatSource, printable, type SealconfError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";
import { Interrupted } from "./read-value.ts";
import { reportError } from "./report-error.ts";
import { withSealer } from "./with-sealer.ts";

const EXAMPLES = `
Examples:
  $ sealconf edit config/production.yaml
  $ EDITOR="code --wait" sealconf edit config/production.yaml
`;

// Nobody reads a file and leaves an editor in less.
const AT_ONCE_MS = 3_000;

/** `sealconf edit FILE`. */
export function addEdit(command: Command, io: Io): void {
  command
    .description(
      "edit a file with its sealed values opened, in $VISUAL or $EDITOR, and seal what was changed",
    )
    .argument("<file>", "the config file; one that is not there is made")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, { quiet = false }: { readonly quiet?: boolean }) => {
      const { EndedBySignal } = await import("../editor/ending-signals.ts");
      try {
        await edit(name, quiet, io);
      } catch (error) {
        if (!(error instanceof EndedBySignal)) throw error;
        process.kill(process.pid, error.endedBy);
        // Where a signal does not end the process.
        throw new Interrupted();
      }
    });
  addQuiet(command);
}

async function edit(name: string, quiet: boolean, io: Io): Promise<void> {
  const [{ createProject }, { findEditor }, { editFile }] = await Promise.all([
    import("../edit/project.ts"),
    import("../editor/find-editor.ts"),
    import("../editor/edit-file.ts"),
  ]);
  const note = async (text: string): Promise<void> => {
    if (!quiet) await write(io.stderr, `${printable(text)}\n`);
  };
  const editor = await findEditor(io.env, io.cwd);
  const { outcome, sealed, retyped, editedMs } = await editFile(await createProject(io.cwd).cover(name), {
    editor,
    cwd: io.cwd,
    environment: io.env,
    withSealer: async (work) => await withSealer(io, work),
    askAgain: async (error) => await askAgain(error, io),
    onDisk: async (folder) => {
      await note(
        `there is no file system in memory for it here: the opened file is in ${folder} until the editor ends`,
      );
    },
    onLeftSealed: async (source) => {
      await note(`${formatSource(source)}: it stays sealed, as this file cannot hold it in any quotes`);
      await note(`  to change it: sealconf encrypt-value ${source.file} --path ${source.path}`);
    },
  });
  await write(io.stdout, sealed.map((source) => `${formatSource(source)}: sealed\n`).join(""));
  for (const source of retyped) {
    await note(`${formatSource(source)}: it was text and is none now; in quotes it would be`);
  }
  if (outcome === "created") await note(`${name}: made`);
  if (outcome === "changed" && sealed.length === 0) await note(`${name}: written, with nothing new to seal`);
  if (outcome !== "unchanged") return;
  await note(`${name}: nothing was changed`);
  if (editedMs < AT_ONCE_MS)
    await note(`  an editor that opens a window is told to wait: EDITOR="code --wait"`);
}

async function askAgain(error: SealconfError, io: Io): Promise<boolean> {
  // Nobody is there to edit it again: the error is told when the command ends.
  if (io.stdin.isTTY !== true) return false;
  reportError(error, io);
  await write(io.stderr, "press Enter to edit again, ^C to give up ");
  const lines = createInterface({ input: io.stdin });
  const answered = await new Promise<boolean>((resolve) => {
    lines.once("line", () => resolve(true));
    lines.once("close", () => resolve(false));
  });
  lines.close();
  if (answered) return true;
  await write(io.stderr, "\n");
  throw new Interrupted();
}
