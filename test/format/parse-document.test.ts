import assert from "node:assert/strict";
import { test } from "node:test";

import { SourceError } from "../../src/errors/index.ts";
import { DEFAULT_LIMITS, parseDocument } from "../../src/format/index.ts";
import { CANARY, plain, refusalOf } from "./support.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

test("the same values are read from text and bytes in each format", async () => {
  const files = { "a.yaml": "a: ä😀\n", "a.json": '{"a": "ä😀"}', ".env": "a=ä😀" };
  for (const [file, text] of Object.entries(files)) {
    for (const input of [text, bytes(text), bytes("\ufeff", text), `\ufeff${text}`]) {
      const document = await parseDocument(input, { file });
      assert.deepEqual(plain(document.root), { a: "ä😀" }, file);
      assert.equal(document.text, typeof input === "string" ? input : Buffer.from(input).toString());
    }
  }
});

test("the format can be given where the name does not tell it", async () => {
  const document = await parseDocument("A=1", { file: "/run/secrets/app", format: "dotenv" });
  assert.deepEqual([document.format, plain(document.root)], ["dotenv", { A: "1" }]);
  await assert.rejects(parseDocument("A=1", { file: "/run/secrets/app" }), { code: "ERR_FORMAT_UNKNOWN" });
});

test("bytes that are not UTF-8 are refused at their place", async () => {
  const rows: readonly (readonly [Uint8Array, line: number, column: number])[] = [
    [bytes(`a: ${CANARY}\nb: é`, [0xff], CANARY), 2, 5],
    [bytes([0xff, 0xfe], "a\0:\0 \0"), 1, 1],
    [bytes("\ufeffa: ", [0xc3]), 1, 4],
    [bytes("a: \ufffd\r\nb: \ufffd", [0xed, 0xa0, 0x80]), 2, 5],
    [bytes("a: ", [0xc0, 0x80]), 1, 4],
  ];
  for (const [input, line, column] of rows) {
    const refusal = await refusalOf(input, "a.yaml");
    assert.deepEqual(refusal, {
      code: "ERR_FORMAT_SYNTAX",
      line,
      column,
      message: `a.yaml:${line}:${column}: not UTF-8 text`,
    });
  }
});

test("text with half of a surrogate pair is refused at its place", async () => {
  const { code, line, column } = await refusalOf(`a: 1\nb: ${CANARY}\ud800`, "a.yaml");
  assert.deepEqual([code, line, column], ["ERR_FORMAT_SYNTAX", 2, 18]);
});

test("a file that is too large is refused before it is parsed", async () => {
  const limits = { ...DEFAULT_LIMITS, maxFileBytes: 8 };
  assert.deepEqual(plain((await parseDocument("a: 34567", { file: "a.yaml", limits })).root), { a: 34567 });
  for (const input of ["a: 345é7", "]".repeat(9), bytes("a: [345678")]) {
    assert.deepEqual(await refusalOf(input, "a.yaml", limits), {
      code: "ERR_LIMIT_EXCEEDED",
      line: undefined,
      column: undefined,
      message: "a.yaml: larger than 8 bytes",
    });
  }
});

test("a refusal names the file as it was given", async () => {
  await assert.rejects(
    parseDocument("a: b: c", { file: "config/app\u202e.yaml" }),
    (error) =>
      error instanceof SourceError && error.message.startsWith("config/app\\u{202e}.yaml:1:4: the YAML"),
  );
});
