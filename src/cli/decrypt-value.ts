import type { Command } from "commander";

import type { JsonValue } from "../bytes/index.ts";
import { UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addPlaceOptions, type PlaceOptions } from "./options.ts";
import { readInput } from "./read-value.ts";

const EXAMPLES = `
Examples:
  $ sealconf decrypt-value config/production.yaml --path db.password
  $ sealconf decrypt-value config/production.yaml
  $ sealconf decrypt-value --key local/dev --app billing-api --path db.password < token.txt
`;

/** `sealconf decrypt-value`. */
export function addDecryptValue(command: Command, io: Io): void {
  addPlaceOptions(command, "a key that may open, where no policy names one; several may be given")
    .description(
      "open a token from standard input, one value of a file, or a whole file with its formatting kept",
    )
    .argument("[file]", "the file; without it a token is read from standard input")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, options: PlaceOptions) => {
      if (file === undefined) await decryptToken(options, io);
      else await decryptFile(file, options, io);
    });
}

async function decryptToken({ key, path, app, env }: PlaceOptions, io: Io): Promise<void> {
  const { policyKeys } = await import("../config/policy-keys.ts");
  const keys = key ?? (await policyKeys(io.cwd));
  if (keys.length === 0) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      "no key is named that may open the token, here or in a policy",
      {
        hint: "add --key local/dev, or name the file it stands in: sealconf decrypt-value FILE --path P",
      },
    );
  }
  if (path === undefined) {
    throw new UsageError("ERR_OPTION_INVALID", "no path is named", {
      hint: "add --path db.password, where the value stands, or --no-path for one that is bound to none",
    });
  }
  const { openValue } = await import("../config/values.ts");
  const token = (await readInput(io)).replace(/\r?\n$/, "");
  const place = { keys, path: path === false ? null : path, context: { app, env }, environment: io.env };
  await printValue(await openValue(token, place), io);
}

async function decryptFile(file: string, { key, path, app, env }: PlaceOptions, io: Io): Promise<void> {
  if (path === false) {
    throw new UsageError("ERR_OPTION_INVALID", "--no-path does not go with a file", {
      hint: "name the value with --path, or leave it out for the whole file",
    });
  }
  const [{ openDocument }, { findRoot }, { parsePath }, { looksSealed }] = await Promise.all([
    import("../config/open-document.ts"),
    import("../config/find-root.ts"),
    import("../path/path.ts"),
    import("../token/index.ts"),
  ]);
  // Its message would repeat the whole token as a file's name.
  if (looksSealed(file)) {
    throw new UsageError("ERR_OPTION_INVALID", "a token is no file", {
      hint: 'pipe it in: printf %s "$TOKEN" | sealconf decrypt-value --key local/dev --path P',
    });
  }
  const { document, values } = await openDocument(file, {
    root: await findRoot(file, io.cwd),
    cwd: io.cwd,
    keys: key,
    context: { app, env },
    environment: io.env,
    only: path === undefined ? undefined : parsePath(path),
  });
  const [first] = values;
  if (path !== undefined && first !== undefined) return await printValue(first.opened.value, io);
  const { replaceScalars } = await import("../format/replace.ts");
  const edits = values.flatMap(({ node, opened: { value } }) => {
    // What an alias repeats is written once, where its anchor stands; bytes have no text form.
    return node.aliased || value instanceof Uint8Array ? [] : [{ node, value }];
  });
  await write(io.stdout, await replaceScalars(document, edits));
}

async function printValue(value: JsonValue | Uint8Array, { stdout }: Io): Promise<void> {
  const text = typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value);
  await write(stdout, text);
  if (stdout.isTTY === true) await write(stdout, "\n");
}
