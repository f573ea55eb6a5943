import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { loadConfig, type LoadOptions } from "../../src/index.ts";
import {
  ENVIRONMENT,
  loadTexts,
  makeFolder,
  NO_POLICY,
  placesOf,
  problemsOf,
  rejectionOf,
  sealOne,
} from "../support/load-fixture.ts";

/** The names that reach JavaScript's object machinery. */
const FORBIDDEN = ["__proto__", "constructor", "prototype"];

interface HostileDocument {
  readonly title: string;
  readonly file: string;
  readonly text: string;
  readonly expected: string;
  readonly limits?: LoadOptions["limits"];
}

const nested = (open: string, depth: number): string => open.repeat(depth);
const LAUGHS = Array.from({ length: 12 }, (_, index) => {
  return index === 0 ? "a0: &a0 [x, x]" : `a${index}: &a${index} [${`*a${index - 1}, `.repeat(10)}]`;
}).join("\n");
const MERGES = Array.from({ length: 24 }, (_, index) => {
  return index === 0
    ? "m0: &m0 { x: 1 }"
    : `m${index}: &m${index}\n  l: { <<: *m${index - 1} }\n  r: { <<: *m${index - 1} }`;
}).join("\n");

const DOCUMENTS: readonly HostileDocument[] = [
  { title: "an alias bomb", file: "a.yaml", text: LAUGHS, expected: "ERR_LIMIT_EXCEEDED a.yaml:7:20" },
  { title: "a bomb of merges", file: "a.yaml", text: MERGES, expected: "ERR_LIMIT_EXCEEDED a.yaml:52:12" },
  {
    title: "an alias within its own value",
    file: "a.yaml",
    text: "a: &a [*a]",
    expected: "ERR_FORMAT_SYNTAX a.yaml:1:8",
  },
  { title: "an alias of nothing", file: "a.yaml", text: "a: *b", expected: "ERR_FORMAT_SYNTAX a.yaml:1:4" },
  {
    title: "lists nested 100,000 deep",
    file: "a.yaml",
    text: `a: ${nested("[", 100_000)}`,
    expected: "ERR_LIMIT_EXCEEDED a.yaml:1:67",
  },
  {
    title: "maps nested 100,000 deep",
    file: "a.json",
    text: nested('{"a":', 100_000),
    expected: "ERR_LIMIT_EXCEEDED a.json:1:321",
  },
  {
    title: "block lists nested 10,000 deep",
    file: "a.yaml",
    text: nested("- ", 10_000),
    expected: "ERR_LIMIT_EXCEEDED a.yaml:1:129",
  },
  {
    title: "more values than allowed",
    file: "a.json",
    text: "[1,2,3,4]",
    limits: { maxNodes: 3 },
    expected: "ERR_LIMIT_EXCEEDED a.json:1:6",
  },
  {
    title: "more values than allowed",
    file: "a.yaml",
    text: "a: 1\nb: 2",
    limits: { maxNodes: 2 },
    expected: "ERR_LIMIT_EXCEEDED a.yaml:2:1",
  },
  {
    title: "more variables than allowed",
    file: "a.env",
    text: "A=1\nB=2",
    limits: { maxNodes: 1 },
    expected: "ERR_LIMIT_EXCEEDED a.env:2:1",
  },
  {
    title: "a text that is too large",
    file: "a.yaml",
    text: "a: 123456",
    limits: { maxFileBytes: 8 },
    expected: "ERR_LIMIT_EXCEEDED a.yaml",
  },
  {
    title: "a key twice",
    file: "a.yaml",
    text: "db:\n  a: 1\n  a: 2",
    expected: "ERR_FORMAT_SYNTAX a.yaml:3:3",
  },
  {
    title: "a key twice, once in quotes",
    file: "a.yaml",
    text: 'a: 1\n"a": 2',
    expected: "ERR_FORMAT_SYNTAX a.yaml:2:1",
  },
  {
    title: "a key twice, as a number and as text",
    file: "a.yaml",
    text: '1: x\n"1": y',
    expected: "ERR_FORMAT_SYNTAX a.yaml:2:1",
  },
  {
    title: "a key twice, once escaped",
    file: "a.json",
    text: '{ "a": 1, "\\u0061": 2 }',
    expected: "ERR_FORMAT_SYNTAX a.json:1:11",
  },
  {
    title: "a variable twice",
    file: "a.env",
    text: "A=1\nexport A=2",
    expected: "ERR_FORMAT_SYNTAX a.env:2:8",
  },
  {
    title: "an integer beyond 2^53",
    file: "a.yaml",
    text: "id: 9007199254740993",
    expected: "ERR_FORMAT_SYNTAX a.yaml:1:5",
  },
  {
    title: "an integer beyond 2^53 in hexadecimal",
    file: "a.yaml",
    text: "id: 0xffffffffffffffff",
    expected: "ERR_FORMAT_SYNTAX a.yaml:1:5",
  },
  {
    title: "an integer beyond 2^53",
    file: "a.json",
    text: '{ "id": -9007199254740993 }',
    expected: "ERR_FORMAT_SYNTAX a.json:1:9",
  },
  {
    title: "a number that is too large",
    file: "a.json",
    text: '{ "id": 1e999 }',
    expected: "ERR_FORMAT_SYNTAX a.json:1:9",
  },
  {
    title: "a tag that would make an object",
    file: "a.yaml",
    text: "a: !!js/function 'x'",
    expected: "ERR_FORMAT_SYNTAX a.yaml:1:4",
  },
  {
    title: "several documents",
    file: "a.yaml",
    text: "a: 1\n---\nb: 2",
    expected: "ERR_FORMAT_SYNTAX a.yaml:2:1",
  },
  ...FORBIDDEN.flatMap((name): HostileDocument[] => [
    {
      title: `the key ${name}`,
      file: "a.yaml",
      text: `a:\n  ${name}: { x: 1 }`,
      expected: "ERR_FORMAT_SYNTAX a.yaml:2:3",
    },
    {
      title: `the key ${name} in quotes`,
      file: "a.yaml",
      text: `{ "${name}": 1 }`,
      expected: "ERR_FORMAT_SYNTAX a.yaml:1:3",
    },
    {
      title: `the key ${name} from a merge`,
      file: "a.yaml",
      text: `b: &b\n  "${name}": 1\nc:\n  <<: *b`,
      expected: "ERR_FORMAT_SYNTAX a.yaml:2:3",
    },
    {
      title: `the key ${name}`,
      file: "a.json",
      text: `[{ "${name}": {} }]`,
      expected: "ERR_FORMAT_SYNTAX a.json:1:4",
    },
    {
      title: `the variable ${name}`,
      file: "a.env",
      text: `${name}=1`,
      expected: "ERR_FORMAT_SYNTAX a.env:1:1",
    },
  ]),
  {
    title: "an escaped forbidden key",
    file: "a.json",
    text: '{ "__pro\\u0074o__": 1 }',
    expected: "ERR_FORMAT_SYNTAX a.json:1:3",
  },
];

