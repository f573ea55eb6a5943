import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { Ajv } from "ajv";
import fc from "fast-check";
import picomatch from "picomatch";

import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { isContextName, parseKeyReference } from "../../src/token/index.ts";
import { ROOT } from "../project/project.ts";

const GUANGZHOU = "tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41";
const SHANGHAI = "tencent/ap-shanghai/93866e69-9755-11ef-8e65-52540089bc41";

const SCHEMA = JSON.parse(readFileSync(join(ROOT, "schema/policy.schema.json"), "utf8")) as object;
// What editors show of a pattern that does not match is no keyword of the standard's.
const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
  .addVocabulary(["patternErrorMessage"])
  .compile(SCHEMA);

const GOOD: readonly unknown[] = [
  {},
  { rules: [] },
  {
    app: "billing-api",
    load: ["config/default.yaml", "config/{env}.yaml", { path: ".env", optional: true }],
    keys: ["local/dev"],
    secrets: ["**.password", "**.*Token", "tls.key", "!**.host"],
    rules: [
      {
        files: ["config/production.*", "deploy/prod/**"],
        env: "production",
        keys: [GUANGZHOU, SHANGHAI],
        accept: ["aliyun/cn-hangzhou/key-1"],
        mode: "envelope",
        raw: ["legacy.apiKey"],
        maxDataKeys: 10,
      },
      { files: ["config/default.*", "config/development.*", ".env*"], app: "other" },
      { files: ["$env"], mode: "direct", keys: [GUANGZHOU] },
    ],
  },
  { load: [{ path: "/etc/app/production.yaml", as: "config/production.yaml", format: "yaml" }] },
  { keys: [], accept: ["local/a", "local/b"], maxDataKeys: 1 },
  { keys: ["local/a"], accept: ["local/b"], mode: "direct" },
  { keys: [GUANGZHOU], accept: ["local/dev"] },
  { keys: ["local/dev"], accept: [GUANGZHOU] },
  { accept: [GUANGZHOU, "local/dev"] },
  { rules: [{ files: ["a"], keys: ["local/dev"], accept: [SHANGHAI] }] },
  { keys: ["local/a"], rules: [{ files: ["a"], accept: [GUANGZHOU] }] },
  { accept: [GUANGZHOU], rules: [{ files: ["a"], keys: ["local/a"] }] },
  { accept: Array.from({ length: 9 }, (_, index) => `local/k${index}`) },
  { secrets: ["a[1234567890]", "/a~1b/c~0", "a\\.b", "[]", "!!a", "**"] },
  { rules: [{ files: ["./a.yaml", "a..b/c", "..a", "a/...", "a//b/./c"] }] },
  { rules: [{ files: ["{env,a}", "a\\[b\\]\\{", "a.", ".a", "a".repeat(1024), "\u{1f600}".repeat(1024)] }] },
  {
    secrets: [
      "a.example.com/token",
      "**.*/token",
      "\\ a\\ ",
      "a\\{b\\}",
      "\\$.a",
      "a$[].b",
      "$a",
      "\\*\\*/a",
    ],
  },
  { load: ["{env}", "$env", "{{env}}", { path: "a b", as: "{env}" }] },
];

