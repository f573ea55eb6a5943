import type { Command } from "commander";

import { UsageError } from "../errors/index.ts";

import { printTokenFor, requireFiles, sealInFiles, setInFile } from "./encrypt-in-files.ts";
import { type Io, write } from "./io.ts";
import { addPlaceOptions, addQuiet, type PlaceOptions } from "./options.ts";
import { parseJsonInput, readValue } from "./read-value.ts";

/** What `encrypt-value` was asked for, its options checked. */
export interface EncryptValueOptions extends PlaceOptions {
  readonly for?: string;
  readonly direct?: boolean;
  readonly as?: "json";
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ encrypt-value config/production.yaml --path db.password
  $ encrypt-value config/*.yaml .env.production
  $ encrypt-value --for '$env' --path DB_PASSWORD
  $ printf %s "$PASSWORD" | encrypt-value --key local/dev --app billing-api --path db.password
  sealed:v1:envelope:…
`;

/** `encrypt-value`, also `sealconf encrypt-value`. */
export function addEncryptValue(command: Command, io: Io): void {
  addPlaceOptions(command, "without a file: seal to this key; several may be given")
    .description(
      "seal a value and put it in its file, seal every secret of some files, or print a token; values come from " +
        "standard input or a prompt",
    )
    .argument(
      "[files...]",
      "config files that the policy covers; without --path every secret in them is sealed",
    )
    .option("--for <file>", "print a token for a place in this file, or in '$env', and change nothing")
    .option("--direct", "with --key: the key service encrypts the value itself, at most 4,064 bytes")
    .option("--as <type>", "json: seal a number, boolean, list or map, given as JSON text")
    .addHelpText("after", EXAMPLES)
    .action(async (files: readonly string[], options: EncryptValueOptions) => {
      if (options.as !== undefined && options.as !== "json")
        throw new UsageError("ERR_OPTION_INVALID", "--as takes json");
      if (files.length > 0) await encryptInFiles(files, options, io);
      else if (options.for === undefined) await printToken(options, io);
      else {
        refuseBeside("--for", options, ["key", "app", "env", "direct"]);
        await printTokenFor(options.for, requirePath(options), options, io);
      }
    });
  addQuiet(command);
}

async function encryptInFiles(files: readonly string[], options: EncryptValueOptions, io: Io): Promise<void> {
  await requireFiles(files, io);
  refuseBeside("a file", options, ["key", "app", "env", "direct", "for"]);
  const { path } = options;
  if (path === false) {
    throw new UsageError("ERR_OPTION_INVALID", "--no-path does not go with a file", {
      hint: "print a token that may stand anywhere: encrypt-value --for FILE --no-path",
    });
  }
  const [file, ...others] = files;
  if (path === undefined || file === undefined) {
    if (options.as !== undefined) throw new UsageError("ERR_OPTION_INVALID", "--as needs --path");
    await sealInFiles(files, options, io);
    return;
  }
  if (others.length > 0) {
    throw new UsageError("ERR_OPTION_INVALID", "--path goes with one file", {
      hint: "a value is never taken from the arguments, which others can read: pipe it in",
    });
  }
  await setInFile(file, path, options, io);
}

async function printToken(options: EncryptValueOptions, io: Io): Promise<void> {
  const { key: keys = [], app, env, direct = false, as } = options;
  if (keys.length === 0) {
    throw new UsageError("ERR_OPTION_INVALID", "no key is named", {
      hint:
        "name the file that the value is for, and its rule names the key; or add --key tencent/<region>/<key id>, or " +
        "--key local/<name>, made by: sealconf keygen <name>",
    });
  }
  const path = requirePath(options);
  const { sealValue } = await import("../config/values.ts");
  const text = await readValue(path === null ? "value" : `value for ${path}`, io);
  const value = as === "json" ? parseJsonInput(text) : text;
  const token = await sealValue(
    { value, path, as: as ?? "text" },
    { keys, context: { app, env }, direct, environment: io.env },
  );
  await write(io.stdout, `${token}\n`);
}

function requirePath({ path }: EncryptValueOptions): string | null {
  if (path !== undefined) return path === false ? null : path;
  throw new UsageError("ERR_OPTION_INVALID", "no path is named", {
    hint: "add --path db.password, where the value will stand, or --no-path to bind it to none",
  });
}

/** What a rule says is not said again. */
function refuseBeside(
  what: string,
  options: EncryptValueOptions,
  names: readonly (keyof EncryptValueOptions)[],
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError("ERR_OPTION_INVALID", `--${given} does not go with ${what}`, {
    hint: "the rule that covers the file in .sealconf.yaml gives key, app and env",
  });
}
