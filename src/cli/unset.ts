import { resolve } from "node:path";

import type { Command } from "commander";

import { formatSource, UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";

const EXAMPLE = "\nExample:\n  $ sealconf unset config/production.yaml --path db.password\n";

/** `sealconf unset FILE --path P`. */
export function addUnset(command: Command, io: Io): void {
  command
    .description("remove a value from a file; needs no key")
    .argument("<file>", "the config file")
    .requiredOption("-p, --path <path>", "the value: db.password, servers[0].token, /db/password")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, { path, quiet }: { readonly path: string; readonly quiet?: boolean }) => {
      const [{ changeDocument }, { locate, nodeAt }, { removeValue }] = await Promise.all([
        import("../edit/change-document.ts"),
        import("../edit/locate.ts"),
        import("../format/remove-value.ts"),
      ]);
      await changeDocument({ shown: file, path: resolve(io.cwd, file) }, async (document) => {
        const place = locate(document, path);
        if (nodeAt(document.root, place) !== undefined) return await removeValue(document, place);
        throw new UsageError("ERR_OPTION_INVALID", "there is no value", { source: { file, path } });
      });
      if (quiet !== true) await write(io.stderr, `${formatSource({ file, path })}: removed\n`);
    });
  addQuiet(command);
}