const BAD: readonly unknown[] = [
  null,
  [],
  "app",
  { secret: [] },
  { env: "production" },
  { app: "" },
  { app: "a b" },
  { app: "a\n" },
  { app: "a".repeat(65) },
  { app: 1 },
  { app: null },
  { keys: "local/dev" },
  { keys: ["dev"] },
  { keys: ["local/Dev"] },
  { keys: [`${GUANGZHOU}\n`] },
  { keys: [GUANGZHOU.toUpperCase()] },
  { keys: ["gcp/europe/key"] },
  { keys: ["local/a", "local/a"] },
  { accept: [GUANGZHOU, GUANGZHOU] },
  { keys: Array.from({ length: 9 }, (_, index) => `local/k${index}`) },
  { keys: ["local/dev", GUANGZHOU] },
  { keys: [GUANGZHOU, SHANGHAI, "local/dev"] },
  { rules: [{ files: ["a"], keys: ["local/dev", "aliyun/cn-hangzhou/key-1"] }] },
  { mode: "raw" },
  { mode: null },
  { mode: "direct", keys: [GUANGZHOU, SHANGHAI] },
  { rules: [{ files: ["a"], mode: "direct", keys: ["local/a", "local/b"] }] },
  { maxDataKeys: 0 },
  { maxDataKeys: 1.5 },
  { maxDataKeys: 2 ** 53 },
  { maxDataKeys: "3" },
  { secrets: "**.password" },
  { secrets: [null] },
  ...["", "!", "a..b", "a[", "a[01]", "a[12345678901]", "/a~2", "a]b[0]c", "a\\"].map((path) => ({
    secrets: [path],
  })),
  ...["**.{a,b}", "a}", "a\\\\{", "/{a}", "**/a", "a.**/b", "$.a", "!$.a", "$[]", "$[0].a"].map((path) => ({
    secrets: [path],
  })),
  ...["a ", " a", "! a", "a\n", "a\\\\ ", "/a ", "\u{feff}a", "a\u{a0}"].map((path) => ({ secrets: [path] })),
  { load: "a.yaml" },
  { load: [""] },
  { load: [1] },
  { load: [{}] },
  { load: [{ path: "" }] },
  { load: [{ path: "a", optional: "yes" }] },
  { load: [{ path: "a", format: "toml" }] },
  { load: [{ path: "a", as: "" }] },
  { load: [{ path: "a", extra: 1 }] },
  ...["${env}", "a\\b", "a/${env}/{env}", "\\"].flatMap((path) => {
    return [{ load: [path] }, { load: [{ path }] }, { load: [{ path: "a", as: path }] }];
  }),
  { rules: {} },
  { rules: ["a"] },
  { rules: [{}] },
  { rules: [{ files: [] }] },
  { rules: [{ files: "a" }] },
  { rules: [{ files: ["a"], file: "b" }] },
  { rules: [{ files: ["a"], load: [] }] },
  { rules: [{ files: ["a"], env: "a/b" }] },
  { rules: [{ files: ["a"], raw: ["a["] }] },
  ...["", "/a", "!a", "../a", "a/..", "a/../b", ".."].map((glob) => ({ rules: [{ files: [glob] }] })),
  ...[
    "a/",
    "a/.",
    ".",
    "./",
    "a/**/",
    "{env}",
    "${env}.*",
    "a\\b",
    "a\\.b",
    "a\\1",
    "a\\_",
    "a\\é",
    "a\\",
    "\\\\a",
  ].map((glob) => ({ rules: [{ files: [glob] }] })),
  { rules: [{ files: ["a".repeat(1025)] }] },
];

/** What only the parser tells: no schema can compare two lists, or a rule with what it inherits. */
const PARSER_ONLY: Readonly<Record<string, unknown>> = {
  "a key in keys and in accept": { keys: ["local/a"], accept: ["local/a"] },
  "a rule's key that is accepted at the top": {
    accept: ["local/a"],
    rules: [{ files: ["a"], keys: ["local/a"] }],
  },
  "a rule's accepted key that is one of the top's keys": {
    keys: ["local/a"],
    rules: [{ files: ["a"], accept: ["local/a"] }],
  },
  "a rule's several keys under the top's mode: direct": {
    mode: "direct",
    rules: [{ files: ["a"], keys: ["local/a", "local/b"] }],
  },
  "a rule's mode: direct over the top's several keys": {
    keys: ["local/a", "local/b"],
    rules: [{ files: ["a"], mode: "direct" }],
  },
};

describe("schema/policy.schema.json", () => {
  for (const policy of GOOD) {
    it(`takes ${JSON.stringify(policy).slice(0, 80)}, as the parser does`, () => {
      assert.deepEqual([problemsOf(policy), validate(policy)], [[], true], JSON.stringify(validate.errors));
    });
  }

  for (const policy of BAD) {
    it(`refuses ${JSON.stringify(policy).slice(0, 80)}, as the parser does`, () => {
      assert.notDeepEqual(problemsOf(policy), []);
      assert.equal(validate(policy), false);
    });
  }

  for (const [title, policy] of Object.entries(PARSER_ONLY)) {
    it(`leaves it to the parser to refuse ${title}`, () => {
      assert.equal(problemsOf(policy).length, 1);
      assert.equal(validate(policy), true);
    });
  }

  it("agrees with the parser about every path pattern, key reference, name and glob", () => {
    const lists = fc.oneof(
      fc.record({ secrets: fc.tuple(text("!/~01\\.[]*a9-${} \u{1f600}\n")) }),
      fc.record({
        keys: fc.tuple(fc.oneof(fc.constantFrom(GUANGZHOU, "aliyun/cn-x/K.1", "age/age1q"), references())),
      }),
      fc.record({ app: text("aZ9-_. /\né") }),
      fc.record({ rules: fc.tuple(fc.record({ files: fc.tuple(globs()) })) }),
      fc.record({ load: fc.tuple(globs()) }),
    );
    fc.assert(fc.property(lists, agrees), { numRuns: 3000 });
  });

  it("agrees with the parser about every policy, but for what only the parser tells", () => {
    fc.assert(fc.property(policies(), agrees), { numRuns: 2000 });
  });
});

