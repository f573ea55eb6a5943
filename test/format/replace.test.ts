import assert from "node:assert/strict";
import { test } from "node:test";

import dotenv from "dotenv";
import fc from "fast-check";

import type { JsonValue } from "../../src/bytes/index.ts";
import { SourceError } from "../../src/errors/index.ts";
import { type FoundScalar, findScalars, parseDocument } from "../../src/format/index.ts";
import { replaceScalars } from "../../src/format/replace.ts";
import { awkwardText, CANARY, plain } from "./support.ts";

/** Puts values at paths, `a.b.0`, of a text. */
async function put(file: string, text: string, values: Readonly<Record<string, JsonValue>>): Promise<string> {
  const document = await parseDocument(text, { file });
  const found = new Map(findScalars(document.root).map((scalar) => [scalar.path.join("."), scalar.node]));
  const edits = Object.entries(values).map(([path, value]) => {
    const node = found.get(path);
    assert.ok(node !== undefined, path);
    return { node, value };
  });
  return await replaceScalars(document, edits);
}

const YAML_TEXT = `\ufeff# app
db: # c
    host: old # primary
    password:   'old'
    "token": "old" # quoted
    key: |  # pem
        old
        lines

    last: >-
        old
list:
- one
- k: old
  l: &x old
  m: *x
-
flow: [old, {a: 'old', b, c: }]
empty:
none: # c
end: old`;

test("a YAML file changes in its values alone", async () => {
  const rows: readonly (readonly [path: string, value: JsonValue, from: string, to: string])[] = [
    ["db.host", "new", "old # primary", "new # primary"],
    ["db.host", "a: b", "old # primary", '"a: b" # primary'],
    ["db.host", "two\nlines", "old # primary", '"two\\nlines" # primary'],
    ["db.host", "true", "old # primary", '"true" # primary'],
    ["db.host", "it's", "old # primary", "it's # primary"],
    ["db.host", true, "old # primary", "true # primary"],
    ["db.host", { a: [1, "x"] }, "old # primary", '{"a":[1,"x"]} # primary'],
    ["db.password", "it's", "   'old'", "   'it''s'"],
    ["db.password", "a\nb", "   'old'", '   "a\\nb"'],
    ["db.token", "new", '"old" # q', '"new" # q'],
    ["db.key", "new", "|  # pem\n        old\n        lines", "new  # pem"],
    ["db.key", "a\nb\n", "|  # pem\n        old\n        lines", "|  # pem\n        a\n        b"],
    ["db.key", "a\nb", "|  # pem\n        old\n        lines", "|-  # pem\n        a\n        b"],
    ["db.key", " a\nb\n", "|  # pem\n        old\n        lines", "|4  # pem\n         a\n        b"],
    ["db.key", "a\nb\n\n", "|  # pem\n        old\n        lines", '"a\\nb\\n\\n"  # pem'],
    ["db.last", "a\n\nb\n\n", ">-\n        old", "|+\n        a\n\n        b\n"],
    ["list.0", "a\nb\n", "- one", "- |\n    a\n    b"],
    ["list.1.k", "a\nb\n", "k: old", "k: |\n      a\n      b"],
    ["list.1.l", 5, "&x old", "&x 5"],
    ["list.2", "new", "-\nflow", "- new\nflow"],
    ["flow.0", "a, b", "[old", '["a, b"'],
    ["flow.1.a", "new", "{a: 'old'", '{a: "new"'],
    ["flow.1.c", null, "c: }", "c: null }"],
    ["empty", "new", "empty:", "empty: new"],
    ["none", 7, "none: # c", "none: 7 # c"],
    ["end", "a\nb\n", "end: old", "end: |\n    a\n    b\n"],
    ["end", "sealed:v1:raw:local/dev=ab+/=", "end: old", "end: sealed:v1:raw:local/dev=ab+/="],
  ];
  for (const lineBreak of ["\n", "\r\n"]) {
    const text = YAML_TEXT.replaceAll("\n", lineBreak);
    for (const [path, value, from, to] of rows) {
      const written = from.replaceAll("\n", lineBreak);
      assert.equal(text.split(written).length, 2, `${from} stands once`);
      assert.equal(
        await put("a.yaml", text, { [path]: value }),
        text.replace(written, () => to.replaceAll("\n", lineBreak)),
        `${path} ${JSON.stringify(value)}`,
      );
    }
  }
});

