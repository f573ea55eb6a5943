import assert from "node:assert/strict";
import { test } from "node:test";

import { type Document, positionAt } from "../../src/format/index.ts";

function documentOf(text: string): Document {
  return {
    format: "yaml",
    file: "a.yaml",
    text,
    root: { kind: "map", entries: new Map(), start: 0, end: 0, flow: false },
  };
}

test("lines end with LF, CRLF or CR, and columns count UTF-16 code units", () => {
  const document = documentOf("ab\ncd\r\n\ré😀f\n");
  const places = [0, 1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13].map((offset) => {
    const { line, column } = positionAt(document, offset);
    return `${line}:${column}`;
  });
  assert.deepEqual(places, [
    "1:1",
    "1:2",
    "1:3",
    "2:1",
    "2:3",
    "2:4",
    "3:1",
    "4:1",
    "4:2",
    "4:4",
    "4:5",
    "5:1",
  ]);
});

test("a byte order mark has no column", () => {
  const document = documentOf("\ufeffab\nc");
  assert.deepEqual(
    [0, 1, 2, 4].map((offset) => positionAt(document, offset)),
    [
      { line: 1, column: 1 },
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
    ],
  );
});

test("an empty document has a first line", () => {
  assert.deepEqual(positionAt(documentOf(""), 0), { line: 1, column: 1 });
});

test("a hundred thousand places in a document of as many lines are found in no time", () => {
  const document = documentOf("key: value\n".repeat(100_000));
  const started = performance.now();
  for (let line = 0; line < 100_000; line += 1) {
    assert.equal(positionAt(document, line * 11 + 5).line, line + 1);
  }
  assert.ok(performance.now() - started < 5_000);
});
