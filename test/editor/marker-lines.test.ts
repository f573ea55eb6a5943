import assert from "node:assert/strict";
import { test } from "node:test";

import { addMarkers, markersOf, removeMarkers } from "../../src/editor/marker-lines.ts";
import { SourceError, UsageError } from "../../src/errors/index.ts";

const PROBLEM = new SourceError("ERR_FORMAT_SYNTAX", "a key that stands here twice", {
  source: { file: "config/ü.yaml", line: 3, column: 5 },
  hint: "take one\nout",
});
const LINES = [
  "# sealconf: config/ü.yaml:5:5: a key that stands here twice",
  "# sealconf: take one\\u{a}out",
];

test("an error becomes comments, and points to its line below them", () => {
  for (const format of ["yaml", "dotenv"] as const) {
    const { lines, error } = markersOf(PROBLEM, format);
    assert.deepEqual(lines, LINES);
    assert.equal(error.message, "config/ü.yaml:5:5: a key that stands here twice");
    assert.deepEqual([error.code, error.hint], [PROBLEM.code, PROBLEM.hint]);
  }
  const placeless = new UsageError("ERR_OPTION_INVALID", "no");
  assert.deepEqual(markersOf(placeless, "yaml"), { lines: ["# sealconf: no"], error: placeless });
});

test("JSON has no comments: the error stays where it is", () => {
  assert.deepEqual(markersOf(PROBLEM, "json"), { lines: [], error: PROBLEM });
});

test("lines that are put in are taken out again, and every other byte stays", () => {
  const texts = [
    "",
    "a: 1",
    "a: 1\nb: 2\n",
    "\ufeffa: 1\r\nb: 2\r\n",
    "# sealconf: mine\n",
    "\n\n",
    "a: ü\n",
  ];
  const inputs = [...texts.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe, 0x0a, 0xc3])];
  for (const bytes of inputs) {
    const marked = addMarkers(bytes, LINES);
    assert.ok(Buffer.from(marked).includes("# sealconf: config/ü.yaml:5:5"));
    assert.deepEqual(Buffer.from(removeMarkers(marked, LINES)), bytes);
  }
});

test("they stand after a byte order mark, with the file's own line ends", () => {
  const marked = Buffer.from(addMarkers(Buffer.from("\ufeffa: 1\r\n"), ["# sealconf: x"])).toString();
  assert.equal(marked, "\ufeff# sealconf: x\r\na: 1\r\n");
});

test("they are found where a person has moved them, and some may be gone", () => {
  const edited = `a: 1\n${LINES[1]}\r\nb: 2\n${LINES[0]}`;
  assert.equal(Buffer.from(removeMarkers(Buffer.from(edited), LINES)).toString(), "a: 1\nb: 2\n");
});
