import { test } from "node:test";

import { removeValue } from "../../src/format/remove-value.ts";
import { ANY_INDEX } from "../../src/path/path.ts";
import { CANARY, checkEdits, checkRefusals } from "./support.ts";

test("a block entry goes with its lines and the comment behind it, and the comments above it stay", async () => {
  await checkEdits(
    "a.yaml",
    [
      ["# about a\na: 1 # c\nb: 2\n", "a", "# about a\nb: 2\n"],
      ["a: 1\nb: 2", "b", "a: 1"],
      ["a:\n  b: 1\n  c: 2 # c\n  d: 3\n", "a.c", "a:\n  b: 1\n  d: 3\n"],
      ["a: |\n  text\n  text\n\nb: 2\n", "a", "\nb: 2\n"],
      ["a: |+\n  text\n\n\nb: 2\n", "a", "b: 2\n"],
      ["a:\n  # c\n  several\n  words\nb: 1", "a", "b: 1"],
      ["a: &unused !!str b # c\nd: e\n", "a", "d: e\n"],
      ["a: &unused\nb: 1\n", "a", "b: 1\n"],
      ["&k a: 1\nb: 2\n", "a", "b: 2\n"],
      ["? a\n: b\nc: d\n", "a", "c: d\n"],
      ["? a\n? b\n", "a", "? b\n"],
      ["a: &x 1\nb: *x # c\n", "b", "a: &x 1\n"],
      ["a: &m {k: 1}\nb:\n  c: 2\n  <<: *m\n", "b.c", "a: &m {k: 1}\nb:\n  <<: *m\n"],
    ],
    removeValue,
  );
});

test("the first entry in the line of a dash leaves the line to the next one", async () => {
  await checkEdits(
    "a.yaml",
    [
      ["- a: 1 # c\n  b: 2\n", "[0].a", "- b: 2\n"],
      ["- a: 1\n  # about b\n  b: 2\n", "[0].a", "- # about b\n  b: 2\n"],
      ["- a: 1\n  b: 2\n- c", "[0].b", "- a: 1\n- c"],
      ["- - x\n  - y\n- z", "[0][0]", "- - y\n- z"],
    ],
    removeValue,
  );
});

test("a list's item goes with its line", async () => {
  await checkEdits(
    "a.yaml",
    [
      ["l:\n  - x # c\n  - y\n", "l[0]", "l:\n  - y\n"],
      ["l:\n- x\n-\n- &a y", "l[1]", "l:\n- x\n- &a y"],
      ["l:\n- x\n-\n- &a y", "l[2]", "l:\n- x\n-"],
      ["- &a\n- b\n", "[0]", "- b\n"],
    ],
    removeValue,
  );
});

test("what is empty then is written as such, and an empty document as nothing", async () => {
  await checkEdits(
    "a.yaml",
    [
      ["db: # c\n  # about p\n  p: 1 # p\nx: 1\n", "db.p", "db: {} # c\n  # about p\nx: 1\n"],
      ["db: &x # c\n  p: 1", "db.p", "db: &x {} # c"],
      ["a:\n  'b' :\n    p: 1\n", "a.b.p", "a:\n  'b' : {}\n"],
      ["l:\n- a: 1 # c\n- b\n", "l[0].a", "l:\n- {}\n- b\n"],
      ["? db\n:\n  p: 1 # c\n", "db.p", "? db\n:\n  {}\n"],
      ["l:\n  - x\n", "l[0]", "l: []\n"],
      ["- - x # c\n- y", "[0][0]", "- []\n- y"],
      ["- x\n", "[0]", "[]\n"],
      ["# c\np: 1", "p", "# c"],
      ["p: 1\n", "p", ""],
      ["--- # c\np: 1\n...\n", "p", "--- # c\n...\n"],
    ],
    removeValue,
  );
});