test("many values change at once, in whatever order they are given", async () => {
  const text = await put("a.yaml", "a: 1\nb: [x, y]\nc:\n  d: z\n", { "c.d": 3, a: "one", "b.1": "two" });
  assert.equal(text, 'a: one\nb: [x, "two"]\nc:\n  d: 3\n');
  assert.equal(await put("a.yaml", YAML_TEXT, {}), YAML_TEXT);
});

test("a JSON file changes in its values alone", async () => {
  const text = '\ufeff{\r\n\t"a" : "old",  "b": [1, {"c": null} ]\r\n}';
  assert.equal(
    await put("a.json", text, { a: 'say "hi"\n', "b.0": 1e20, "b.1.c": { d: [true] } }),
    '\ufeff{\r\n\t"a" : "say \\"hi\\"\\n",  "b": [1e+20, {"c": {"d":[true]}} ]\r\n}',
  );
});

test("a dotenv file changes in its values alone", async () => {
  const text = "# c\r\nexport A = old # c\r\nB='old'\r\nC=\"old\r\nlines\"#c\r\nD=\r\nE:  \r\nF=old";
  const rows: readonly (readonly [name: string, value: JsonValue, from: string, to: string])[] = [
    ["A", "new", "A = old", "A = new"],
    ["A", "a b", "A = old", "A = 'a b'"],
    ["A", "it's # 1", "A = old", "A = `it's # 1`"],
    ["A", "it's `1`", "A = old", 'A = "it\'s `1`"'],
    ["A", "\r", "A = old", 'A = "\\r"'],
    ["A", "", "A = old", "A = ''"],
    ["A", "C:\\dir\\", "A = old", "A = C:\\dir\\"],
    ["A", 5, "A = old", "A = 5"],
    ["A", { a: "b" }, "A = old", 'A = \'{"a":"b"}\''],
    ["B", "new", "'old'", "'new'"],
    ["B", "it's", "'old'", "`it's`"],
    ["C", "two\nlines", '"old\r\nlines"', '"two\r\nlines"'],
    ["C", "back\\nslash", '"old\r\nlines"', "'back\\nslash'"],
    ["D", "new", "D=\r\n", "D=new\r\n"],
    ["E", "new", "E:  \r\n", "E: new \r\n"],
    ["F", "sealed:v1:raw:local/dev=ab+/=", "F=old", "F=sealed:v1:raw:local/dev=ab+/="],
  ];
  for (const [name, value, from, to] of rows) {
    const changed = await put(".env", text, { [name]: value });
    assert.equal(
      changed,
      text.replace(from, () => to),
      `${name} ${JSON.stringify(value)}`,
    );
    assert.equal(dotenv.parse(changed)[name], typeof value === "string" ? value : JSON.stringify(value));
  }
});

test("what cannot be written is refused with its place, and without the value", async () => {
  const rows: readonly (readonly [
    file: string,
    text: string,
    path: string,
    value: JsonValue,
    message: string,
  ])[] = [
    [
      ".env",
      "A=1\nB=2",
      "B",
      `'"\`#${CANARY}`,
      ".env:2:3 (B): this value cannot be written in a dotenv file here",
    ],
    [
      "a.yaml",
      "a: &x 1\nb: *x",
      "b",
      CANARY,
      "a.yaml:2:4 (b): a value that an alias repeats cannot be changed here",
    ],
    [
      "a.yaml",
      "a: {<<: {b: 1}}",
      "a.b",
      CANARY,
      "a.yaml:1:13 (a.b): a value that an alias repeats cannot be changed here",
    ],
    ["a.yaml", "? a\n? b\n", "b", CANARY, "a.yaml:2:4 (b): a key without a colon has no value to change"],
    [
      "a.yaml",
      "a: !!int 5",
      "a",
      CANARY,
      "a.yaml:1:10 (a): this value cannot be written in a YAML document here",
    ],
    ["a.yaml", "text", "", null, "a.yaml:1:1: this value cannot be written in a YAML document here"],
    [
      "a.yaml",
      "a: 1",
      "a",
      `${CANARY}\ud800`,
      "a.yaml:1:4 (a): this value cannot be written in a YAML document here",
    ],
    [
      "a.json",
      "[1]",
      "0",
      `${CANARY}\ud800`,
      "a.json:1:2 ([0]): this value cannot be written in a JSON document here",
    ],
  ];
  for (const [file, text, path, value, message] of rows) {
    await assert.rejects(put(file, text, { [path]: value }), (error) => {
      assert.ok(error instanceof SourceError);
      assert.deepEqual([error.code, error.message], ["ERR_FORMAT_SYNTAX", message]);
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(CANARY));
      return true;
    });
  }
});

