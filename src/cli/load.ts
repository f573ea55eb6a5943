import { resolve } from "node:path";

import type { Command } from "commander";

import type { ConfigDescription, ValueDescription } from "../config/describe.ts";
import { formatSource, printable, UsageError } from "../errors/index.ts";
import type { FileInput } from "../source/index.ts";

import { type Io, write } from "./io.ts";
import { collect } from "./options.ts";

interface LoadCommandOptions {
  readonly env?: string;
  readonly root?: string;
  readonly key?: readonly string[];
  readonly json?: boolean;
  readonly reveal?: boolean;
  readonly explain?: boolean;
}

const EXAMPLES = `
Examples:
  $ sealconf load --env production --explain
  $ sealconf load config/default.yaml /etc/app/production.yaml=config/production.yaml --json
`;

/** `sealconf load`. */
export function addLoad(command: Command, io: Io): void {
  command
    .description("print what loadConfig would return, sealed values hidden")
    .argument("[files...]", "the files, later ones win; PATH=AS for one that lies elsewhere")
    .option("--env <name>", "read the policy's load list for this env instead")
    .option("--root <folder>", "where the policy lies and relative paths start", ".")
    .option(
      "-k, --key <keyref>",
      "a key that may open, where no policy names one; several may be given",
      collect,
    )
    .option("--json", "print JSON")
    .option("--reveal", "print sealed values too")
    .option("--explain", "tell where each value came from, under which key, and how many calls it took")
    .addHelpText("after", EXAMPLES)
    .action(async (files: readonly string[], options: LoadCommandOptions) => await load(files, options, io));
}

async function load(files: readonly string[], options: LoadCommandOptions, io: Io): Promise<void> {
  const { env, root = ".", key, json = false, reveal = false, explain = false } = options;
  if (files.length === 0 && env === undefined) {
    throw new UsageError("ERR_OPTION_INVALID", "no file is named", {
      hint: "name files, or --env for the policy's list",
    });
  }
  if (files.length > 0 && env !== undefined) {
    throw new UsageError("ERR_OPTION_INVALID", "files and --env do not go together");
  }
  const { loadConfig } = await import("../config/load.ts");
  const what = env === undefined ? { files: files.map(fileInput) } : { env };
  const config = await loadConfig({ ...what, root: resolve(io.cwd, root), keys: key, environment: io.env });
  const { describeConfig, hiddenCopy } = await import("../config/describe.ts");
  const shown = reveal ? config : hiddenCopy(config);
  const description = explain ? describeConfig(config) : undefined;
  if (json) {
    const result = description === undefined ? shown : { config: shown, ...description };
    await write(io.stdout, `${JSON.stringify(result, bytesAsBase64, 2)}\n`);
    return;
  }
  const { stringify } = await import("yaml");
  await write(io.stdout, stringify(JSON.parse(JSON.stringify(shown, bytesAsBase64)), { lineWidth: 0 }));
  if (description !== undefined) await write(io.stdout, `\n${explainText(description)}`);
}

// `=` ends the path: on the command line as in `exec -f PATH=AS`.
function fileInput(text: string): FileInput {
  const equals = text.indexOf("=");
  return equals === -1 ? text : { path: text.slice(0, equals), as: text.slice(equals + 1) };
}

function bytesAsBase64(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function explainText({ values, kmsCalls, dataKeys }: ConfigDescription): string {
  const rows = values.map((value) => [printable(value.path), whence(value), sealing(value)] as const);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([path, from, sealed]) => {
    return `${path.padEnd(widths[0] ?? 0)}  ${from.padEnd(widths[1] ?? 0)}  ${sealed}`.trimEnd();
  });
  return [...lines, "", `KMS calls: ${kmsCalls}, data keys: ${dataKeys}`, ""].join("\n");
}

function whence({ file, line, column, variable }: ValueDescription): string {
  if (variable !== undefined) return `$${variable}`;
  return file === undefined ? "" : formatSource({ file, line, column });
}

function sealing({ sealed }: ValueDescription): string {
  if (sealed === undefined) return "plaintext";
  const { kind, key, app, env, path } = sealed;
  const bound = [
    ["app", app],
    ["env", env],
    ["path", path],
  ].flatMap(([name, value]) => (value ? [`${name} ${value}`] : []));
  return printable(`${kind} under ${key}${bound.length === 0 ? "" : `, bound to ${bound.join(", ")}`}`);
}
