import type { Command } from "commander";

import type { JsonValue } from "../bytes/index.ts";
import { UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addPlaceOptions, type PlaceOptions } from "./options.ts";
import { readValue } from "./read-value.ts";

interface EncryptValueOptions extends PlaceOptions {
  readonly direct?: boolean;
  readonly as?: string;
}

const EXAMPLE = `
Example:
  $ printf %s "$PASSWORD" | encrypt-value --key local/dev --app billing-api --path db.password
  sealed:v1:envelope:…
`;

/** `encrypt-value`, also `sealconf encrypt-value`. */
export function addEncryptValue(command: Command, io: Io): void {
  addPlaceOptions(command, "seal to this key; several may be given")
    .description(
      "seal one value for one place and print its token; the value comes from standard input or a prompt",
    )
    .option("--direct", "have the key service encrypt the value itself: one key, at most 4,064 bytes")
    .option("--as <type>", "json: seal a number, boolean, list or map, given as JSON text")
    .allowExcessArguments()
    .addHelpText("after", EXAMPLE)
    .action(async (options: EncryptValueOptions) => {
      checkArguments(command, options);
      const { sealValue } = await import("../config/values.ts");
      const { key: keys = [], path, app, env, direct = false, as } = options;
      const text = await readValue(path === false ? "value" : `value for ${path}`, io);
      const value = as === "json" ? await parseJson(text) : text;
      const token = await sealValue(
        { value, path: path === false ? null : (path ?? null), as: as === "json" ? "json" : "text" },
        { keys, context: { app, env }, direct, environment: io.env },
      );
      await write(io.stdout, `${token}\n`);
    });
}

function checkArguments({ args }: Command, { key = [], path, as }: EncryptValueOptions): void {
  if (args.length > 0) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      "a value is never taken from the arguments, which others can read",
      {
        hint: 'pipe it in: printf %s "$PASSWORD" | encrypt-value …, or run it in a terminal and be asked',
      },
    );
  }
  if (key.length === 0) {
    throw new UsageError("ERR_OPTION_INVALID", "no key is named", {
      hint: "add --key tencent/<region>/<key id>, or --key local/<name>, made by: sealconf keygen <name>",
    });
  }
  if (path === undefined) {
    throw new UsageError("ERR_OPTION_INVALID", "no path is named", {
      hint: "add --path db.password, where the value will stand, or --no-path to bind it to none",
    });
  }
  if (as !== undefined && as !== "json") {
    throw new UsageError("ERR_OPTION_INVALID", "--as takes json");
  }
}

async function parseJson(text: string): Promise<JsonValue> {
  const { JsonProblem, parseJsonValue } = await import("../bytes/index.ts");
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw new UsageError(
      "ERR_OPTION_INVALID",
      `the value is not JSON: ${error.reason} at character ${error.offset + 1}`,
    );
  }
}
