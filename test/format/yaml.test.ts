import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";
import YAML from "yaml";

import { SourceError } from "../../src/errors/index.ts";
import { type Document, parseDocument } from "../../src/format/index.ts";
import { CANARY, checkMalformed, plain } from "./support.ts";

const parse = async (text: string): Promise<Document> => await parseDocument(text, { file: "a.yaml" });

test("reads the core schema's values, whatever way they are written", async () => {
  const rows: readonly string[] = [
    "a: 1\nb: -1.5e3\nc: .5\nd: 0x1F\ne: 0o17\nf: 1e20\ng: 9007199254740991\nh: +5",
    "a: true\nb: FALSE\nc: null\nd: ~\ne:\nf: yes\ng: off",
    "a: .inf\nb: -.INF\nc: .nan",
    "a: 'it''s'\nb: \"x\\ty\\u00e9\\x41\\\n  z\"\nc: plain # comment\nd: two\n  lines\n\n  more",
    "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\nc: |2+\n    x\n\nd: |-\n  x\n",
    "- a\n- - b\n  - c\n- d: e\n  f: g\n-\n",
    "a: [1, [2], {b: c, d}, e: f, ]\ng: {}\nh: []",
    "? a\n: b\n? c\n",
    "'q': 1\n\"r\": 2\n3: three\ntrue: t\n1.50: f\n",
    "a: !!str 12\nb: !!int '12'\nc: !!null ''\nd: !!bool 'true'\ne: !!map {f: g}\nh: !!seq [i]\nj: ! 12",
    "%YAML 1.2\n---\na: 1\n...\n",
    "--- text",
    "\ufeffa: 1\r\nb:\r\n  - c\r\n",
    "\ufeff---\na: 1",
    "a: 1e-400\nb: 123456789012345678901234567890.5",
    "a: <<\n'<<': b",
  ];
  for (const text of rows) assert.deepEqual(plain((await parse(text)).root), YAML.parse(text), text);
});

test("a file with nothing in it is an empty map", async () => {
  for (const text of ["", "\n", "# comment\n", "---\n", "---\n# c\n...\n", "null\n", "~", "\ufeff"]) {
    assert.deepEqual(plain((await parse(text)).root), {}, JSON.stringify(text));
  }
});

test("a byte order mark stands before whatever a document can begin with", async () => {
  for (const text of [
    "- a\n- b\n",
    "- a: 1\n  b: 2\n",
    "  a: 1\n  b: 2\n",
    "# c\n--- x",
    "%YAML 1.2\n---\na: 1\n",
  ]) {
    assert.deepEqual(plain((await parse(`\ufeff${text}`)).root), YAML.parse(text), text);
  }
});

test("an alias repeats the last value that was anchored by its name", async () => {
  const { root } = await parse("a: &x 1\nb: *x\nc: &x [&y {k: 2}]\nd: *x\ne: *y\n&z f: *z\n");
  assert.deepEqual(plain(root), { a: 1, b: 1, c: [{ k: 2 }], d: [{ k: 2 }], e: { k: 2 }, f: "f" });
});

test("merge keys bring what is not there: own keys win, then the earlier map", async () => {
  const rows: readonly (readonly [text: string, value: unknown])[] = [
    ["a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3", { a: { x: 1, y: 2 }, b: { x: 3, y: 2 } }],
    ["a: &a {x: 1, y: 2}\nb:\n  x: 3\n  <<: *a", { a: { x: 1, y: 2 }, b: { x: 3, y: 2 } }],
    ["<<: [{x: 1}, {x: 2, y: 3}]\nz: 4", { x: 1, y: 3, z: 4 }],
    ["<<: {a: {b: 1}}\na: {c: 2}", { a: { c: 2 } }],
    [
      "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [*b], z: 3}",
      { a: { x: 1 }, b: { x: 1, y: 2 }, c: { x: 1, y: 2, z: 3 } },
    ],
    ["l: &l [{x: 1}, {y: 2}]\nm: {<<: *l}", { l: [{ x: 1 }, { y: 2 }], m: { x: 1, y: 2 } }],
  ];
  for (const [text, value] of rows) {
    const { root } = await parse(text);
    assert.deepEqual(plain(root), value, text);
    assert.deepEqual(plain(root), YAML.parse(text, { merge: true }), text);
    assert.deepEqual(JSON.stringify(plain(root)), JSON.stringify(YAML.parse(text, { merge: true })), text);
  }
});

