import assert from "node:assert/strict";
import { test } from "node:test";

import type { JsonValue } from "../../src/bytes/index.ts";
import { parseDocument } from "../../src/format/index.ts";
import { setValue } from "../../src/format/set-value.ts";
import { ANY_INDEX, parsePath } from "../../src/path/path.ts";
import { CANARY, checkEdits, checkRefusals, type Edit, type EditRow } from "./support.ts";

async function checkSet(file: string, rows: readonly EditRow[], value: JsonValue = "new"): Promise<void> {
  await checkEdits(file, rows, async (document, path) => await setValue(document, path, value));
}

test("a scalar that is there is replaced where it stands", async () => {
  await checkSet("a.yaml", [
    ["a: old # c\nb: 1", "a", "a: new # c\nb: 1"],
    ["a:\n  - b: 'old'\n", "a[0].b", "a:\n  - b: 'new'\n"],
    ["a:\n  - b: 'old'\n", "/a/0/b", "a:\n  - b: 'new'\n"],
    ["a: [1, old]\n", "a[1]", 'a: [1, "new"]\n'],
    ["1: old\n", "1", "1: new\n"],
    ["a:\n", "a", "a: new\n"],
    ["a: |\n  old\n  text\nb: 1\n", "a", "a: new\nb: 1\n"],
    ["a: &unused old\n", "a", "a: &unused new\n"],
  ]);
  const root = await parseDocument("old # c", { file: "a.yaml" });
  assert.equal(await setValue(root, [], "new"), "new # c");
  await checkSet("a.json", [['{"a": [1, null]}', "a[1]", '{"a": [1, "new"]}']]);
  await checkSet(".env", [["export A='old' # c\nB=1", "A", "export A='new' # c\nB=1"]]);
});

test("a key is added at the end of its block map, in the map's indentation", async () => {
  await checkSet("a.yaml", [
    ["a: 1\n", "b", "a: 1\nb: new\n"],
    ["a: 1", "b", "a: 1\nb: new"],
    ["a: 1\nc:\n    d: 2\ne: 3\n", "c.x", "a: 1\nc:\n    d: 2\n    x: new\ne: 3\n"],
    ["a:\n  b: 1\n\n\nc: 2\n", "a.x", "a:\n  b: 1\n  x: new\n\n\nc: 2\n"],
    ["a:\n- b: 1\n  c: 2\n- d: 3\n", "a[0].x", "a:\n- b: 1\n  c: 2\n  x: new\n- d: 3\n"],
    ["-   b: 1\n", "[0].x", "-   b: 1\n    x: new\n"],
    ["? a\n: b\n", "x", "? a\n: b\nx: new\n"],
    ["&k a: 1\n", "x", "&k a: 1\nx: new\n"],
    ["--- # c\na: 1\n...\n# end\n", "x", "--- # c\na: 1\nx: new\n...\n# end\n"],
    ["a: {b: [\n  1]}\n", "x", "a: {b: [\n  1]}\nx: new\n"],
    ["a:\n  - 1\n  -\n", "x", "a:\n  - 1\n  -\nx: new\n"],
    ["a: &m {k: 1}\nb:\n  <<: *m\n", "b.x", "a: &m {k: 1}\nb:\n  <<: *m\n  x: new\n"],
    ["a: &m {k: 1}\nb:\n  k: 2\n  <<: *m\n", "a.k", 'a: &m {k: "new"}\nb:\n  k: 2\n  <<: *m\n'],
  ]);
});

test("comments that are indented further belong to the entry above, and others to what follows", async () => {
  await checkSet("a.yaml", [
    [
      "a:\n  b: 1 # c\n    # more\n# about d\nd: 2\n",
      "a.x",
      "a:\n  b: 1 # c\n    # more\n  x: new\n# about d\nd: 2\n",
    ],
    [
      "a:\n  b: 1\n  # about what was here\nd: 2\n",
      "a.x",
      "a:\n  b: 1\n  x: new\n  # about what was here\nd: 2\n",
    ],
    [
      "a:\n  b:\n    c: 1\n\n    # d: 2\n\ne: 3\n",
      "a.x",
      "a:\n  b:\n    c: 1\n\n    # d: 2\n  x: new\n\ne: 3\n",
    ],
    ["a: 1\n  # more", "x", "a: 1\n  # more\nx: new"],
    ["a: 1\n\n# end", "x", "a: 1\nx: new\n\n# end"],
  ]);
});