test("in brackets the comma goes that is not needed any more", async () => {
  await checkEdits(
    "a.yaml",
    [
      ["a: { b: 1 }", "a.b", "a: {}"],
      ["a: {b: 1, c: 2}", "a.b", "a: {c: 2}"],
      ["a: {b: 1 , c: 2}", "a.c", "a: {b: 1}"],
      ["a: {b: 1, c: 2, }", "a.c", "a: {b: 1, }"],
      ["a: {b, ? c, &k d: &x }", "a.b", "a: {? c, &k d: &x }"],
      ["a: {b, ? c, &k d: &x }", "a.c", "a: {b, &k d: &x }"],
      ["a: {\n  b: 1, # b\n  c: 2 # c\n}\n", "a.b", "a: {\n  c: 2 # c\n}\n"],
      ["a: {\n  b: 1, # b\n  c: 2 # c\n}\n", "a.c", "a: {\n  b: 1 # b\n}\n"],
      ["a: {\n  b: 1,\n  c: 2 # c\n}\n", "a.c", "a: {\n  b: 1\n}\n"],
      ["a: {\n  b: 1, # b\n  c: 2, # c\n}\n", "a.c", "a: {\n  b: 1, # b\n}\n"],
      ["a: {b: 1, # b\n  c: 2}\n", "a.b", "a: { # b\n  c: 2}\n"],
      ["a: {\n  # b\n  b: 1\n}\n", "a.b", "a: {\n  # b\n}\n"],
      ["a: [x, y]\n", "a[0]", "a: [y]\n"],
      ["a: [x, {b: c}, y]\n", "a[1].b", "a: [x, {}, y]\n"],
    ],
    removeValue,
  );
  await checkEdits(
    "a.json",
    [
      ['{"a": 1}', "a", "{}"],
      ['{\n  "a": 1\n}\n', "a", "{}\n"],
      ['{\n  "a": 1,\n  "b": 2\n}\n', "a", '{\n  "b": 2\n}\n'],
      ['{\n  "a": 1,\n  "b": 2\n}\n', "b", '{\n  "a": 1\n}\n'],
      ['{"a":1,"b":2}', "a", '{"b":2}'],
      ['{"a":1,"b":2}', "b", '{"a":1}'],
      ['{"a": 1,\n "b": 2}', "a", '{"b": 2}'],
      ['{\n\t"a" : 1 ,\n\t"b" : 2\n}', "b", '{\n\t"a" : 1\n}'],
      ["[1,2,3]", "[1]", "[1,3]"],
      ["[\n  1,\n  2\n]", "[1]", "[\n  1\n]"],
    ],
    removeValue,
  );
});

test("a variable goes with its lines", async () => {
  await checkEdits(
    ".env",
    [
      ["# c\nA=1 # c\nB=2", "A", "# c\nB=2"],
      ["A=1\nB=2", "B", "A=1"],
      ["A=1\n", "A", ""],
      ["export A='x\ny' # c\nB=1\n", "A", "B=1\n"],
      ["A=\nB=1", "A", "B=1"],
      ["A=1\rB=2\rC=3", "B", "A=1\rC=3"],
      ["A=1\rB=2", "B", "A=1"],
    ],
    removeValue,
  );
});

test("what cannot be removed alone is refused with its place, what it is, and what to do", async () => {
  const elsewhere = "this value cannot be removed without a change elsewhere";
  const repeated = "an alias or a merge repeats this value elsewhere, so it cannot be changed here alone";
  await checkRefusals(
    "a.yaml",
    [
      ["a:\n  b: 1", ["a", "c"], "1:1 (a.c): there is no value to remove", /name a value/],
      ["a:\n  b: 1", ["a", "b", "c"], "2:6 (a.b.c): there is no value to remove", /name a value/],
      ["a:\n  b: 1", ["a"], "1:1 (a): the value here is a map", /a\.name/],
      ["a: [1]", ["a", ANY_INDEX], "1:1 (a[]): the path does not say which element of the list", /index/],
      ["a: &x 1\nb: *x", ["a"], `1:7 (a): ${repeated}`, /in place of the alias/],
      [
        "a: &x {k: 1}\nb: *x",
        ["b", "k"],
        "1:11 (b.k): a value that an alias repeats cannot be changed here",
        /anchor/,
      ],
      [
        "a: &x {k: 1}\nb: {<<: *x}",
        ["b", "k"],
        "1:11 (b.k): a value that an alias repeats cannot be changed here",
        /anchor/,
      ],
      [`a: &x {k: ${CANARY}}\nb: {<<: *x, k: 2}`, ["b", "k"], `2:16 (b.k): ${elsewhere}`, /editor/],
      [`&x a: ${CANARY}\nb: *x`, ["a"], `1:7 (a): ${elsewhere}`, /editor/],
      [`-\n  ${CANARY}\n- b`, [0], `2:3 ([0]): ${elsewhere}`, /editor/],
      [`[a: ${CANARY}]`, [0, "a"], `1:5 ([0].a): ${elsewhere}`, /editor/],
      [CANARY, [], `1:1: ${elsewhere}`, /editor/],
    ],
    removeValue,
  );
});
