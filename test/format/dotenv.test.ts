import assert from "node:assert/strict";
import { test } from "node:test";

import dotenv from "dotenv";
import fc from "fast-check";

import { SourceError } from "../../src/errors/index.ts";
import { DEFAULT_LIMITS, type Document, findScalars, parseDocument } from "../../src/format/index.ts";
import { CANARY, checkMalformed, plain, refusalOf, writtenScalars } from "./support.ts";

const parse = async (text: string): Promise<Document> => await parseDocument(text, { file: ".env" });

test("reads everything ordinary as dotenv does", async () => {
  const rows: readonly string[] = [
    "",
    "\n\n# only a comment",
    "A=1",
    "A = 1 \t",
    "\tA=1",
    "export A=1",
    "export=1",
    "export =1",
    "A: yes",
    "A:   'yes' # c",
    "A=",
    "A=   # nothing",
    "A=\nB=1",
    "a.b-c_1=x",
    "A=a b  c # comment",
    "A=a#b",
    "A='a # b' # c",
    'A="a # b"#c',
    "A=`a 'b' \"c\"`",
    'A="line\\nbreak\\r\\ttab"',
    "A='no\\nbreak'",
    "A='a\nb\n\nc'\nB=2",
    'A="a\r\nb"\r\nB=2\r\n',
    "A=1\rB=2",
    'A="-----BEGIN PRIVATE KEY-----\nabc/+==\n-----END PRIVATE KEY-----\n"',
    'A="say \\"hi\\""',
    "A='it\\'s'",
    'A="ends with \\"\nB="x"',
    'A="{"a": 1, "b": "c"}"',
    "A=it's",
    "A=a=b==",
    "A=postgres://u:p@h:5432/db?x=y&z",
    "\ufeffA=1",
    "A=\u00a0x\u00a0",
    "A=''\nB=\"\"\nC=``",
    "A=$B ${C} $(D)",
    "A='😀'",
    "A='\u2028'",
  ];
  for (const text of rows) {
    assert.deepEqual(plain((await parse(text)).root), { ...dotenv.parse(text) }, JSON.stringify(text));
  }
});

test("each value's range is what is written, quotes included, in the text as it is", async () => {
  const text =
    "\ufeff# c\r\nexport  A = 'x'  # c\r\nB=\"two\r\nlines\"\r\nC=plain text # c\r\nD=\r\nE:  \r\nF=`q`\rG=end";
  const document = await parse(text);
  assert.deepEqual(writtenScalars(document), {
    A: "'x'",
    B: '"two\r\nlines"',
    C: "plain text",
    D: "",
    E: "",
    F: "`q`",
    G: "end",
  });
  assert.equal((plain(document.root) as Record<string, unknown>)["B"], "two\nlines");
  assert.ok(document.root.kind === "map");
  for (const [name, { keyStart, keyEnd }] of document.root.entries) {
    assert.equal(text.slice(keyStart, keyEnd), name);
  }
  const emptyOnes = findScalars(document.root).filter(({ node }) => node.start === node.end);
  assert.deepEqual(
    emptyOnes.map(({ node }) => text.slice(0, node.start).split("\n").at(-1)),
    ["D=", "E: "],
  );
});

const PIECES = [
  ..."AB=:#'\"`\\ \t\n\r\f\u2028\u2029\ufeff\u00a0x",
  ...'\nA=·\nB=·\nexport C=·\nD: ·\r\n·\\n·\\r·\\"· #·y z·1.-'.split("·"),
];

const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 });

test("whatever it reads, it reads as both of dotenv's own readers do", async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(pieces, async (list) => {
      const text = `A=${list.join("")}`;
      if (await isReadAlike(text)) read += 1;
    }),
    { numRuns: 3_000 },
  );
  assert.ok(read > 300, `only ${read} texts were read`);
});

test("quoted, exported, commented and multi-line values are read as both of dotenv's own readers do", async () => {
  const inside = fc
    .array(fc.constantFrom(..."ab \\'\"`#=$\n", "\\n", "\\r", "\r\n", " # ", "${A}"), { maxLength: 6 })
    .map((parts) => parts.join(""));
  const quoted = fc
    .tuple(fc.constantFrom("'", '"', "`", ""), inside)
    .map(([quote, text]) => quote + (quote === "" ? text.replaceAll(/[\r\n]/g, "") : text) + quote);
  const before = fc.constantFrom("", "export ", "  ", "# c\n", "\n");
  const assign = fc.constantFrom("=", " = ", ": ", "=  ");
  const after = fc.constantFrom("", " ", " # c", "#c", " # 'c'", '\t# "c');
  const lines = fc.array(fc.tuple(before, assign, quoted, after), { maxLength: 4 });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(lines, fc.constantFrom("\n", "\r\n"), async (list, lineBreak) => {
      const text = list
        .map(([start, equals, value, end], index) => `${start}V${index}${equals}${value}${end}${lineBreak}`)
        .join("");
      if (await isReadAlike(text)) read += 1;
    }),
    { numRuns: 2_000 },
  );
  assert.ok(read > 700, `only ${read} texts were read`);
});

