import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";

import type { Command } from "commander";

import { SealconfError, SourceError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { addQuiet } from "./options.ts";
import { printableLines } from "./report-error.ts";

interface TextconvOptions {
  readonly reveal?: boolean;
  readonly as?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ sealconf textconv config/production.yaml
  $ sealconf hook install --diff && git diff
  $ git -c diff.sealconf.textconv="npx sealconf textconv --reveal" diff
`;

// Larger than any config file that can be read, and small enough to be held in memory twice.
const MAX_BYTES = 64 * 1024 * 1024;

/** `sealconf textconv FILE`. */
export function addTextconv(command: Command, io: Io): void {
  command
    .description("print a file for git diff, each sealed value as its keys and a fingerprint; needs no key")
    .argument("<file>", "the file, or git's temporary copy of it")
    .option("--reveal", "open the values that you may open instead, and print them")
    .option("--as <path>", "with --reveal: what the file is in the policy's eyes, when it lies elsewhere")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: TextconvOptions) => {
      const bytes = await readIfNotTooLarge(file, io);
      if (bytes === undefined)
        await pipeline(createReadStream(resolve(io.cwd, file)), io.stdout, { end: false });
      else await write(io.stdout, await convert(file, bytes, options, io));
    });
  addQuiet(command);
}

// git has no diff at all when this fails: whatever cannot be opened is shown as it would be without --reveal.
async function convert(
  file: string,
  bytes: Uint8Array,
  { reveal = false, as, quiet = false }: TextconvOptions,
  io: Io,
): Promise<Uint8Array> {
  const { maskTokens } = await import("../review/mask-tokens.ts");
  if (!reveal) return maskTokens(bytes);
  const { revealTokens } = await import("../review/reveal-tokens.ts");
  const note = async (message: string): Promise<void> => {
    if (!quiet) await write(io.stderr, `sealconf: not revealed: ${printableLines(message)}\n`);
  };
  try {
    const revealed = await revealTokens(file, bytes, { cwd: io.cwd, as, environment: io.env });
    for (const { message } of revealed.problems) await note(message);
    return maskTokens(revealed.bytes);
  } catch (error) {
    if (!(error instanceof SealconfError)) throw error;
    await note(error.message);
    return maskTokens(bytes);
  }
}

async function readIfNotTooLarge(file: string, { cwd }: Io): Promise<Uint8Array | undefined> {
  const { readFileIfThere } = await import("../source/index.ts");
  const source = { file };
  try {
    const bytes = await readFileIfThere(resolve(cwd, file), { maxBytes: MAX_BYTES, source });
    if (bytes !== undefined) return bytes;
  } catch (error) {
    if (error instanceof SourceError && error.code === "ERR_LIMIT_EXCEEDED") return undefined;
    throw error;
  }
  throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", { source });
}
