import assert from "node:assert/strict";
import { inspect } from "node:util";

import { SourceError } from "../../src/errors/index.ts";
import {
  type Document,
  type DocumentNode,
  findScalars,
  type Limits,
  parseDocument,
} from "../../src/format/index.ts";

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
