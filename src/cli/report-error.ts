import { type AnySealconfError, type ErrorCode, printable, SealconfError } from "../errors/index.ts";

import type { Io } from "./io.ts";

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  ERR_OPTION_INVALID: 2,
  ERR_COMMAND_UNKNOWN: 2,
  ERR_FILE_UNREADABLE: 3,
  ERR_FILE_CHANGED: 3,
  ERR_WRITE_FAILED: 3,
  ERR_FORMAT_UNKNOWN: 3,
  ERR_FORMAT_SYNTAX: 3,
  ERR_LIMIT_EXCEEDED: 3,
  ERR_POLICY_INVALID: 3,
  ERR_NO_RULE: 3,
  ERR_TOKEN_MALFORMED: 4,
  ERR_TOKEN_VERSION: 4,
  ERR_PROVIDER_UNKNOWN: 4,
  ERR_KEY_NOT_ALLOWED: 4,
  ERR_PLACE_MISMATCH: 4,
  ERR_RAW_REFUSED: 4,
  ERR_PLAINTEXT_SECRET: 4,
  ERR_OPEN_FAILED: 5,
  ERR_KMS_DENIED: 6,
  ERR_KMS_KEY_UNUSABLE: 6,
  ERR_KMS_THROTTLED: 6,
  ERR_KMS_UNREACHABLE: 6,
  ERR_KMS_RESPONSE: 6,
  ERR_CREDENTIALS_MISSING: 6,
  ERR_CLOCK_SKEW: 6,
  ERR_DEADLINE: 6,
  ERR_SCHEMA_INVALID: 7,
  ERR_LOAD_FAILED: 1,
};

/** The exit code of a bug: a failure that nobody foresaw. */
const UNEXPECTED = 70;

/** Tells people what went wrong, on standard error, and returns the exit code. */
export function reportError(error: unknown, { stderr, env }: Io): number {
  const red = stderr.isTTY === true && !env["NO_COLOR"];
  const label = red ? "\u001b[31msealconf:\u001b[39m" : "sealconf:";
  if (!(error instanceof SealconfError)) {
    // Its message was not written by us and may hold anything: only its kind is safe to show.
    const kind = error instanceof Error ? printable(error.name) : typeof error;
    stderr.write(`${label} an unexpected ${kind} ended the command; please report it\n`);
    return UNEXPECTED;
  }
  stderr.write(`${label} ${printableLines(error.message)}\n`);
  if (error.hint !== undefined) stderr.write(`  ${printableLines(error.hint)}\n`);
  // SealconfError is abstract: what is thrown is one of the union.
  const known = error as AnySealconfError;
  const problems = known.name === "LoadError" ? known.errors : [known];
  return Math.min(...problems.map(({ code }) => EXIT_CODES[code]));
}

/** Takes away what a terminal acts on, line by line. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
