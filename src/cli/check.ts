import type { Command } from "commander";

import type { CheckResult } from "../check/check-tree.ts";
import type { FixResult } from "../check/fix-staged.ts";
import type { Finding } from "../check/finding.ts";
import { formatSource, printable, UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";
import { withSealer } from "./with-sealer.ts";

interface CheckOptions {
  readonly staged?: boolean;
  readonly fix?: boolean;
  readonly range?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ sealconf check
  $ sealconf check --staged
  $ sealconf check --range origin/main..HEAD --json
`;

/** Thrown when a check has found something and told it: the command ends with exit code 1. */
export class ProblemsFound extends Error {
  override readonly name = "ProblemsFound";
}

/** `sealconf check`. */
export function addCheck(command: Command, io: Io): void {
  command
    .description("find plaintext secrets and sealed values that cannot stand where they do; needs no key")
    .argument("[files...]", "the files; without them every file that the policy covers")
    .option("--staged", "check what is staged, and the policy that is staged, as a commit would take them")
    .option("--fix", "with --staged: seal what must not be plaintext, in the index and in the work tree")
    .option("--range <A..B>", "check what each commit of a range changes, with the policy it has")
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (files: readonly string[], options: CheckOptions) => {
      checkOptions(files, options);
      const result = await check(files, options, io);
      await report(result, options, io);
      if (result.findings.some(isError)) throw new ProblemsFound("the check found something");
    });
  addQuiet(command);
}

function checkOptions(files: readonly string[], { staged, fix, range }: CheckOptions): void {
  const together = (a: string, b: string, hint?: string): UsageError =>
    new UsageError("ERR_OPTION_INVALID", `${a} and ${b} do not go together`, { hint });
  if (staged === true && range !== undefined) throw together("--staged", "--range");
  if (files.length > 0 && (staged === true || range !== undefined)) {
    throw together("files", staged === true ? "--staged" : "--range", "it finds by itself what changed");
  }
  if (fix === true && staged !== true) {
    throw new UsageError("ERR_OPTION_INVALID", "--fix needs --staged", {
      hint: "a file in the work tree is sealed by encrypt-value FILE",
    });
  }
}

async function check(
  files: readonly string[],
  { staged, fix, range }: CheckOptions,
  io: Io,
): Promise<CheckResult & Partial<Pick<FixResult, "sealed">>> {
  if (range !== undefined) {
    const { checkRange } = await import("../check/check-range.ts");
    return await checkRange(io.cwd, io.env, range);
  }
  if (fix === true) {
    const { fixStaged } = await import("../check/fix-staged.ts");
    return await withSealer(io, async (sealer) => await fixStaged(io.cwd, io.env, sealer));
  }
  if (staged === true) {
    const { checkStaged } = await import("../check/check-staged.ts");
    return await checkStaged(io.cwd, io.env);
  }
  const { checkFiles, checkWorkTree } = await import("../check/check-work-tree.ts");
  return files.length === 0 ? await checkWorkTree(io.cwd) : await checkFiles(io.cwd, files);
}

async function report(
  { findings, files, sealed = [] }: CheckResult & Partial<Pick<FixResult, "sealed">>,
  { staged, fix, json, quiet }: CheckOptions,
  io: Io,
): Promise<void> {
  const { formatFinding } = await import("../check/finding.ts");
  const errors = findings.filter(isError);
  if (json === true) {
    const result = { files, ...(fix === true ? { sealed } : {}), findings };
    await write(io.stdout, `${JSON.stringify(result, null, 2)}\n`);
  } else await write(io.stdout, errors.map((error) => `${formatFinding(error)}\n`).join(""));
  // A hook that finds nothing has nothing to say.
  if (quiet === true || (staged === true && fix !== true && findings.length === 0)) return;
  const notes = [
    ...sealed.map((source) => `${formatSource(source)}: sealed`),
    ...findings.filter((finding) => !isError(finding)).map(formatFinding),
    summary(files, errors.length),
    ...new Set(findings.flatMap(({ hint }) => (hint === undefined ? [] : [`  ${printable(hint)}`]))),
  ];
  await write(io.stderr, `${notes.join("\n")}\n`);
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}

function summary(files: number, problems: number): string {
  const checked = `${files} ${files === 1 ? "file" : "files"} checked`;
  if (problems === 0) return checked;
  return `${checked}, ${problems} ${problems === 1 ? "problem" : "problems"}`;
}