test("a block scalar at the end of a map keeps its lines", async () => {
  await checkSet("a.yaml", [
    ["a:\n  b: |\n    text\n\nc: 1\n", "a.x", "a:\n  b: |\n    text\n  x: new\n\nc: 1\n"],
    ["a:\n  b: |+\n    text\n\n\nc: 1\n", "a.x", "a:\n  b: |+\n    text\n\n\n  x: new\nc: 1\n"],
    ["a: >2+\n    text\n\n", "x", "a: >2+\n    text\n\nx: new\n"],
    ["a: >-\n  text\n  # text", "x", "a: >-\n  text\n  # text\nx: new"],
    ["a: several\n  words # c\n", "x", "a: several\n  words # c\nx: new\n"],
  ]);
});

test("missing parents are added, in the file's own indentation", async () => {
  await checkSet("a.yaml", [
    ["a: 1\n", "b.c.d", "a: 1\nb:\n  c:\n    d: new\n"],
    ["a:\n    k: 1\n", "b.c.d", "a:\n    k: 1\nb:\n    c:\n        d: new\n"],
    ["l:\n - k:\n      x: 1\n", "b.c", "l:\n - k:\n      x: 1\nb:\n c: new\n"],
    ["a:\n   b:\n      k: 1", "a.x.z", "a:\n   b:\n      k: 1\n   x:\n      z: new"],
  ]);
});

test("a map takes the place of a null, of empty brackets and of nothing at all", async () => {
  await checkSet("a.yaml", [
    ["db:\nx: 1\n", "db.p", "db:\n  p: new\nx: 1\n"],
    ["db: null # c\nx: 1\n", "db.p", "db: # c\n  p: new\nx: 1\n"],
    ["db: ~", "db.p.q", "db:\n  p:\n    q: new"],
    ["db: {} # c\n", "db.p", "db: # c\n  p: new\n"],
    ["db:   { }\n", "db.p", "db:\n  p: new\n"],
    ["db:\n  null\n", "db.p", "db:\n  p: new\n"],
    ["db: &x\n", "db.p", "db: &x\n  p: new\n"],
    [
      "a:\n    k: 1\ndb: # c\n  # p: old\n\nx: 1\n",
      "db.p",
      "a:\n    k: 1\ndb: # c\n  # p: old\n  p: new\n\nx: 1\n",
    ],
    ["a:\n  db:\n", "a.db.p", "a:\n  db:\n    p: new\n"],
    ["l:\n- # c\n- null\n- {}\n", "l[0].p", "l:\n- p: new # c\n- null\n- {}\n"],
    ["l:\n- # c\n- null\n- {}\n", "l[1].p.q", "l:\n- # c\n- p:\n    q: new\n- {}\n"],
    ["l:\n- # c\n- null\n- {}\n", "l[2].p", "l:\n- # c\n- null\n- p: new\n"],
    ["", "db.p", "db:\n  p: new\n"],
    ["# c", "p", "# c\np: new"],
    ["# c\n\n", "db.p", "# c\n\ndb:\n  p: new\n"],
    ["---\n# c\n\n...\n", "p", "---\n# c\n\np: new\n...\n"],
    ["null # c\n", "p", "p: new # c\n"],
    ["--- ~ # c\n", "p", "--- # c\np: new\n"],
    ["{}\n", "p", "p: new\n"],
    ["--- {}", "p", "---\np: new"],
  ]);
});

