import type { Command } from "commander";

import { printable } from "../errors/index.ts";

import { type Io, write } from "./io.ts";

/** `sealconf keygen NAME`. */
export function addKeygen(command: Command, io: Io): void {
  command
    .description("make a local key, readable by you alone, and print its key reference; never overwrites one")
    .argument("<name>", "lower-case letters, digits and dashes: dev")
    .addHelpText("after", "\nExample:\n  $ sealconf keygen dev\n  local/dev\n")
    .action(async (name: string, { quiet }: { readonly quiet?: boolean }) => {
      const { createLocalKey, keysFolder } = await import("../local/index.ts");
      const file = await createLocalKey(name, keysFolder(io.env));
      await write(io.stdout, `local/${name}\n`);
      if (quiet === true) return;
      await write(
        io.stderr,
        `the key is in ${printable(file)}: keep a copy, what is sealed with it opens with nothing else\n`,
      );
    });
}
