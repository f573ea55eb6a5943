import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { type JsonNode, JsonProblem, parseJson, parseJsonValue } from "../../src/bytes/index.ts";

function problemOf(text: string, options = {}): JsonProblem {
  try {
    parseJson(text, options);
  } catch (error) {
    assert.ok(error instanceof JsonProblem, `${String(error)} is not a JsonProblem`);
    return error;
  }
  assert.fail("the text was read");
}

function* nodesOf(node: JsonNode): Generator<JsonNode> {
  yield node;
  if (node.kind === "list") for (const item of node.items) yield* nodesOf(item);
  if (node.kind === "map") for (const entry of node.entries.values()) yield* nodesOf(entry.node);
}

const jsonText = fc
  .tuple(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, 2, "\t", "\r\n"))
  .map(([text, space]) => JSON.stringify(JSON.parse(text), null, space === "\r\n" ? 2 : space));

test("reads every text that JSON.stringify writes as JSON.parse does", () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const { value, reason } = attempt(text);
      if (reason === "a name that is not allowed")
        return assert.match(text, /"(?:__proto__|constructor|prototype)"/);
      if (reason === "an integer beyond 2^53 - 1") return assert.match(text, /[0-9]{16}/);
      assert.equal(reason, undefined);
      assert.deepEqual(value, JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});

test("accepts nothing that JSON.parse refuses", () => {
  const soup = fc.string({
    unit: fc.constantFrom(..."{}[]:,\"\\/abfnrtu0123456789.eE+- \t\n'#", "true", "null", '"k"', "\\u00e9"),
    maxLength: 24,
  });
  const damaged = fc
    .tuple(jsonText, fc.nat(), fc.constantFrom("", ",", "}", '"', "\\", "0", "/", " ", "-", "\u0007"))
    .map(
      ([text, at, put]) =>
        text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1),
    );
  fc.assert(
    fc.property(fc.oneof(soup, damaged), (text) => {
      const { value, reason } = attempt(text);
      if (reason === undefined) assert.deepEqual(value, JSON.parse(text));
    }),
    { numRuns: 1_000 },
  );
});

test("each range holds exactly what its value was read from", () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      if (attempt(text).reason !== undefined) return;
      for (const node of nodesOf(parseJson(text))) {
        const slice = text.slice(node.start, node.end);
        if (node.kind === "scalar") assert.deepEqual(JSON.parse(slice), node.value);
        else assert.deepEqual(parseJsonValue(slice), JSON.parse(slice));
        if (node.kind !== "map") continue;
        for (const [name, { keyStart, keyEnd }] of node.entries) {
          assert.equal(JSON.parse(text.slice(keyStart, keyEnd)), name);
        }
      }
    }),
    { numRuns: 300 },
  );
});

function attempt(text: string): { value?: unknown; reason?: string } {
  try {
    return { value: parseJsonValue(text) };
  } catch (error) {
    if (error instanceof JsonProblem) return { reason: error.reason };
    throw error;
  }
}