test("a value that was written elsewhere is taken as it is written, where it has the value here too", async () => {
  const putWritten = async (file: string, text: string, written: readonly string[]): Promise<string> => {
    const document = await parseDocument(text, { file });
    const edits = findScalars(document.root).flatMap(({ node }, index) => {
      const one = written[index];
      return one === undefined ? [] : [{ node, value: "a b", written: one }];
    });
    return await replaceScalars(document, edits);
  };
  const rows: readonly (readonly [
    file: string,
    text: string,
    written: readonly string[],
    changed: string,
  ])[] = [
    ["a.yaml", "x: 1\ny: '2'\n", ["'a b'", "a b"], "x: 'a b'\ny: a b\n"],
    ["a.yaml", "x: 1\ny: 2\n", ['!!str "a\\x20b"', ">-\n  a\n  b"], 'x: !!str "a\\x20b"\ny: >-\n  a\n  b\n'],
    // It has another value here.
    ["a.yaml", "x: 1\ny: 2\n", ["'a b'", "b"], "x: 'a b'\ny: a b\n"],
    ["a.yaml", "x: [1, 2]\n", ["a b", "a, b"], 'x: ["a b", "a b"]\n'],
    // It is more than a value.
    ["a.yaml", "x: 1\ny: 2\n", ["'a b'", "a b\nz: 1"], "x: a b\ny: a b\n"],
    ["a.yaml", "x: 1\ny: 2\n", ["'a b'", "[a b"], "x: a b\ny: a b\n"],
    ["a.json", "[1, 2]", ['"a\\u0020b"', "a b"], '["a b", "a b"]'],
    [".env", "X=1\nY=2", ['"a b"', "a b"], 'X="a b"\nY=a b'],
    [".env", "X=1\nY=2", ['"a b"', "b"], "X=\"a b\"\nY='a b'"],
  ];
  for (const [file, text, written, changed] of rows) {
    assert.equal(await putWritten(file, text, written), changed, `${JSON.stringify(text)} ${written.join()}`);
  }
});

test("a scalar of another document, or a number JSON has no way to write, is the caller's mistake", async () => {
  const [one, other] = await Promise.all(
    ["a: 1", "a: 1"].map(async (text) => await parseDocument(text, { file: "a.yaml" })),
  );
  assert.ok(one !== undefined && other !== undefined);
  const [scalar] = findScalars(other.root);
  assert.ok(scalar !== undefined);
  await assert.rejects(replaceScalars(one, [{ node: scalar.node, value: 2 }]), TypeError);
  await assert.rejects(replaceScalars(other, [{ node: scalar.node, value: Infinity }]), TypeError);
});

const YAML_TEXTS = [
  YAML_TEXT,
  "a: x\nb: y # c\n  # deep\n    # deeper\nc:\n  d: z\n# end\n  # more\ne: q",
  "- x\n\n\n# c\n- y\n-   k: v\n    l: w\n- - n\n  - m\n",
  "a:\n  - b: c\n    d:\n    - e\n    -\n",
  "k: >+\n  a\n\n\nz: |\n  t\n   \n\ny: |-\n\nw: 1\n",
  "a:\n\n  x\n\nb: multi\n  line\n",
  "&k a: x\nb: &m\n  c: y\n? d\n: e\n",
  "a: 'x'   \nb: x \t\nc: \n",
  "--- # c\na: x\n...\n",
  '{a: x, b: [y, z], c, "d":e, f: }\n',
];

