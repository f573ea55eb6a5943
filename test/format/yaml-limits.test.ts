import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import YAML from "yaml";

import { DEFAULT_LIMITS, parseDocument } from "../../src/format/index.ts";
import { CANARY, plain, refusalOf } from "./support.ts";

test("nesting is limited, through aliases too", async () => {
  const limits = { ...DEFAULT_LIMITS, maxDepth: 3 };
  const text = "a: &a [[1]]\nb: {c: 1}\n";
  assert.ok(await parseDocument(text, { file: "a.yaml", limits }));
  const rows: readonly (readonly [text: string, line: number, column: number])[] = [
    ["a: [[[1]]]", 1, 6],
    ["a:\n  b:\n    c:\n      d: 1", 4, 7],
    ["- - - - 1", 1, 7],
    ["a: &a [[1]]\nb: {c: *a}", 2, 8],
    ["a: &a [[1]]\nb: {c: {<<: {d: *a}}}", 2, 13],
  ];
  for (const [hostile, line, column] of rows) {
    assert.deepEqual(
      await refusalOf(hostile, "a.yaml", limits),
      {
        code: "ERR_LIMIT_EXCEEDED",
        line,
        column,
        message: `a.yaml:${line}:${column}: nested deeper than 3 levels`,
      },
      hostile,
    );
  }
});

test("values are counted each time that an alias repeats them", async () => {
  const limits = { ...DEFAULT_LIMITS, maxNodes: 10 };
  assert.ok(await parseDocument("a: &a [1, 2, 3]\nb: *a\nc: 1\n", { file: "a.yaml", limits }));
  assert.deepEqual(await refusalOf("a: &a [1, 2, 3]\nb: *a\nc: [1]\n", "a.yaml", limits), {
    code: "ERR_LIMIT_EXCEEDED",
    line: 3,
    column: 5,
    message: "a.yaml:3:5: more than 10 values, repeated ones counted each time",
  });
});

test("alias bombs, deep nesting and floods of errors are refused quickly", async () => {
  const letters = "bcdefghijk".split("");
  const laughs = letters.map((name, index) => `${name}: &${name} [${`*${"abcdefghij"[index]},`.repeat(10)}]`);
  const merges = Array.from({ length: 40 }, (_, index) => {
    const last = index === 0 ? "a" : `b${index - 1}`;
    return `b${index}: &b${index} {l: *${last}, m: *${last}, <<: *${last}}`;
  });
  const nested = Array.from({ length: 4_000 }, (_, index) => `${" ".repeat(index)}a:`);
  const limited = [
    `a: &a [l]\n${laughs.join("\n")}`,
    `a: &a {x: 1}\n${merges.join("\n")}`,
    "[".repeat(100_000),
    "{a: ".repeat(100_000),
    "- ".repeat(100_000),
    "? ".repeat(100_000),
    ": ".repeat(100_000),
    nested.join("\n"),
  ];
  const malformed = [
    "]".repeat(1_000_000),
    "%a\n".repeat(100_000),
    "---\n".repeat(100_000),
    "@a\n".repeat(100_000),
    "a: '\n".repeat(20_000),
    `"${"\\q".repeat(100_000)}"`,
    "a: &a [*a]",
  ];
  const started = performance.now();
  for (const text of limited) assert.equal((await refusalOf(text, "a.yaml")).code, "ERR_LIMIT_EXCEEDED");
  for (const text of malformed) assert.equal((await refusalOf(text, "a.yaml")).code, "ERR_FORMAT_SYNTAX");
  assert.ok(performance.now() - started < 20_000);
});

test("a large file is read in a time comparable to the parser's own", async () => {
  const service = (index: number): string =>
    `  - name: service-${index} # comment\n    port: ${index}\n    env: {a: "x", b: [1, 2, true]}\n` +
    `    text: |\n      one\n      two\n    url: https://host.example.com:8080/path?x=1\n    nested:\n      deep: 'q'\n`;
  const text = `services:\n${Array.from({ length: 600 }, (_, index) => service(index)).join("")}`;
  const document = await parseDocument(text, { file: "a.yaml" });
  const ours: number[] = [];
  const theirs: number[] = [];
  let reference: unknown;
  for (let round = 0; round < 3; round += 1) {
    const started = performance.now();
    await parseDocument(text, { file: "a.yaml" });
    ours.push(performance.now() - started);
    const between = performance.now();
    reference = YAML.parse(text);
    theirs.push(performance.now() - between);
  }
  assert.deepEqual(plain(document.root), reference);
  assert.ok(Math.min(...ours) < 3 * Math.min(...theirs), `${ours.join(", ")} against ${theirs.join(", ")}`);
});

test("nothing is written to the console, whatever the environment asks of the parser", () => {
  const script = `
    const { parseDocument } = await import(${JSON.stringify(new URL("../../src/format/index.js", import.meta.url).href)});
    await parseDocument("a: ${CANARY}", { file: "a.yaml" });
    await parseDocument("a: [${CANARY}", { file: "a.yaml" }).catch(() => {});
    if (process.env.LOG_STREAM !== "1" || process.env.LOG_TOKENS !== "1") throw new Error("the environment changed");
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    env: { LOG_STREAM: "1", LOG_TOKENS: "1" },
    encoding: "utf8",
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});