describe("a hostile document", () => {
  for (const { title, file, text, expected, limits } of DOCUMENTS) {
    it(`is refused at its place: ${title} (${file})`, async () => {
      assert.deepEqual(await placesOf(loadTexts({ [file]: text }, { limits })), [expected]);
    });
  }

  it("is refused before it is parsed where it is larger than 16 MiB", async (t) => {
    const root = makeFolder(t, {
      "a.yaml": Buffer.alloc(16 * 1024 * 1024 + 1, "["),
      ".sealconf.yaml": "app: a",
    });
    const [problem] = await problemsOf(loadConfig({ files: ["a.yaml"], root }));
    assert.equal(problem?.code, "ERR_LIMIT_EXCEEDED");
    assert.equal(problem.message, "a.yaml: the file has 16777217 bytes; at most 16777216 are read");
  });

  it("is refused where it is no UTF-8, at the first byte that is not", async (t) => {
    const root = makeFolder(t, { "a.yaml": Buffer.from("a: ok\nb: \xff\xfe", "latin1") });
    assert.deepEqual(await placesOf(loadConfig({ files: ["a.yaml"], root })), [
      "ERR_FORMAT_SYNTAX a.yaml:2:4",
    ]);
  });

  it("is refused where it is the policy", async () => {
    for (const text of ["__proto__: 1", LAUGHS, "app: 9007199254740993"]) {
      const load = loadConfig({ files: [{ as: "a.yaml", text: "a: 1" }], policy: { text }, root: NO_POLICY });
      const [problem] = await problemsOf(load);
      assert.match(problem?.code ?? "", /^ERR_(?:FORMAT_SYNTAX|LIMIT_EXCEEDED)$/);
      assert.equal(problem?.source?.file, ".sealconf.yaml");
    }
  });

  it("cannot stop the load of a second one from telling what is wrong there", async () => {
    const texts = { "a.yaml": LAUGHS, "b.json": '{ "__proto__": 1 }', "c.env": "nonsense" };
    assert.deepEqual(await placesOf(loadTexts(texts)), [
      "ERR_LIMIT_EXCEEDED a.yaml:7:20",
      "ERR_FORMAT_SYNTAX b.json:1:3",
      "ERR_FORMAT_SYNTAX c.env:1:1",
    ]);
  });
});

