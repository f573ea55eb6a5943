import { fromUtf8 } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { formatOf } from "./detect-format.ts";
import {
  DEFAULT_LIMITS,
  type Document,
  type DocumentNode,
  type FormatName,
  type Limits,
} from "./document.ts";
import { parseDotenvDocument } from "./dotenv.ts";
import { parseJsonDocument } from "./json.ts";
import { positionIn } from "./position.ts";
import { FormatProblem, HALF_SURROGATE_PAIR, HINTS } from "./problem.ts";
import { parseYamlDocument } from "./yaml.ts";

export interface ParseOptions {
  /** The file's name for messages. */
  readonly file: string;
  /** Told by the file's name unless given. */
  readonly format?: FormatName | undefined;
  readonly limits?: Limits | undefined;
}

const TITLES: Readonly<Record<FormatName, string>> = { yaml: "YAML", json: "JSON", dotenv: "dotenv file" };

/**
 * Parses a file's text or bytes into a document whose values know where they stand.
 *
 * @throws SourceError `ERR_FORMAT_UNKNOWN`, `ERR_FORMAT_SYNTAX` or `ERR_LIMIT_EXCEEDED`, with line and column and
 * without any part of the text.
 */
export async function parseDocument(input: string | Uint8Array, options: ParseOptions): Promise<Document> {
  const { file, format = formatOf(file), limits = DEFAULT_LIMITS } = options;
  checkSize(input, file, limits);
  const text = decode(input, file);
  try {
    return { format, file, text, root: await parseRoot(text, format, limits) };
  } catch (error) {
    if (!(error instanceof FormatProblem)) throw error;
    const { kind, offset, reason } = error;
    const source = { file, ...positionIn(text, offset) };
    if (kind === "limit") throw new SourceError("ERR_LIMIT_EXCEEDED", reason, { source });
    throw new SourceError("ERR_FORMAT_SYNTAX", `the ${TITLES[format]} cannot be read: ${reason}`, {
      source,
      hint: HINTS.get(reason),
    });
  }
}

async function parseRoot(text: string, format: FormatName, limits: Limits): Promise<DocumentNode> {
  if (format === "yaml") return await parseYamlDocument(text, limits);
  if (format === "json") return parseJsonDocument(text, limits);
  return await parseDotenvDocument(text, limits);
}

function checkSize(input: string | Uint8Array, file: string, { maxFileBytes }: Limits): void {
  const bytes = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (bytes <= maxFileBytes) return;
  throw new SourceError("ERR_LIMIT_EXCEEDED", `larger than ${maxFileBytes} bytes`, { source: { file } });
}

function decode(input: string | Uint8Array, file: string): string {
  if (typeof input === "string") {
    if (input.isWellFormed()) return input;
    const source = { file, ...positionIn(input, firstDifference(input, input.toWellFormed())) };
    throw new SourceError("ERR_FORMAT_SYNTAX", HALF_SURROGATE_PAIR, { source });
  }
  const text = fromUtf8(input);
  if (text !== undefined) return text;
  // What replaces the first invalid byte is the first thing that does not encode to the same bytes again.
  const lossy = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString("utf8");
  const good = input.subarray(0, firstDifference(input, Buffer.from(lossy)));
  const before = fromUtf8(good) ?? "";
  throw new SourceError("ERR_FORMAT_SYNTAX", "not UTF-8 text", {
    source: { file, ...positionIn(before, before.length) },
    hint: "save the file as UTF-8",
  });
}

function firstDifference<Item>(a: ArrayLike<Item>, b: ArrayLike<Item>): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}