test("merges of merges give what the yaml package gives", async () => {
  const member = fc.oneof(fc.constantFrom("a: 1", "b: 2", "c: {a: 3}", "d: [4]"), fc.nat({ max: 9 }));
  const maps = fc.array(fc.uniqueArray(member, { maxLength: 5 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(maps, fc.boolean(), async (lists, inList) => {
      const lines = lists.map((members, index) => {
        const sources = members
          .filter((one) => typeof one === "number" && one < index)
          .map((one) => `*m${one}`);
        const merge = inList || sources.length > 1 ? `[${sources.join(", ")}]` : sources[0];
        const own: string[] = members.filter((one) => typeof one === "string");
        own.splice(Math.floor(own.length / 2), 0, ...(sources.length > 0 ? [`<<: ${merge}`] : []));
        return `m${index}: &m${index} {${own.join(", ")}}\n`;
      });
      const text = lines.join("");
      assert.equal(
        JSON.stringify(plain((await parse(text)).root)),
        JSON.stringify(YAML.parse(text, { merge: true })),
      );
    }),
    { numRuns: 200 },
  );
});

test("keys that are not strings are told from those that are", async () => {
  const { root } = await parse("1: a\n'2': b\ntrue: c\n~: d\nx: e\n<<: {3: f}\n");
  assert.ok(root.kind === "map");
  assert.deepEqual(
    [...root.entries].map(([key, { keyIsString }]) => [key, keyIsString]),
    [
      ["1", false],
      ["2", true],
      ["true", false],
      ["", false],
      ["x", true],
      ["3", false],
    ],
  );
});

const PIECES = [
  ..."\n\n\n \t#'\"\\{}[],|~x",
  ..."a: ·b: ·- ·? ·: ·\n  ·\n    ·\r\n· # c·&x ·*x·&y ·*y·!!str ·!!int ·! ·>-·|+".split("·"),
  ..."yes·12·-0·0x1f·1e3·.5·null·true·---·...·\ufeff".split("·"),
];

const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }).map((parts) => parts.join(""));

const REFUSED_ON_PURPOSE =
  /a key that stands|a key that is not|a map or list as a key|a merge of|an alias|a tag that|an integer|a number that/;

test("reads as the yaml package does, or refuses for a reason of ours", async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(soup, fc.json({ maxDepth: 3 })), async (text) => {
      // It does not see a dash after a byte order mark.
      const reference = YAML.parseDocument(text.replace(/^\ufeff/, ""), { merge: true, logLevel: "error" });
      const isRead = reference.errors.length === 0 && reference.warnings.length === 0;
      const ours = await parse(text).catch((error: unknown) => {
        assert.ok(error instanceof SourceError && error.code === "ERR_FORMAT_SYNTAX");
        return error.message;
      });
      if (typeof ours === "string") {
        if (isRead) assert.match(ours, REFUSED_ON_PURPOSE);
        return;
      }
      assert.ok(isRead, "what yaml refuses was read");
      assert.deepEqual(plain(ours.root), (reference.toJS() as unknown) ?? {});
      read += 1;
    }),
    { numRuns: 3_000 },
  );
  assert.ok(read > 300, `only ${read} texts were read`);
});