function agrees(policy: unknown): void {
  const problems = problemsOf(policy);
  // What the parser alone tells is told of members that are well by themselves.
  const told = problems.filter((what) => !isParserOnly(what, policy));
  assert.equal(
    validate(policy),
    told.length === 0,
    [...problems, JSON.stringify(validate.errors)].join("\n"),
  );
}

interface Level {
  readonly keys?: unknown;
  readonly mode?: unknown;
}

// Whether the schema, which sees one map at a time, cannot know it.
function isParserOnly(what: string, policy: unknown): boolean {
  const [, at = "", reason] = /^(\S*): (.*)$/.exec(what) ?? [];
  const level = at.startsWith("rules[")
    ? (policy as { readonly rules: readonly Level[] }).rules[Number(at.slice(6, at.indexOf("]")))]
    : (policy as Level);
  if (reason === "a key stands in keys and in accept") return true;
  const hasSeveral = Array.isArray(level?.keys) && level.keys.length > 1;
  return reason === "mode: direct goes with one key" && !(level?.mode === "direct" && hasSeveral);
}

function policies(): fc.Arbitrary<unknown> {
  const key = fc.constantFrom(GUANGZHOU, SHANGHAI, "local/a", "local/b", "aliyun/cn-hangzhou/k");
  const shared = {
    app: mostly(fc.constantFrom("billing-api", "a"), "a b", 1),
    keys: mostly(fc.array(key, { maxLength: 3 }), ["dev"], "local/dev"),
    accept: mostly(fc.array(key, { maxLength: 3 }), [1], null),
    secrets: mostly(fc.array(fc.constantFrom("**.password", "!a.b", "/a/-", "a[].b")), ["a..b"], {}),
    mode: mostly(fc.constantFrom("envelope", "direct"), "raw", null),
    maxDataKeys: mostly(fc.integer({ min: 1, max: 99 }), 0, 1.5),
  };
  const rule = fc.record(
    {
      files: mostly(fc.constant(["config/**"]), [], ["../a"], "a"),
      env: mostly(fc.constant("production"), "", 1),
      raw: mostly(fc.constant(["a.b"]), [""], "a"),
      ...shared,
    },
    { requiredKeys: ["files"] },
  );
  const entry = fc.record(
    {
      path: mostly(fc.constant("a.yaml"), "", 1),
      optional: mostly(fc.boolean(), "yes", null),
      as: mostly(fc.constant("b.yaml"), "", null),
      format: mostly(fc.constantFrom("yaml", "json", "dotenv"), "toml", null),
    },
    { requiredKeys: ["path"] },
  );
  const load = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant("a.yaml") }, entry), { maxLength: 2 });
  const fields = { ...shared, load, rules: fc.array(rule, { maxLength: 2 }) };
  return fc.oneof(
    { weight: 20, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    {
      weight: 1,
      arbitrary: fc.record({ ...fields, env: fc.constant("production") }, { requiredKeys: ["env"] }),
    },
  );
}

function mostly(good: fc.Arbitrary<unknown>, ...bad: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
}

function text(characters: string): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters), maxLength: 9 });
}

function globs(): fc.Arbitrary<string> {
  return fc.oneof(
    text("./!a*\n\\"),
    fc.string({ unit: fc.constantFrom("{env}", "$", "\\", "/", ".", "a", "é"), maxLength: 5 }),
  );
}

function references(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom("local/", "aliyun/cn/", "age/age1", "tencent/a/"), text("aZ9-_./\n"))
    .map((parts) => parts.join(""));
}

function problemsOf(value: unknown): string[] {
  const at = (path: readonly (string | number)[]) => ({ file: path.join(".").replace(/\.(\d+)/g, "[$1]") });
  const grammar = {
    isContextName,
    isKeyReference: (reference: string) => typeof parseKeyReference(reference) === "object",
    compileGlob: (glob: string) => picomatch(glob, { dot: true }),
  };
  return parsePolicy({ file: "policy", value, at }, grammar).problems.map(({ message }) => message);
}
