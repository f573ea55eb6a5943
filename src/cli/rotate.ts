import { type Command, InvalidArgumentError } from "commander";

import type { OpenServices } from "../config/opener.ts";
import type { CoveredFile } from "../edit/project.ts";
import type { RotationResult, RotationSummary } from "../rotate/rotation-summary.ts";
import { printable, UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet, collect } from "./options.ts";
import { startProgress } from "./progress.ts";

interface RotateCommandOptions {
  readonly key?: readonly string[];
  readonly over?: number;
  readonly wasApp?: string;
  readonly wasEnv?: string;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ sealconf rotate config/*.yaml
  config/production.yaml: 3 values: 1 re-encrypted by the key service, 2 opened and sealed again
  $ sealconf rotate config/*.yaml --over 5
  $ sealconf rotate config/production.yaml --was-app billing --dry-run
`;

/** `sealconf rotate`. */
export function addRotate(command: Command, io: Io): void {
  command
    .description("seal every value of some files again: under a fresh data key, to the keys of their rules")
    .argument(
      "<files...>",
      "config files that the policy covers; the sealed files that they refer to go with them",
    )
    .option(
      "-k, --key <keyref>",
      "seal to this key, which the rule lists, instead of its keys; several may be given",
      collect,
    )
    .option("--over <count>", "only files that need more than this many data keys", parseCount)
    .option("--was-app <name>", "the app that the values were sealed for, when the policy has renamed it")
    .option("--was-env <name>", "the env that the values were sealed for, when the policy has renamed it")
    .option("--dry-run", "say what would be done; change and contact nothing")
    .addHelpText("after", EXAMPLES)
    .action(async (names: readonly string[], options: RotateCommandOptions) => {
      await rotate(names, options, io);
    });
  addQuiet(command);
}

async function rotate(names: readonly string[], options: RotateCommandOptions, io: Io): Promise<void> {
  const { key, over, wasApp, wasEnv, dryRun = false, quiet = false } = options;
  const [{ checkContextName }, { createRotator }] = await Promise.all([
    import("../token/index.ts"),
    import("../rotate/rotate-file.ts"),
  ]);
  checkContextName("--was-app", wasApp);
  checkContextName("--was-env", wasEnv);
  const files = await coverAll(names, io);
  await withKeyServices(io, async (services) => {
    const rotator = createRotator(services, { keys: key, over, was: { app: wasApp, env: wasEnv } });
    // What a file has wrong with it is told before any is changed.
    let total = 0;
    for (const file of files) {
      const preview = await rotator.preview(file);
      total += Object.values(preview.counts).reduce((sum, count) => sum + count);
      if (dryRun) await tell(file, preview, TO_DO, options, io);
    }
    if (dryRun) return;

    const progress = startProgress(io, { label: "rotating", total, quiet });
    let done = 0;
    try {
      for (const file of files) {
        const summary = await rotator.rotate(file, progress.step);
        progress.clear();
        await tell(file, summary, DONE, options, io);
        done += 1;
      }
    } finally {
      progress.end();
      if (done > 0 && done < files.length && !quiet)
        await write(io.stderr, `${done} of ${files.length} files are done\n`);
    }
  });
}

async function coverAll(names: readonly string[], { cwd }: Io): Promise<readonly CoveredFile[]> {
  const { createProject } = await import("../edit/project.ts");
  const project = createProject(cwd);
  const files = new Map<string, CoveredFile>();
  for (const name of names) {
    if (name.endsWith(".sealed")) {
      throw new UsageError(
        "ERR_OPTION_INVALID",
        "a sealed file is rotated with the config file that refers to it",
        {
          source: { file: name },
          hint: "name the config file",
        },
      );
    }
    const file = await project.cover(name);
    if (!files.has(file.path)) files.set(file.path, file);
  }
  return [...files.values()];
}

/** Each call has its own limit of time, and how many there are nobody knows: the whole has none. */
async function withKeyServices(io: Io, work: (services: OpenServices) => Promise<void>): Promise<void> {
  const [{ createProviders }, { MAX_BLOB_BYTES }] = await Promise.all([
    import("../config/providers.ts"),
    import("../edit/read-sealed.ts"),
  ]);
  const { has, providerOf, close } = createProviders({ given: [], environment: io.env });
  const ended = new AbortController();
  try {
    await work({ providerOf, hasProvider: has, maxBlobBytes: MAX_BLOB_BYTES, signal: ended.signal });
  } finally {
    // After a failure calls may still wait for their turn, and nobody for them.
    ended.abort();
    await close();
  }
}

type Words = Readonly<Record<RotationResult, string>>;

const DONE: Words = {
  "re-encrypt": "re-encrypted by the key service",
  "seal-again": "opened and sealed again",
  "seal-file": "opened and sealed again",
  unchanged: "unchanged, since the key has no newer version",
  leave: "raw and left as it is",
};
const TO_DO: Words = {
  ...DONE,
  "re-encrypt": "to be re-encrypted by the key service",
  "seal-again": "to be opened and sealed again",
  "seal-file": "to be opened and sealed again",
};
const OF_VALUES = ["re-encrypt", "unchanged", "seal-again", "leave"] as const;

async function tell(
  { shown }: CoveredFile,
  { counts, fewDataKeys }: RotationSummary,
  words: Words,
  { quiet = false }: RotateCommandOptions,
  { stdout, stderr }: Io,
): Promise<void> {
  const name = printable(shown);
  const values = OF_VALUES.reduce((sum, result) => sum + counts[result], 0);
  const parts = OF_VALUES.flatMap((result) =>
    counts[result] === 0 ? [] : [`${counts[result]} ${words[result]}`],
  );
  const sentences = [
    ...(values === 0 ? [] : [`${counted(values, "value")}: ${parts.join(", ")}`]),
    ...(counts["seal-file"] === 0
      ? []
      : [`${counted(counts["seal-file"], "sealed file")} ${words["seal-file"]}`]),
  ];
  if (sentences.length > 0) await write(stdout, `${name}: ${sentences.join("; ")}\n`);
  else if (quiet) return;
  else if (fewDataKeys === undefined) await write(stderr, `${name}: nothing is sealed in it\n`);
  else await write(stderr, `${name}: ${counted(fewDataKeys, "data key")}, left as it is\n`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function parseCount(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it must be a whole number");
}