const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: awkwardText },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(true, false, null, { a: ["b", { "c: d": "\u0085" }] }, [], {}),
);

const withEdits = (texts: readonly string[], value: fc.Arbitrary<JsonValue>) =>
  fc.tuple(
    fc.constantFrom(...texts, ...texts.map((text) => text.replaceAll("\n", "\r\n"))),
    fc.array(fc.tuple(fc.nat(), value), { minLength: 1, maxLength: 3 }),
  );

/** Puts values at scalars that are chosen by number; returns what should be read then. */
async function putSome(
  file: string,
  text: string,
  values: readonly (readonly [number, JsonValue])[],
): Promise<{ changed: string; expected: ReadonlyMap<string, JsonValue> }> {
  const document = await parseDocument(text, { file });
  const scalars = findScalars(document.root).filter(({ node }) => {
    const isKeyWithoutColon = node.start === node.end && /\w/.test(text[node.start - 1] ?? "");
    return !node.aliased && !isKeyWithoutColon;
  });
  const chosen = values.map(
    ([index, value]) => [scalars[index % scalars.length] as FoundScalar, value] as const,
  );
  const changed = await replaceScalars(
    document,
    chosen.map(([{ node }, value]) => ({ node, value })),
  );
  return { changed, expected: new Map(chosen.map(([{ path }, value]) => [path.join("."), value])) };
}

test("any string and any number can be written at any place of a YAML or JSON file, and reads back the same", async () => {
  const files = fc.oneof(
    fc.tuple(fc.constant("a.yaml"), withEdits(YAML_TEXTS, anyValue)),
    fc.tuple(fc.constant("a.json"), withEdits(['{"a": 1,\n "b": ["x", null]}'], anyValue)),
  );
  await fc.assert(
    fc.asyncProperty(files, async ([file, [text, values]]) => {
      const { changed, expected } = await putSome(file, text, values);
      const root = plain((await parseDocument(changed, { file })).root);
      for (const [path, value] of expected) {
        let at = root;
        for (const key of path.split(".")) at = (at as Record<string, unknown>)[key];
        assert.deepEqual(at, Object.is(value, -0) ? 0 : value);
      }
    }),
    { numRuns: 1_500 },
  );
});

test("a string that a dotenv file can hold reads back the same with dotenv, and no other variable changes", async () => {
  const texts = ["A=x\nB='y' # c\nexport C=\"z\"\n\n# c\nD=\nE: f\nF:   \nG=`a\nb`\nH=h#c\nI = j"];
  let written = 0;
  await fc.assert(
    fc.asyncProperty(withEdits(texts, awkwardText), async ([text, values]) => {
      const result = await putSome(".env", text, values).catch((error: unknown) => {
        if (error instanceof SourceError && error.code === "ERR_FORMAT_SYNTAX") return undefined;
        throw error;
      });
      if (result === undefined) return;
      written += 1;
      assert.deepEqual(
        { ...dotenv.parse(result.changed) },
        { ...dotenv.parse(text), ...Object.fromEntries(result.expected) },
      );
    }),
    { numRuns: 1_500 },
  );
  assert.ok(written > 750, `only ${written} were written`);
});

test("five thousand values of a large file are replaced in a time that fits its size", async () => {
  const text = Array.from({ length: 5_000 }, (_, index) => `key${index}: old # c\ntext${index}: x\n`).join(
    "",
  );
  const document = await parseDocument(text, { file: "a.yaml" });
  const started = performance.now();
  const edits = findScalars(document.root).map(({ node }, index) => ({
    node,
    value: index % 2 === 0 ? `new ${index}` : `two\nlines ${index}\n`,
  }));
  const changed = await replaceScalars(document, edits);
  assert.ok(changed.endsWith("key4999: new 9998 # c\ntext4999: |\n  two\n  lines 9999\n"));
  assert.ok(performance.now() - started < 20_000);
});