test("malformed YAML is refused with its place and a reason that quotes nothing", async () => {
  const indent = "the indentation does not fit the lines around it, or a bracket is not closed";
  const missing = "a bracket, quote, comma, colon, space or line break is missing";
  const forbidden = "a key that is not allowed, because JavaScript gives it a meaning of its own";
  const twice = "a key that stands here twice";
  const tag = "a tag that is not read here, or a value that does not fit it";
  const integer = "an integer beyond 2^53 - 1: write it as a string";
  await checkMalformed(
    [
      [`a: 1\n\tb: ${CANARY}`, 2, 1, "tabs cannot indent: use spaces"],
      [`a: ${CANARY}\n b: 1`, 1, 4, "a nested map or list must start on a line of its own"],
      [`a: ${CANARY}: b`, 1, 4, "a nested map or list must start on a line of its own"],
      [`a: 1\n${CANARY}\nb: 2`, 2, 1, "a key must stand on one line and be followed by a colon"],
      [`a:\n  - ${CANARY}\n b: 1`, 3, 1, indent],
      [`a: [1, ${CANARY}`, 1, 9 + CANARY.length - 1, indent],
      [`a: "${CANARY}`, 1, 5 + CANARY.length, missing],
      [`a: "${CANARY}\\q"`, 1, 5 + CANARY.length, "an escape that YAML does not know"],
      [`a: @${CANARY}`, 1, 4, "a value cannot start with this character: quote it"],
      [`a: ]${CANARY}`, 1, 4, "text that is not expected here"],
      [`a: *${CANARY}`, 1, 4, "an alias of what is not anchored before it"],
      [`a: &${CANARY} [*${CANARY}]`, 1, 7 + CANARY.length, "an alias within the value that it repeats"],
      [`&a &${CANARY} b`, 1, 4, "more than one anchor for a value"],
      [`!!str !${CANARY} b`, 1, 7, "more than one tag for a value"],
      [`a: !${CANARY} b`, 1, 4, tag],
      [`a: !!binary ${CANARY}`, 1, 4, tag],
      [`a: !!int ${CANARY}`, 1, 4, tag],
      [`a: !!set {${CANARY}}`, 1, 4, tag],
      [`a: 1\n---\nb: ${CANARY}`, 2, 1, "more than one document in the file"],
      ["a: 1\n---\n", 2, 1, "more than one document in the file"],
      [`%${CANARY}\n---\na: 1`, 1, 1, "a directive that is not known"],
      ["# c\n%YAML 1.1\n---\na: yes", 2, 1, "a YAML version other than 1.2"],
      [`${CANARY}: 1\nb: 2\n"${CANARY}": 3`, 3, 1, twice],
      [`{1: a, '1': ${CANARY}}`, 1, 8, twice],
      [`<<: {a: 1}\n<<: {b: ${CANARY}}`, 2, 1, twice],
      [`a: {__proto__: ${CANARY}}`, 1, 5, forbidden],
      [`a:\r\n  "constructor": ${CANARY}`, 2, 3, forbidden],
      [`- prototype: ${CANARY}`, 1, 3, forbidden],
      [`a: {<<: {prototype: ${CANARY}}}`, 1, 10, forbidden],
      [`&k __proto__: ${CANARY}`, 1, 4, forbidden],
      [`a: &k __proto__\n*k : ${CANARY}`, 2, 1, forbidden],
      [`[${CANARY}]: 1`, 1, 1, "a map or list as a key"],
      [`? {a: ${CANARY}}\n: 1`, 1, 3, "a map or list as a key"],
      [`a: &a [x]\n*a : ${CANARY}`, 2, 1, "a map or list as a key"],
      [`<<: ${CANARY}`, 1, 5, "a merge of what is not a map"],
      ["a: 1\n<<:", 2, 4, "a merge of what is not a map"],
      [`<<: [{a: 1}, ${CANARY}]`, 1, 14, "a merge of what is not a map"],
      ["a: 9007199254740992", 1, 4, integer],
      ["a: -9007199254740993", 1, 4, integer],
      ["a: 0xffffffffffffffff", 1, 4, integer],
      ["9007199254740993: a", 1, 1, integer],
      [`a: ${"9".repeat(400)}`, 1, 4, integer],
      ["a: 1e400", 1, 4, "a number that is too large"],
      ['a: "\\ud800"', 1, 4, "a string with half of a surrogate pair"],
      ['"\\udfff": a', 1, 1, "a string with half of a surrogate pair"],
    ],
    "a.yaml",
    "the YAML cannot be read: ",
  );
});
