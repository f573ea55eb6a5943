import assert from "node:assert/strict";
import { inspect } from "node:util";

import fc from "fast-check";

import { SourceError } from "../../src/errors/index.ts";
import {
  type Document,
  type DocumentNode,
  findScalars,
  type Limits,
  parseDocument,
} from "../../src/format/index.ts";
import { type Path, parsePath } from "../../src/path/path.ts";
import { anErrorWith } from "../support/assert-error.ts";

/** Stands in malformed texts where a secret may; no error may show it. */
export const CANARY = "hunter2-canary";

/** The values of a node as ordinary data. */
export function plain(node: DocumentNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.node)]));
}

/** What is written for each scalar, by its path. */
export function writtenScalars({ text, root }: Document): Record<string, string> {
  return Object.fromEntries(
    findScalars(root).map(({ path, node }) => [path.join("."), text.slice(node.start, node.end)]),
  );
}

/** Parses what must be refused, and checks that the refusal shows nothing of the text. */
export async function refusalOf(
  input: string | Uint8Array,
  file: string,
  limits?: Limits,
): Promise<{ code: string; line: number | undefined; column: number | undefined; message: string }> {
  const error = await parseDocument(input, { file, limits }).then(
    () => assert.fail(`${file} was read: ${JSON.stringify(String(input).slice(0, 80))}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SourceError, inspect(error));
  const shown = `${inspect(error, { depth: 9, showHidden: true })}${error.stack}${JSON.stringify(error)}`;
  assert.ok(!shown.includes(CANARY), shown);
  assert.equal(error.cause, undefined);
  return {
    code: error.code,
    line: error.source?.line,
    column: error.source?.column,
    message: error.message,
  };
}

/** One malformed text: where it is wrong, and what is said after the place. */
export type Malformed = readonly [text: string, line: number, column: number, reason: string];

export async function checkMalformed(
  rows: readonly Malformed[],
  file: string,
  prefix: string,
): Promise<void> {
  for (const [text, line, column, reason] of rows) {
    assert.deepEqual(
      await refusalOf(text, file),
      { code: "ERR_FORMAT_SYNTAX", line, column, message: `${file}:${line}:${column}: ${prefix}${reason}` },
      JSON.stringify(text),
    );
  }
}

export type Edit = (document: Document, path: Path) => Promise<string>;

const AWKWARD_PARTS = [
  ..." \n\t\r:#-?,[]{}&*!|>%@`~\\=$'\"\u0085\u2028\ufeff\u00a0\0\u007fé",
  ..."a·b c·\n ·\n  ·\r\n·: · #·- ·? ·\\n·null·true·12·0x1·.5·1:30·---·...·<<·😀".split("·"),
];

/** Texts of what formats give a meaning to. */
export const awkwardText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...AWKWARD_PARTS), { maxLength: 8 })
  .map((parts) => parts.join(""));

/** A text before and after an edit at a path, as `parsePath` reads it. */
export type EditRow = readonly [before: string, path: string, after: string];

/** Checks edits byte for byte, with LF and with CRLF, with a byte order mark and without. */
export async function checkEdits(file: string, rows: readonly EditRow[], edit: Edit): Promise<void> {
  for (const [before, path, after] of rows) {
    for (const mark of ["", "\ufeff"]) {
      // A text of one line does not say which line breaks it has.
      for (const lineBreak of before.includes("\n") ? ["\n", "\r\n"] : ["\n"]) {
        const variant = (text: string): string => mark + text.replaceAll("\n", lineBreak);
        const text = variant(before);
        const edited = await edit(await parseDocument(text, { file }), parsePath(path));
        assert.equal(edited, variant(after), `${JSON.stringify(text)} ${path}`);
      }
    }
  }
}

/** What is refused, and how: the message after the file's name, and the hint. */
export type RefusalRow = readonly [text: string, path: Path, message: string, hint: RegExp];

export async function checkRefusals(file: string, rows: readonly RefusalRow[], edit: Edit): Promise<void> {
  for (const [text, path, message, hint] of rows) {
    const document = await parseDocument(text, { file });
    await assert.rejects(
      edit(document, path),
      anErrorWith({ code: "ERR_FORMAT_SYNTAX", message: `${file}:${message}`, hint }),
      `${JSON.stringify(text)} ${JSON.stringify(path)}`,
    );
  }
}