describe("a forbidden name", () => {
  for (const name of FORBIDDEN) {
    it(`is refused in a variable's path: ${name}`, async () => {
      const environment = { ...ENVIRONMENT, [`APP_a:${name}:polluted`]: "yes" };
      const options = { environment, variables: { prefix: "APP_", separator: ":" } };
      assert.deepEqual(await placesOf(loadTexts({}, options)), [
        `ERR_FORMAT_SYNTAX $env (APP_a:${name}:polluted)`,
      ]);
    });

    it(`is refused in overrides: ${name}`, async () => {
      const overrides = JSON.parse(`{ "a": [{ "${name}": { "polluted": 1 } }] }`) as Record<string, unknown>;
      const error = await rejectionOf(loadTexts({}, { overrides }));
      assert.ok(error instanceof Error && "code" in error);
      assert.equal(error.code, "ERR_OPTION_INVALID");
    });

    it(`cannot be sealed as JSON: ${name}`, async () => {
      const value = JSON.parse(`{ "a": { "${name}": 1 } }`) as { a: number };
      await assert.rejects(sealOne("a", value), { code: "ERR_OPTION_INVALID" });
    });
  }

  it("has changed no prototype by any of this", () => {
    assert.equal(Reflect.get({}, "polluted"), undefined);
    assert.equal(Reflect.get({}, "x"), undefined);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});

describe("a text that cannot be parsed", () => {
  const CANARY = "hunter2-canary";
  const BROKEN: readonly (readonly [file: string, text: string, place: string])[] = [
    ["a.yaml", `ok: 1\npassword: "${CANARY}`, "a.yaml:2:26"],
    ["a.yaml", `${CANARY}: [1, 2`, "a.yaml:1:22"],
    ["a.yaml", `a: *${CANARY}`, "a.yaml:1:4"],
    ["a.yaml", `a: !${CANARY} x`, "a.yaml:1:4"],
    ["a.yaml", `a: 1\n\t${CANARY}: 2`, "a.yaml:2:1"],
    ["a.yaml", `a: "\\q${CANARY}"`, "a.yaml:1:5"],
    ["a.yaml", `%${CANARY} x\n---\na: 1`, "a.yaml:1:1"],
    ["a.json", `{ "password": ${CANARY} }`, "a.json:1:15"],
    ["a.json", `{ "password": "${CANARY}`, "a.json:1:15"],
    ["a.json", `{ "a": 1, // ${CANARY}\n }`, "a.json:1:11"],
    ["a.json", `{ "a": "${CANARY}", }`, "a.json:1:26"],
    ["a.env", `OK=1\n${CANARY} without an equals sign`, "a.env:2:1"],
    ["a.env", `A="${CANARY}`, "a.env:1:3"],
    ["a.env", `A=1\n=${CANARY}`, "a.env:2:1"],
  ];
  for (const [file, text, place] of BROKEN) {
    it(`is told with file, line and column, and no source text: ${JSON.stringify(text)}`, async () => {
      const [problem, ...others] = await problemsOf(loadTexts({ [file]: text }));
      assert.deepEqual(others, []);
      assert.equal(problem?.code, "ERR_FORMAT_SYNTAX");
      assert.ok(problem.message.startsWith(`${place}: the `), problem.message);
      assert.ok(!`${problem.stack}${JSON.stringify(problem)}`.includes(CANARY), problem.message);
      assert.equal(problem.cause, undefined);
    });
  }
});