test("plain lines are read as both of dotenv's own readers do", async () => {
  const value = fc.string({ unit: fc.constantFrom(..."aZ09+/=_:,.@~-"), maxLength: 12 });
  const comment = fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((text) => `#${text}`);
  const assignment = fc
    .tuple(fc.constantFrom("A", "b_1", "_", "EXPORT"), value)
    .map((pair) => pair.join("="));
  const lines = fc.array(fc.oneof(assignment, comment, fc.constantFrom("", "\r")), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lines, async (list) => {
      const names = list
        .filter((line) => line.includes("=") && !line.startsWith("#"))
        .map((line) => line.split("=")[0]);
      fc.pre(new Set(names).size === names.length);
      const text = list.join("\n");
      const found = plain((await parse(text)).root);
      assert.deepEqual(found, { ...dotenv.parse(text) });
      assert.deepEqual(found, { ...dotenv.parse(text, { fast: true }) });
    }),
    { numRuns: 2_000 },
  );
});

test("what dotenv would pass over, or read otherwise than it looks, is refused at its place", async () => {
  const noLine = "a line that is neither empty, nor a comment, nor NAME=value";
  const notClosed = "a quote that is not closed at the end of its value";
  await checkMalformed(
    [
      [`A=1\n${CANARY}`, 2, 1, noLine],
      [`A=1\n  export ${CANARY}`, 2, 3, noLine],
      [`A:${CANARY}`, 1, 1, noLine],
      ["A:\nB=1", 1, 1, noLine],
      [`A\n=${CANARY}`, 1, 1, noLine],
      [`A=\n'${CANARY}'`, 2, 1, noLine],
      [`a b=${CANARY}`, 1, 1, noLine],
      [`=${CANARY}`, 1, 1, noLine],
      [`é=${CANARY}`, 1, 1, noLine],
      [`A="${CANARY}`, 1, 3, notClosed],
      [`# c\r\nA= "${CANARY}\r\nB=2`, 2, 4, notClosed],
      [`A='${CANARY}' b`, 1, 3, notClosed],
      [`A="a # ${CANARY}"b`, 1, 3, notClosed],
      ["A='", 1, 3, notClosed],
      [`A=1\r\nB=2\r\nA=${CANARY}`, 3, 1, "a key that stands here twice"],
      [
        `export __proto__=${CANARY}`,
        1,
        8,
        "a key that is not allowed, because JavaScript gives it a meaning of its own",
      ],
      [`# ${CANARY}\u2028HIDDEN=1`, 1, 18, "dotenv would read a variable here"],
      [`A='x' \u2028B=1`, 1, 3, notClosed],
    ],
    ".env",
    "the dotenv file cannot be read: ",
  );
});

test("the number of variables is limited", async () => {
  const { code, line } = await refusalOf("A=1\nB=2\nC=3", ".env", { ...DEFAULT_LIMITS, maxNodes: 2 });
  assert.deepEqual([code, line], ["ERR_LIMIT_EXCEEDED", 3]);
});

test("a megabyte of empty lines, blanks, quotes or comments is read in a time that fits its size", async () => {
  const started = performance.now();
  const texts = [
    `${"\n".repeat(1_000_000)}# end`,
    `${" ".repeat(1_000_000)}# end`,
    `export${" ".repeat(1_000_000)}=1`,
    `A="${'\\"'.repeat(500_000)}"`,
    `A="${'\\"#'.repeat(300_000)}"`,
    "# comment\n".repeat(100_000),
  ];
  for (const text of texts) await parse(text);
  assert.ok(performance.now() - started < 20_000);
});

/** Reads a text as both of dotenv's own readers do; false for one that we let nobody read. */
async function isReadAlike(text: string): Promise<boolean> {
  const document = await parse(text).catch((error: unknown) => {
    if (error instanceof SourceError && error.code === "ERR_FORMAT_SYNTAX") return undefined;
    throw error;
  });
  if (document === undefined) return false;
  assert.deepEqual(plain(document.root), { ...dotenv.parse(text) });
  assert.deepEqual(plain(document.root), { ...dotenv.parse(text, { fast: true }) });
  return true;
}
