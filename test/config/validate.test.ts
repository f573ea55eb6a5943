import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

import {
  type Config,
  loadConfig,
  SchemaError,
  type StandardIssue,
  type StandardSchema,
} from "../../src/index.ts";
import { CONTEXT, ENVIRONMENT, LOCAL_KEY, NO_POLICY, problemsOf, sealAll } from "../support/load-fixture.ts";

const SEALED_VALUES = {
  "db.password": "hunter2-canary",
  "db.pin": 482_913,
  token: "tok",
} as const;

async function load<const Schema extends StandardSchema | undefined = undefined>(
  schema: Schema,
  text: string = "",
): Promise<Config<Schema>> {
  const tokens = await sealAll(SEALED_VALUES);
  const yaml = [
    "db:",
    "  host: plain-host.example",
    "  port: 54321",
    `  password: ${tokens["db.password"]}`,
    `  pin: ${tokens["db.pin"]}`,
    `token: ${tokens.token}`,
    text,
  ].join("\n");
  return await loadConfig({
    files: [{ as: "app.yaml", text: yaml }],
    schema,
    root: NO_POLICY,
    keys: [LOCAL_KEY],
    context: CONTEXT,
    environment: ENVIRONMENT,
  });
}

async function schemaErrorOf(loading: Promise<unknown>): Promise<SchemaError> {
  const [problem, ...others] = await problemsOf(loading);
  assert.deepEqual(others, []);
  assert.ok(problem instanceof SchemaError, String(problem));
  assert.equal(problem.code, "ERR_SCHEMA_INVALID");
  for (const value of ["hunter2", "482913", 'tok"', "plain-host", "54321"]) {
    assert.ok(
      !`${problem.stack}${JSON.stringify(problem)}`.includes(value),
      `${value} is in ${problem.message}`,
    );
  }
  return problem;
}

/** A schema that reports these issues. */
function failingWith(...issues: readonly StandardIssue[]): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } };
}

describe("a schema", () => {
  it("of zod types the result and makes what it makes of the opened values", async () => {
    const config = await load(
      z.object({
        db: z.object({ host: z.string(), port: z.coerce.number(), password: z.string(), pin: z.number() }),
        token: z.string().toUpperCase(),
        retries: z.number().default(3),
      }),
    );
    const pin: number = config.db.pin;
    assert.deepEqual(
      [pin, config.db.password, config.token, config.retries],
      [482_913, "hunter2-canary", "TOK", 3],
    );
    assert.ok(Object.isFrozen(config.db));
  });

  it("of valibot types the result", async () => {
    const config = await load(
      v.object({
        db: v.object({ password: v.string(), port: v.number() }),
        token: v.pipe(v.string(), v.length(3)),
      }),
    );
    const port: number = config.db.port;
    assert.equal(port, 54_321);
    assert.deepEqual(Object.keys(config.db), ["password", "port"]);
  });

  it("of arktype types the result", async () => {
    const config = await load(type({ db: { password: "string", port: "number" }, token: "string == 3" }));
    const password: string = config.db.password;
    assert.equal(password, "hunter2-canary");
  });

  it("may be asynchronous", async () => {
    const schema = z.object({
      token: z.string().transform(async (text) => await Promise.resolve(text.length)),
    });
    const config = await load(schema);
    const length: number = config.token;
    assert.equal(length, 3);
  });

  it("gets ordinary objects and lists", async () => {
    let seen: unknown;
    const schema: StandardSchema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => {
          seen = value;
          return { value };
        },
      },
    };
    await load(schema, "list: [{ a: 1 }]");
    const value = seen as { db: object; list: [object] };
    for (const part of [value, value.db, value.list[0]]) {
      assert.equal(Object.getPrototypeOf(part), Object.prototype);
    }
    assert.equal(Object.getPrototypeOf(value.list), Array.prototype);
  });

  it("is not asked at all where there is none, and every value is there as it was read", async () => {
    const config = await load(undefined);
    assert.deepEqual(Object.keys(config), ["db", "token"]);
  });
});

