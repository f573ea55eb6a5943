import { lstat } from "node:fs/promises";
import { join, relative } from "node:path";

import type { Command } from "commander";

import { type Source, SourceError, systemCode, UsageError } from "../errors/index.ts";
import type { Path } from "../path/path.ts";
import type { PolicyGrammar } from "../policy/parse-policy.ts";
import { POLICY_FILE } from "../policy/policy.ts";

import { describeDraft, nextSteps } from "./init-notes.ts";
import { type Io, write } from "./io.ts";
import { addQuiet, collect } from "./options.ts";

interface InitOptions {
  readonly app?: string;
  readonly key?: readonly string[];
  readonly quiet?: boolean;
}

const DEFAULT_KEYS = ["local/dev"];
const EXAMPLES = `
Examples:
  $ sealconf init
  $ sealconf init --app billing-api --key tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41
`;

/** `sealconf init`. */
export function addInit(command: Command, io: Io): void {
  command
    .description(
      "write a policy for the config files of this folder and say what is next; changes nothing that is there",
    )
    .option("--app <name>", "the application's name; without it package.json's, or the folder's")
    .option("-k, --key <keyref>", "seal to this key, local/dev unless given; several may be given", collect)
    .addHelpText("after", EXAMPLES)
    .action(async (options: InitOptions) => await init(options, io));
  addQuiet(command);
}

async function init({ app, key: keys = DEFAULT_KEYS, quiet }: InitOptions, io: Io): Promise<void> {
  const { cwd } = io;
  await refuseExisting(cwd);
  await checkNames(app, keys);
  const [{ draftPolicy }, { addGitAttributes, ATTRIBUTES_FILE }, { findSurroundings }, { writeNewFile }] =
    await Promise.all([
      import("../init/draft-policy.ts"),
      import("../init/git-attributes.ts"),
      import("../init/surroundings.ts"),
      import("../source/write-new-file.ts"),
    ]);
  const draft = await draftPolicy(cwd, { app, keys });
  // The policy comes last: a run that failed before can be run again.
  const attributesWritten = await addGitAttributes(join(cwd, ATTRIBUTES_FILE));
  const source = { file: POLICY_FILE };
  if (!(await writeNewFile(join(cwd, POLICY_FILE), Buffer.from(draft.text), { source })))
    throw alreadyThere();
  const written = [POLICY_FILE, ...(attributesWritten ? [ATTRIBUTES_FILE] : [])];
  await write(io.stdout, written.map((file) => `${file}\n`).join(""));
  if (quiet === true) return;
  const { inGit, policyAbove } = await findSurroundings(cwd);
  const notes = describeDraft(draft, policyAbove === undefined ? undefined : relative(cwd, policyAbove));
  const steps = await nextSteps({ draft, keys, written, inGit }, io);
  await write(io.stderr, [...notes, "", "next:", ...steps.map((step) => `  ${step}`), ""].join("\n"));
}

async function refuseExisting(cwd: string): Promise<void> {
  try {
    await lstat(join(cwd, POLICY_FILE));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw new SourceError("ERR_FILE_UNREADABLE", `the folder cannot be read (${systemCode(error)})`, {
      source: { file: cwd },
    });
  }
  throw alreadyThere();
}

function alreadyThere(): SourceError {
  return new SourceError("ERR_WRITE_FAILED", "there is a policy already, and it is left as it is", {
    source: { file: POLICY_FILE },
    hint: "edit it; sealconf check tells what is wrong with it and with the files that it covers",
  });
}

/** By the grammar of the policy itself, so that what is written can be read. */
async function checkNames(app: string | undefined, keys: readonly string[]): Promise<void> {
  const [{ parsePolicy }, { isContextName, parseKeyReference }] = await Promise.all([
    import("../policy/parse-policy.ts"),
    import("../token/index.ts"),
  ]);
  const value = app === undefined ? { keys } : { app, keys };
  const at = ([field]: Path): Source => ({ file: field === "app" ? "--app" : "--key" });
  const grammar: PolicyGrammar = {
    isContextName,
    isKeyReference: (text) => typeof parseKeyReference(text) === "object",
    compileGlob: () => () => false,
  };
  const [problem] = parsePolicy({ file: POLICY_FILE, value, at }, grammar).problems;
  if (problem !== undefined)
    throw new UsageError("ERR_OPTION_INVALID", problem.message, { hint: problem.hint });
}