test("in YAML's brackets a key is added before the closing one, and text in double quotes", async () => {
  await checkSet("a.yaml", [
    ["a: {b: 1}", "a.x", 'a: {b: 1, x: "new"}'],
    ["a: { b: 1, }", "a.x", 'a: { b: 1, x: "new", }'],
    ["a: {b: 1,c: 2}", "a.x.z", 'a: {b: 1,c: 2,x: {z: "new"}}'],
    ["a: {'b': 1}", "a.x", "a: {'b': 1, 'x': \"new\"}"],
    ["a: {b: 1}", "a.x,y", 'a: {b: 1, "x,y": "new"}'],
    ["a: {b, c: }", "a.x", 'a: {b, c: , x: "new"}'],
    ["a: {b: # c\n}\n", "a.x", 'a: {b:, x: "new" # c\n}\n'],
    ["a: [{}, ~, {k: {}}]", "a[0].x", 'a: [{x: "new"}, ~, {k: {}}]'],
    ["a: [{}, ~, {k: {}}]", "a[1].x", 'a: [{}, {x: "new"}, {k: {}}]'],
    ["a: [{}, ~, {k: }]", "a[2].k.x", 'a: [{}, ~, {k: {x: "new"} }]'],
    ["a: {\n  b: 1 # c\n}\n", "a.x", 'a: {\n  b: 1, # c\n  x: "new"\n}\n'],
    [
      "a: {\n  b: 1, # c\n  # end\n}\n",
      "a.x.z",
      'a: {\n  b: 1, # c\n  x: {\n    z: "new"\n  },\n  # end\n}\n',
    ],
    ["a: {\n  b: {}, c: ~}\n", "a.b.x", 'a: {\n  b: {\n    x: "new"\n  }, c: ~}\n'],
    ["{ # c\n}\n", "x", '{ # c\nx: "new"}\n'],
    ["m: &m {k: 1}\na: {<<: *m }", "a.x", 'm: &m {k: 1}\na: {<<: *m, x: "new" }'],
  ]);
});

test("an element is added at the end of a list", async () => {
  await checkSet("a.yaml", [
    ["l:\n- a # c\n  # more\nx: 1\n", "l[1]", "l:\n- a # c\n  # more\n- new\nx: 1\n"],
    ["l:\n  - k: 1", "l[1].k.m", "l:\n  - k: 1\n  - k:\n      m: new"],
    ["- - a\n- b\n", "[0][1]", "- - a\n  - new\n- b\n"],
    ["l: [a]\n", "l[1]", 'l: [a, "new"]\n'],
    ["l: []\n", "l[0]", "l:\n  - new\n"],
    ["l: [[]]\n", "l[0][0].k", 'l: [[{k: "new"}]]\n'],
  ]);
  await checkSet("a.json", [
    ['{"l": []}', "l[0]", '{"l": ["new"]}'],
    ['{"l": [1,2]}', "l[2].k", '{"l": [1,2,{"k": "new"}]}'],
    ["[\n\t1\n]\n", "[1]", '[\n\t1,\n\t"new"\n]\n'],
  ]);
});

test("keys and values are quoted as most are, and where they must be", async () => {
  await checkSet("a.yaml", [
    ['"a": "1"\n"b": c\n\'d\': "e"\n', "x", '"a": "1"\n"b": c\n\'d\': "e"\n"x": "new"\n'],
    ["a: 'b'\nc: 1\n", "x.z", "a: 'b'\nc: 1\nx:\n  z: 'new'\n"],
    ["a: 'b'\nc: d\n", "x", "a: 'b'\nc: d\nx: new\n"],
    ["a: 1\n", "yes", 'a: 1\n"yes": new\n'],
    ["a: 1\n", "1", 'a: 1\n"1": new\n'],
    ["a: 1\n", "<<", 'a: 1\n"<<": new\n'],
    ["a: 1\n", "k: # k", 'a: 1\n"k: # k": new\n'],
    ["a: 1\n", "a\\.b c", "a: 1\na.b c: new\n"],
    ["a: 1\n", "/", 'a: 1\n"": new\n'],
    ["'a': 1\n", "it's", "'a': 1\n'it''s': new\n"],
  ]);
  const values: readonly (readonly [JsonValue, string])[] = [
    ["a: b", '"a: b"'],
    ["two\nlines\n", '"two\\nlines\\n"'],
    ["12", '"12"'],
    [12, "12"],
    [null, "null"],
    [{ a: ["b"] }, '{"a":["b"]}'],
    ["sealed:v1:raw:local/dev=ab+/=", "sealed:v1:raw:local/dev=ab+/="],
  ];
  for (const [value, written] of values) await checkSet("a.yaml", [["", "a", `a: ${written}\n`]], value);
});

