import { Command, CommanderError } from "commander";

import { addCheck, ProblemsFound } from "./check.ts";
import { addCompletion } from "./completion.ts";
import { addDecryptValue } from "./decrypt-value.ts";
import { addEdit } from "./edit.ts";
import { addEncryptValue } from "./encrypt-value.ts";
import { addHook } from "./hook.ts";
import { addInit } from "./init.ts";
import { addInspect } from "./inspect.ts";
import type { Io } from "./io.ts";
import { addKeygen } from "./keygen.ts";
import { addKmsEmulator } from "./kms-emulator.ts";
import { addLoad } from "./load.ts";
import { addCopy, addMove } from "./move.ts";
import { addQuiet } from "./options.ts";
import { Interrupted } from "./read-value.ts";
import { printableLines, reportError } from "./report-error.ts";
import { addRotate } from "./rotate.ts";
import { addStatus } from "./status.ts";
import { addTextconv } from "./textconv.ts";
import { addUnset } from "./unset.ts";
import { readVersion } from "./version.ts";

const FINDINGS_EXIT_CODE = 1;
const USAGE_EXIT_CODE = 2;
const INTERRUPTED_EXIT_CODE = 130;

/** Runs `sealconf` with its arguments and returns the exit code. */
export async function runSealconf(args: readonly string[], io: Io): Promise<number> {
  const program = createProgram("sealconf", io)
    .description("Secrets in git beside the config they belong to, sealed under a KMS key")
    .version(readVersion(), "-V, --version", "print the version");
  addInit(program.command("init"), io);
  addEncryptValue(program.command("encrypt-value"), io);
  addEdit(program.command("edit"), io);
  addUnset(program.command("unset"), io);
  addMove(program.command("mv"), io);
  addCopy(program.command("cp"), io);
  addCheck(program.command("check"), io);
  addRotate(program.command("rotate"), io);
  addStatus(program.command("status"), io);
  addDecryptValue(program.command("decrypt-value"), io);
  addHook(program.command("hook"), io);
  addTextconv(program.command("textconv"), io);
  addInspect(program.command("inspect"), io);
  addLoad(program.command("load"), io);
  addKeygen(program.command("keygen"), io);
  addKmsEmulator(program.command("kms-emulator"), io);
  addCompletion(program.command("completion"), io);
  // Whoever writes a script need not know which commands have notes to leave out.
  for (const command of program.commands) if (!hasQuiet(command)) addQuiet(command);
  return await run(program, args, io);
}

/** Runs `encrypt-value`, which is `sealconf encrypt-value` under a name of its own. */
export async function runEncryptValue(args: readonly string[], io: Io): Promise<number> {
  const program = createProgram("encrypt-value", io).version(
    readVersion(),
    "-V, --version",
    "print the version",
  );
  addEncryptValue(program, io);
  return await run(program, args, io);
}

function hasQuiet({ options, commands }: Command): boolean {
  return commands.length > 0 || options.some(({ long }) => long === "--quiet");
}

function createProgram(name: string, { stdout, stderr }: Io): Command {
  return new Command(name)
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)")
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, output) =>
        output(printableLines(withoutValue(text)).replace(/^error:/, `${name}:`)),
    });
}

// Somebody may have passed the value as an option, `--value=hunter2` or `-vhunter2`: only a plain name is repeated.
function withoutValue(text: string): string {
  return text.replace(/(?<=unknown option ')[^]*(?=')/, (option) => {
    const name = /^(?:--[a-z-]+(?==|$)|-[a-z])/.exec(option)?.[0] ?? "";
    return name === option ? option : `${name}…`;
  });
}

async function run(program: Command, args: readonly string[], io: Io): Promise<number> {
  try {
    if (args.length === 0 && program.commands.length > 0) {
      program.outputHelp({ error: true });
      return USAGE_EXIT_CODE;
    }
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    if (error instanceof ProblemsFound) return FINDINGS_EXIT_CODE;
    if (error instanceof Interrupted) return INTERRUPTED_EXIT_CODE;
    return reportError(error, io);
  }
}
