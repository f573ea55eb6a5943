import type { Command } from "commander";

import { LoadError, type ProblemError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";

interface StatusOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLE = `
Example:
  $ sealconf status config/*.yaml
  config/production.yaml: env production, 1 data key, 1 KMS call
    db.password    envelope    12 bytes  tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41
    api.token      plaintext!
    smtp.password  missing!              config/staging.yaml has it
`;

/** `sealconf status`. */
export function addStatus(command: Command, io: Io): void {
  command
    .description("tell which secrets stand where, and what a load of each file costs; needs no key")
    .argument("[files...]", "config files; without them every one that the policy covers")
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLE)
    .action(async (names: readonly string[], options: StatusOptions) => await status(names, options, io));
  addQuiet(command);
}

async function status(
  names: readonly string[],
  { json = false, quiet = false }: StatusOptions,
  io: Io,
): Promise<void> {
  const [{ findCoveredFiles }, { gatherStatus }, { statusJson, statusText }] = await Promise.all([
    import("../status/covered-files.ts"),
    import("../status/gather-status.ts"),
    import("./status-text.ts"),
  ]);
  const { files, problems } = await gatherStatus(await findCoveredFiles(names, io.cwd));
  const text = statusText(files);
  await write(io.stdout, json ? statusJson(files) : text);
  if (text === "" && !json && !quiet && problems.length === 0)
    await write(io.stderr, "there are no secrets here\n");
  throwProblems(problems);
}

/** What could not be looked at is told after the rest. */
function throwProblems(problems: readonly ProblemError[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw others.length === 0 ? first : new LoadError(problems);
}