test("JSON gets what is added in its own layout", async () => {
  await checkSet("a.json", [
    ["{}", "a", '{\n  "a": "new"\n}'],
    ["{\n}\n", "a.b", '{\n  "a": {\n    "b": "new"\n  }\n}\n'],
    ["null\n", "a", '{\n  "a": "new"\n}\n'],
    ['{"a":1}', "b.c", '{"a":1,"b":{"c":"new"}}'],
    ['{"a": 1, "b" : 2 }', "c", '{"a": 1, "b" : 2, "c" : "new" }'],
    ['{\n\t"a": {}\n}\n', "a.b.c", '{\n\t"a": {\n\t\t"b": {\n\t\t\t"c": "new"\n\t\t}\n\t}\n}\n'],
    ['{\n    "a": null,\n    "b": 1}', "a.c", '{\n    "a": {\n        "c": "new"\n    },\n    "b": 1}'],
    ['{\n  "a": {"b": 1},\n  "c": 2\n}', "a.x.y", '{\n  "a": {"b": 1, "x": {"y": "new"}},\n  "c": 2\n}'],
    ['{\n  "a": {"b": 1},\n  "c": 2\n}', "d", '{\n  "a": {"b": 1},\n  "c": 2,\n  "d": "new"\n}'],
    [
      '{\n  "a": [\n    {\n      "b": 1\n    }\n  ]\n}',
      "a[0].c",
      '{\n  "a": [\n    {\n      "b": 1,\n      "c": "new"\n    }\n  ]\n}',
    ],
    ['{"a": {},\n "b": 1}', "a.c", '{"a": {"c": "new"},\n "b": 1}'],
    ['{"a": 1,\n "b": 2}', "c", '{"a": 1,\n "b": 2,\n "c": "new"}'],
  ]);
});

test("a dotenv file gets a new line at its end", async () => {
  await checkSet(".env", [
    ["", "A", "A=new\n"],
    ["A=1", "B", "A=1\nB=new"],
    ["A=1\n", "B", "A=1\nB=new\n"],
    ["A=1\n\n# end", "B", "A=1\n\n# end\nB=new"],
    ["A='x\ny' # c\n", "B", "A='x\ny' # c\nB='new'\n"],
    ['A="1"\nB="2"\nC=3', "D", 'A="1"\nB="2"\nC=3\nD="new"'],
    ["A=1\nexport B=2\n", "C", "A=1\nexport B=2\nexport C=new\n"],
    ["A=1\n", "a\\.b-c", "A=1\na.b-c=new\n"],
    ["A=1\r", "B", "A=1\rB=new\r"],
    ["# c\rA=1", "B", "# c\rA=1\rB=new"],
  ]);
  await checkSet(".env", [["A=1\n", "B", "A=1\nB='two\nlines # 1'\n"]], "two\nlines # 1");
  await checkSet(".env", [["A=1\rB=2", "A", "A='two\rlines'\rB=2"]], "two\nlines");
  await checkSet(".env", [["A=1\n", "B", "A=1\nB=`it's`\n"]], "it's");
  await checkSet(".env", [["A=1\n", "B", "A=1\nB=5\n"]], 5);
});