test("says what is wrong and where", () => {
  const rows: readonly (readonly [text: string, offset: number, reason: string])[] = [
    ["", 0, "expected a value"],
    ["  ", 2, "expected a value"],
    ["{", 1, "expected a name in double quotes"],
    ["{a: 1}", 1, "expected a name in double quotes"],
    ["{'a': 1}", 1, "expected a name in double quotes"],
    ['{"a" 1}', 5, "expected a colon after the name"],
    ['{"a": }', 6, "expected a value"],
    ['{"a": 1 "b": 2}', 8, "expected a comma or }"],
    ['{"a": 1', 7, "expected a comma or }"],
    ['{"a": 1,}', 8, "a trailing comma is not JSON"],
    ["[1,]", 3, "a trailing comma is not JSON"],
    ["[,]", 1, "expected a value"],
    ["[1 2]", 3, "expected a comma or ]"],
    ["[1}", 2, "expected a comma or ]"],
    ['// hello\n{"a": 1}', 0, "comments are not JSON"],
    ['{"a": 1 /* hello */}', 8, "comments are not JSON"],
    ['{"a": 1, "b": 2, "a": 3}', 17, "duplicate name"],
    ['{"a": 1, "\\u0061": 3}', 9, "duplicate name"],
    ['{"__proto__": 1}', 1, "a name that is not allowed"],
    ['[{"constructor": 1}]', 2, "a name that is not allowed"],
    ['{"\\u0070rototype": 1}', 1, "a name that is not allowed"],
    ["9007199254740992", 0, "an integer beyond 2^53 - 1"],
    ["[-9007199254740992]", 1, "an integer beyond 2^53 - 1"],
    ["1e400", 0, "a number that is too large"],
    ["-1e400", 0, "a number that is too large"],
    ["1e-400", 0, "a number that is too small"],
    ["[-0.01E-323]", 1, "a number that is too small"],
    ["01", 1, "expected nothing after the value"],
    ["+1", 0, "expected a value"],
    [".5", 0, "expected a value"],
    ["1.", 1, "expected nothing after the value"],
    ["NaN", 0, "expected a value"],
    ["True", 0, "expected a value"],
    ["nullx", 4, "expected nothing after the value"],
    ["\ufeff1", 0, "expected a value"],
    ['"abc', 0, "a string that is not closed"],
    ['"abc\\', 4, "an escape that JSON does not know"],
    ['"abc\\"', 0, "a string that is not closed"],
    ['"a\nb"', 2, "a control character in a string"],
    ['"a\\x41"', 2, "an escape that JSON does not know"],
    ['"a\\u12g4"', 2, "an escape that JSON does not know"],
    ['"\\ud800"', 0, "a string with half of a surrogate pair"],
    ['"\\udc00\\ud800"', 0, "a string with half of a surrogate pair"],
    ['"\ud800"', 0, "a string with half of a surrogate pair"],
    ['{"\\ud800": 1}', 1, "a string with half of a surrogate pair"],
  ];
  for (const [text, offset, reason] of rows) {
    const problem = problemOf(text);
    assert.deepEqual(
      {
        reason: problem.reason,
        offset: problem.offset,
        kind: problem.kind,
        message: problem.message,
      },
      { reason, offset, kind: "syntax", message: reason },
      JSON.stringify(text),
    );
  }
});

test("takes the greatest safe integers, big floats, every escape and any white space", () => {
  const rows = [
    "[9007199254740991,-9007199254740991]",
    "[1e20,1.5E+3,-0,0.1,9007199254740993.0]",
    "[0e-400,-0.0,5e-324]",
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\ud83d\\ude00 \u2028 😀"',
    '\r\n\t {"" : [ ] , "a" : { } }\t',
    "false",
  ];
  for (const text of rows) assert.deepEqual(parseJsonValue(text), JSON.parse(text), text);
});

test("maps keep the order of the text and objects are ordinary ones", () => {
  const node = parseJson('{"b": 1, "10": 2, "a": 3}');
  assert.ok(node.kind === "map");
  assert.deepEqual([...node.entries.keys()], ["b", "10", "a"]);
  assert.equal(Object.getPrototypeOf(parseJsonValue("{}")), Object.prototype);
});

test("a text may begin after a byte order mark, and the ranges count it", () => {
  const node = parseJson("\ufeff[1]", { start: 1 });
  assert.ok(node.kind === "list");
  assert.deepEqual([node.start, node.end, node.items[0]?.start], [1, 4, 2]);
});

test("depth and number of values are capped", () => {
  assert.equal(parseJson("[[1]]", { maxDepth: 2, maxNodes: 3 }).kind, "list");
  const deep = problemOf("[[1]]", { maxDepth: 1 });
  assert.deepEqual([deep.kind, deep.offset, deep.reason], ["limit", 1, "nested deeper than allowed"]);
  const many = problemOf('{"a": 1, "b": 2}', { maxNodes: 2 });
  assert.deepEqual([many.kind, many.offset, many.reason], ["limit", 14, "more values than allowed"]);
});

test("a hundred thousand open brackets end in a limit, whatever depth is asked for", () => {
  for (const open of ["[", '{"a":']) {
    const problem = problemOf(open.repeat(100_000), { maxDepth: 1_000_000 });
    assert.equal(problem.kind, "limit");
    assert.equal(problem.offset, open.length * 1_000);
  }
});
