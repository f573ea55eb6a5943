import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import { fromUtf8, JsonProblem, type JsonValue, parseJsonValue } from "../bytes/index.ts";
import { UsageError } from "../errors/index.ts";

import type { Io } from "./io.ts";

const MAX_INPUT_BYTES = 1024 * 1024;

/**
 * Reads a value from standard input, or from a prompt that does not show it. One final line break is dropped when it is
 * the only one: that is what `echo` adds, and what a PEM needs.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for input that is empty, not UTF-8 or too large
 */
export async function readValue(question: string, io: Io): Promise<string> {
  const value = io.stdin.isTTY === true ? await promptHidden(question, io) : await readPiped(io);
  if (value !== "") return value;
  // A variable that is not set and a command that failed look like this.
  throw new UsageError("ERR_OPTION_INVALID", "the value is empty", {
    hint: "an empty text is sealed with --as json, given as two quotes",
  });
}

async function readPiped(io: Io): Promise<string> {
  const text = await readInput(io);
  const body = text.replace(/\r?\n$/, "");
  return body.includes("\n") ? text : body;
}

/**
 * Reads a value that was given as JSON text.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export function parseJsonInput(text: string): JsonValue {
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    const { reason, offset } = error;
    throw new UsageError("ERR_OPTION_INVALID", `the value is not JSON: ${reason} at character ${offset + 1}`);
  }
}

/** Reads standard input whole as text. */
export async function readInput({ stdin }: Io): Promise<string> {
  const text = fromUtf8(await readInputBytes(stdin, MAX_INPUT_BYTES));
  if (text === undefined) throw notUtf8("standard input");
  return text;
}

/** Reads standard input whole. */
export async function readInputBytes(stdin: Io["stdin"], maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > maxBytes) {
      const most = `${maxBytes / 1024 / 1024} MiB`;
      throw new UsageError("ERR_OPTION_INVALID", `standard input is larger than ${most}`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Thrown when somebody presses ^C at a prompt. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

function notUtf8(what: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", `${what} is not UTF-8 text`);
}

function severalLines(): UsageError {
  return new UsageError("ERR_OPTION_INVALID", "the prompt takes one line, and there were several", {
    hint: "pipe a value of several lines in: encrypt-value … < tls.key",
  });
}

async function promptHidden(question: string, { stdin, stderr }: Io): Promise<string> {
  // readline echoes what is typed to its output: this one swallows it.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true, historySize: 0 });
  stderr.write(`${question} (hidden): `);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("SIGINT", () => reject(new Interrupted()));
      lines.once("close", () => reject(new UsageError("ERR_OPTION_INVALID", "no value was given")));
      lines.once("line", (value) => {
        // What was pasted arrives in one piece: taking its first line alone would seal half a key without a word.
        lines.once("line", () => reject(severalLines()));
        setImmediate(() => {
          if (lines.line !== "") reject(severalLines());
          // What is not UTF-8 was replaced by this character on its way.
          else if (value.includes("\ufffd")) reject(notUtf8("what was typed"));
          else resolve(value);
        });
      });
    });
  } finally {
    lines.close();
    stderr.write("\n");
  }
}