test("what cannot be set is refused with its place, what it is, and what to do", async () => {
  const aliased = "a value that an alias repeats cannot be changed here";
  const repeated = "an alias or a merge repeats this value elsewhere, so it cannot be changed here alone";
  const noColon = "a key without a colon has no value to change";
  const unwritable = "this value cannot be written in a YAML document here";
  const set: Edit = async (document, path) => await setValue(document, path, CANARY);
  await checkRefusals(
    "a.yaml",
    [
      ["a: {b: 1}", ["a"], "1:1 (a): the value here is a map", /name one of its values: a\.name/],
      ["a:\n  l:\n  - 1", ["a", "l"], "2:3 (a.l): the value here is a list", /a\.l\[0\]/],
      ["a: 1", [], "1:1: the value here is a map", /name/],
      [
        "a:\n  b: text",
        ["a", "b", "c", "d"],
        "2:6 (a.b): nothing can stand below this value",
        /another path/,
      ],
      ["a: ''", ["a", "b"], "1:4 (a): nothing can stand below this value", /another path/],
      ["l: [1]", ["l", 2], "1:1 (l): the list has 1 element", /\[1\] to add one/],
      ["l:\n- 1\n- 2", ["l", 4], "1:1 (l): the list has 2 elements", /\[2\] to add one/],
      ["l: [1]", ["l", "k"], "1:1 (l): a list has elements and no keys", /name one/],
      ["l: [1]", ["l", ANY_INDEX], "1:1 (l[]): the path does not say which element of the list", /index/],
      [
        "a: 1",
        ["l", ANY_INDEX, "k"],
        "1:1 (l[].k): the path does not say which element of the list",
        /index/,
      ],
      ["a: {b: 1}", ["a", 0], "1:1 (a[0]): the path names an element where no list is", /key/],
      ["a: ~", ["a", 0], "1:4 (a[0]): the path names an element where no list is", /key/],
      ["a: 1", ["l", 0], "1:1 (l[0]): the path names an element where no list is", /list first/],
      ["a: &x 1\nb: *x", ["b"], `2:4 (b): ${aliased}`, /where its anchor stands/],
      ["a: &x 1\nb: *x", ["a"], `1:7 (a): ${repeated}`, /write the value out in place of the alias/],
      ["a: &x\nb: *x", ["a", "k"], `1:6 (a): ${repeated}`, /in place of the alias/],
      ["a: &x {k: 1}\nb: *x", ["b", "k"], `1:11 (b.k): ${aliased}`, /where its anchor stands/],
      ["a: &x {k: 1}\nb: *x", ["b", "m"], `2:1 (b): ${aliased}`, /where its anchor stands/],
      ["a: &x {}\nb: {<<: *x}", ["a", "m"], `1:1 (a): ${repeated}`, /in place of the alias/],
      ["a: &x {k: 1}\nb: {<<: [*x]}", ["b", "k"], `1:11 (b.k): ${aliased}`, /anchor/],
      ["a: {k}", ["a", "k"], `1:6 (a.k): ${noColon}`, /colon/],
      ["? a\n? k\n", ["k"], `2:4 (k): ${noColon}`, /colon/],
      ["? a\n", ["a", "k"], `1:4 (a): ${noColon}`, /colon/],
      ["[a: 1]", [0, "k"], `1:2 ([0].k): ${unwritable}`, /editor/],
      ["a: !!null", ["a", "k"], `1:10 (a.k): ${unwritable}`, /editor/],
      ["a: !!int 1", ["a"], `1:10 (a): ${unwritable}`, /editor/],
      ["a: 1", ["x".repeat(2_000)], `1:1 (${"x".repeat(2_000)}): ${unwritable}`, /editor/],
    ],
    set,
  );
  for (const name of ["__proto__", "constructor", "prototype"]) {
    const what = "a key that is not allowed, because JavaScript gives it a meaning of its own";
    const row = ["", ["a", name, "k"], `1:1 (a.${name}.k): ${what}`, /another name/] as const;
    await checkRefusals("a.yaml", [row], set);
  }
  await checkRefusals("a.json", [["1", ["a"], "1:1: nothing can stand below this value", /map/]], set);
  await checkRefusals(
    ".env",
    [
      ["A=1", ["A", "b"], "1:3 (A): nothing can stand below this value", /another path/],
      ["A=1", ["B", "c"], "1:1 (B.c): a dotenv file holds variables and no maps", /one variable/],
      ["A=1", ["a b"], "1:1 (a b): dotenv has no such names", /letters, digits/],
      ["A=1", [""], "1:1 (/): dotenv has no such names", /letters, digits/],
    ],
    set,
  );
  await checkRefusals(
    ".env",
    [["A=1", ["B"], "1:1 (B): this value cannot be written in a dotenv file here", /another form/]],
    async (document, path) => await setValue(document, path, `'"\`#${CANARY}`),
  );
});

test("JSON has no empty document", async () => {
  await assert.rejects(parseDocument("", { file: "a.json" }), { code: "ERR_FORMAT_SYNTAX" });
});

test("a value in a file of five megabytes is set in about the time of reading it once more", async () => {
  const block = `${"# a comment that is passed over\n".repeat(1_500)}service: # c\n  host: h\n  text: |\n    line\n`;
  const parts = Array.from({ length: 105 }, (_, index) => block.replace("service", `service${index}`));
  const text = parts.join("");
  assert.ok(text.length > 5_000_000);
  const started = process.cpuUsage();
  const document = await parseDocument(text, { file: "a.yaml" });
  const parsing = process.cpuUsage(started).user;
  const between = process.cpuUsage();
  const changed = await setValue(document, parsePath("service52.password"), "new");
  const setting = process.cpuUsage(between).user;
  assert.equal(changed, text.replace(/(?<=service52:[^]*?    line\n)/, "  password: new\n"));
  assert.ok(setting < 4 * parsing + 1_000_000, `${setting} µs against ${parsing} µs`);
});