describe("a config that does not match its schema", () => {
  it("is one problem with every issue's path, from zod", async () => {
    const schema = z.object({
      db: z.object({ password: z.number(), port: z.string(), host: z.email() }),
      token: z.string().min(10),
      missing: z.string(),
    });
    const error = await schemaErrorOf(load(schema));
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ["db.password", "db.port", "db.host", "token", "missing"],
    );
    for (const { path, message } of error.issues) assert.ok(error.message.includes(`${path}: ${message}`));
    assert.match(error.message, /^the config does not match its schema: db\.password: /);
    assert.match(error.issues[0]?.message ?? "", /expected number/i);
  });

  it("is one problem with every issue's path, from valibot, whose messages quote values", async () => {
    const schema = v.object({
      db: v.object({ password: v.pipe(v.string(), v.email()), port: v.pipe(v.number(), v.maxValue(1024)) }),
      token: v.picklist(["a", "b"]),
    });
    const error = await schemaErrorOf(load(schema));
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ["db.password", "db.port", "token"],
    );
    assert.match(error.issues[1]?.message ?? "", /<=1024/);
    assert.match(error.issues[2]?.message ?? "", /"a" \| "b"/);
  });

  it("is one problem with every issue's path, from arktype, whose messages quote values", async () => {
    const schema = type({
      db: { password: "string.email", port: "number < 1024", pin: "number < 10", host: "'a' | 'b'" },
      token: "string > 20",
    });
    const error = await schemaErrorOf(load(schema));
    assert.deepEqual(error.issues.map(({ path }) => path).sort(), [
      "db.host",
      "db.password",
      "db.pin",
      "db.port",
      "token",
    ]);
    assert.match(error.message, /db\.port: expected less than 1024/);
  });

  it("tells paths with indices, symbols and keys with dots, and none for the whole", async () => {
    const error = await schemaErrorOf(
      load(
        failingWith(
          { message: "one", path: ["list", 0, { key: "a.b" }] },
          { message: "two", path: [Symbol("s")] },
          { message: "three" },
          { message: "four", path: [] },
        ),
      ),
    );
    assert.deepEqual(error.issues, [
      { path: "list[0].a\\.b", message: "one" },
      { path: "Symbol(s)", message: "two" },
      { path: "", message: "three" },
      { path: "", message: "four" },
    ]);
    assert.match(error.message, /: one; Symbol\(s\): two; three; four$/);
  });

  it("shows no character that a terminal would act on", async () => {
    const error = await schemaErrorOf(load(failingWith({ message: "a\u001b[31mb\nc", path: ["x\u202ey"] })));
    assert.deepEqual(error.issues, [{ path: "x\\u{202e}y", message: "a\\u{1b}[31mb\\u{a}c" }]);
  });

  const QUOTING: readonly (readonly [title: string, message: string])[] = [
    ["a sealed text", "got hunter2-canary"],
    ["a part of a sealed text", "got hunter2-c…"],
    ["a short sealed text", "got tok"],
    ["a sealed number", "must be below 10, was 482913"],
    ["a plain text", "got plain-host.example"],
    ["a plain text in quotes", "got 'x y'"],
    ["a plain text, written as JSON", 'got "line one\\nline \\"two\\""'],
    ["a plain number at its own path", "must be below 10 (was 54321)"],
  ];
  for (const [title, message] of QUOTING) {
    it(`has no message that quotes ${title}: what the schema expects stands there, or nothing`, async () => {
      const text = `quoted: x y\nlines: "line one\\nline \\"two\\""`;
      const issue = { message, path: ["db", "port"] };
      const bare = await schemaErrorOf(load(failingWith(issue), text));
      assert.deepEqual(bare.issues, [{ path: "db.port", message: "does not match the schema" }]);
      const expecting = Object.assign({ expected: "a port" }, issue);
      const told = await schemaErrorOf(load(failingWith(expecting), text));
      assert.deepEqual(told.issues, [{ path: "db.port", message: "expected a port" }]);
    });
  }

  it("has no message that quotes a value in what the schema expected, either", async () => {
    const issue = Object.assign({ message: "got tok", path: ["token"] }, { expected: "not hunter2-canary" });
    const error = await schemaErrorOf(load(failingWith(issue)));
    assert.deepEqual(error.issues, [{ path: "token", message: "does not match the schema" }]);
  });

  for (const [title, validate] of [
    ["throws", () => fail()],
    ["rejects", () => Promise.reject(new Error("hunter2-canary at plain-host"))],
    ["throws what is no error", () => failWith("hunter2-canary")],
  ] as const) {
    it(`is told without what the schema said where it ${title}`, async () => {
      const schema: StandardSchema = { "~standard": { version: 1, vendor: "test", validate } };
      const error = await schemaErrorOf(load(schema));
      assert.equal(error.message, "the schema failed while it was validating the config");
      assert.equal(error.cause, undefined);
      assert.deepEqual(error.issues, []);
    });
  }

  it("is told without what a transform said that throws", async () => {
    const schema = z.object({ token: z.string().transform((text) => JSON.parse(text) as unknown) });
    const error = await schemaErrorOf(load(schema));
    assert.equal(error.message, "the schema failed while it was validating the config");
  });
});

function fail(): never {
  throw new TypeError("hunter2-canary is not a number");
}

function failWith(reason: unknown): never {
  throw reason;
}
