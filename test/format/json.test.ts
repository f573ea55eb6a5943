import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULT_LIMITS, parseDocument } from "../../src/format/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { CANARY, checkMalformed, plain, refusalOf, writtenScalars } from "./support.ts";

const TEXT = `\ufeff{
  "db": {"host": "h", "port": 5432, "escaped\\u0021": "a\\n\\"b\\""},\r
\t"list": [ 1.5e3 , true, null, [], {} ],
  "": ""
}
`;

test("reads what JSON.parse reads, and each range holds the value as written", async () => {
  const document = await parseDocument(TEXT, { file: "a.json" });
  assert.deepEqual(plain(document.root), JSON.parse(TEXT.slice(1)));
  assert.deepEqual(writtenScalars(document), {
    "db.host": '"h"',
    "db.port": "5432",
    "db.escaped!": '"a\\n\\"b\\""',
    "list.0": "1.5e3",
    "list.1": "true",
    "list.2": "null",
    "": '""',
  });
});

test("malformed JSON is refused with its place and a reason", async () => {
  const comment = "a comment: JSON with comments is not read";
  const trailingComma = "a comma with nothing after it: JSON with comments or such commas is not read";
  await checkMalformed(
    [
      ["", 1, 1, "expected a value"],
      [`{\n  // ${CANARY}\n  "a": 1\n}`, 2, 3, comment],
      [`{"a": 1, /* ${CANARY} */ "b": 2}`, 1, 10, comment],
      [`{\n  "a": "${CANARY}",\n}`, 3, 1, trailingComma],
      [`\ufeff["${CANARY}",]`, 1, 19, trailingComma],
      [`{"a": "${CANARY}"\r\n "b": 1}`, 2, 2, "expected a comma or }"],
      [`{'${CANARY}': 1}`, 1, 2, "expected a key in double quotes"],
      [`{"${CANARY}" 1}`, 1, 19, "expected a colon after the key"],
      [`{"a": ${CANARY}}`, 1, 7, "expected a value"],
      [`{"a": "${CANARY}`, 1, 7, "a string that is not closed"],
      [`{"a": "${CANARY}\\x"}`, 1, 22, "an escape that JSON does not know"],
      [`{"${CANARY}": 1,\n "${CANARY}": 2}`, 2, 2, "a key that stands here twice"],
      [
        `{"a": {"__proto__": "${CANARY}"}}`,
        1,
        8,
        "a key that is not allowed, because JavaScript gives it a meaning of its own",
      ],
      ['{"a": 12345678901234567890}', 1, 7, "an integer beyond 2^53 - 1: write it as a string"],
      [`{"a": 1}\n${CANARY}`, 2, 1, "expected nothing after the value"],
    ],
    "a.json",
    "the JSON cannot be read: ",
  );
});

test("who writes JSON with comments is told what to do", async () => {
  const texts = [
    "// c\n{}",
    "{} // c",
    "/* c */ {}",
    '{"a": /* c */ 1}',
    '{"a": 1, // c\n "b": 2}',
    '{"a": 1,}',
    "[1,]",
    '{"a": [1, ]}',
  ];
  for (const text of texts) {
    await assert.rejects(
      parseDocument(text, { file: "a.json" }),
      anErrorWith({
        code: "ERR_FORMAT_SYNTAX",
        message: /JSON with comments (?:or such commas )?is not read$/,
        hint: "take comments and trailing commas out, or write the file as YAML, where a comment starts with #",
      }),
    );
  }
});

test("depth and number of values are limited", async () => {
  assert.deepEqual(await refusalOf("[".repeat(100_000), "a.json"), {
    code: "ERR_LIMIT_EXCEEDED",
    line: 1,
    column: 65,
    message: "a.json:1:65: nested deeper than 64 levels",
  });
  assert.deepEqual(await refusalOf("[\n1, 2, 3]", "a.json", { ...DEFAULT_LIMITS, maxNodes: 3 }), {
    code: "ERR_LIMIT_EXCEEDED",
    line: 2,
    column: 7,
    message: "a.json:2:7: more than 3 values, repeated ones counted each time",
  });
});
