import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";

import { z } from "zod";

import {
  describeConfig,
  loadConfig,
  secretPaths,
  type StandardSchema,
  toSecret,
  UsageError,
} from "../../src/index.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  NO_POLICY,
  sealAll,
  sealOne,
  startKms,
} from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

const NOT_OURS: readonly (readonly [title: string, make: () => Promise<object>])[] = [
  ["an object of the caller's", async () => await Promise.resolve({ a: 1 })],
  ["a part of a config", async () => (await loadTexts({ "a.yaml": "a: { b: 1 }" }))["a"] as object],
  ["a copy of a config", async () => ({ ...(await loadTexts({ "a.yaml": "a: 1" })) })],
];

describe("describeConfig", () => {
  it("tells of every leaf its path, where it stands and how it was sealed, and no value", async (t) => {
    const { key, environment } = await startKms(t);
    const local = { keys: [LOCAL_KEY], environment };
    const cloud = { keys: [key], environment };
    const folder = makeFolder(t, {
      "base.yaml": [
        "db:",
        "  host: plain-host",
        `  password: ${await sealOne("db.password", "hunter2-canary", local)}`,
        "list:",
        `  - ${await sealOne("list[]", "item-canary", cloud)}`,
        "  - 7",
        `anywhere: ${await sealOne(null, "any-canary", local)}`,
        `direct: ${await sealOne("direct", "direct-canary", { ...cloud, direct: true })}`,
        "cert: sealed:v1:file:cert.pem.sealed",
        "a.b: dotted",
        "empty: {}",
      ].join("\n"),
      "cert.pem.sealed": sealBlob(await makeSealedFileKey(), "cert.pem", Buffer.from("cert-canary")),
      ".env": `\nTOKEN="${await sealOne("TOKEN", "env-canary", local)}"`,
    });
    const config = await loadConfig({
      files: ["base.yaml", ".env"],
      root: folder,
      keys: [LOCAL_KEY, key],
      context: CONTEXT,
      environment: {
        ...environment,
        APP_PORT: "80",
        APP_API__KEY: await sealOne("APP_API__KEY", "k", local),
      },
      variables: { prefix: "APP_" },
    });
    const description = describeConfig(config);
    const bound = { ...CONTEXT, key: LOCAL_KEY };
    const file = "base.yaml";
    const sealed = (kind: string, path: string | undefined, by: string = LOCAL_KEY): object => {
      return { kind, ...bound, key: by, path };
    };
    assert.deepEqual(JSON.parse(JSON.stringify(description.values)), [
      { path: "db.host", file, line: 2, column: 9 },
      { path: "db.password", file, line: 3, column: 13, sealed: sealed("envelope", "/db/password") },
      { path: "list[0]", file, line: 5, column: 5, sealed: sealed("envelope", "/list/-", key) },
      { path: "list[1]", file, line: 6, column: 5 },
      {
        path: "anywhere",
        file,
        line: 7,
        column: 11,
        sealed: JSON.parse(JSON.stringify(sealed("envelope", undefined))) as object,
      },
      { path: "direct", file, line: 8, column: 9, sealed: sealed("direct", "/direct", key) },
      {
        path: "cert",
        file,
        line: 9,
        column: 7,
        sealed: JSON.parse(JSON.stringify(sealed("file", undefined))) as object,
      },
      { path: "a\\.b", file, line: 10, column: 6 },
      { path: "port", variable: "APP_PORT" },
      { path: "api.key", variable: "APP_API__KEY", sealed: sealed("envelope", "/APP_API__KEY") },
    ]);
    assert.equal(description.kmsCalls, 2);
    // One for each run: sealOne is one.
    assert.equal(description.dataKeys, 5);
    const printed = inspect(description, { depth: 10 }) + JSON.stringify(description);
    for (const value of ["canary", "plain-host", "dotted", "sealed:v1"])
      assert.ok(!printed.includes(value), value);
  });

  it("describes the config as it was before its schema", async () => {
    const config = await loadConfig({
      files: [{ as: "a.yaml", text: "a: 1\nb: 2" }],
      schema: z.object({ a: z.number() }).transform(({ a }) => ({ renamed: a })),
      root: NO_POLICY,
    });
    assert.deepEqual(
      describeConfig(config).values.map(({ path }) => path),
      ["a", "b"],
    );
  });

  it("tells the file that the last word on a value came from", async () => {
    const config = await loadTexts({ "a.yaml": "a: 1\nb: 1", "b.json": '{ "b": 2 }' });
    assert.deepEqual(
      describeConfig(config).values.map(({ path, file }) => `${path} ${file}`),
      ["a a.yaml", "b b.json"],
    );
  });

  for (const [title, make] of NOT_OURS) {
    it(`refuses ${title}`, async () => {
      const other = await make();
      assert.throws(
        () => describeConfig(other),
        (error) =>
          error instanceof UsageError && error.code === "ERR_OPTION_INVALID" && error.hint !== undefined,
      );
    });
  }
});

describe("secretPaths", () => {
  /** Loads two sealed texts and a sealed number through a schema that does with them what `transform` says. */
  async function pathsOf(transform: (value: Values) => unknown): Promise<string[]> {
    const tokens = await sealAll({ password: "correct-horse", pin: 482_913, short: "abc" });
    const schema: StandardSchema<object> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => ({ value: transform(value as Values) as object }),
      },
    };
    const text = Object.entries(tokens).map(([path, token]) => `${path}: ${token}`);
    const config = await loadConfig({
      files: [{ as: "a.yaml", text: ["host: plain-host", "port: 5432", ...text].join("\n") }],
      schema,
      root: NO_POLICY,
      keys: [LOCAL_KEY],
      context: CONTEXT,
      environment: ENVIRONMENT,
    });
    return secretPaths(config);
  }
  interface Values {
    readonly host: string;
    readonly password: string;
    readonly pin: number;
    readonly short: string;
  }

  it("lists the sealed values and nothing else", async () => {
    assert.deepEqual(await pathsOf((value) => value), ["password", "pin", "short"]);
    assert.deepEqual(secretPaths(await loadTexts({ "a.yaml": "a: 1\nb: [x]" })), []);
  });

  it("writes them as a logger's redaction list takes them", async () => {
    const paths = await pathsOf(({ password, pin, short }) => ({
      db: { password },
      servers: [{ token: "x" }, { token: short }],
      "dash-ed": { "key.pem": password, 'with"quote': pin },
      $ok_1: password,
      "1st": password,
      "": password,
    }));
    assert.deepEqual(paths, [
      "db.password",
      "servers[1].token",
      '["dash-ed"]["key.pem"]',
      '["dash-ed"]["with\\"quote"]',
      "$ok_1",
      '["1st"]',
      '[""]',
    ]);
  });

  it("finds them where the schema put them: joined, as bytes, in maps, addresses and instances", async () => {
    const paths = await pathsOf(({ password, host, pin }) => ({
      dsn: `postgres://app:${password}@${host}/`,
      host,
      bytes: Buffer.from(password),
      map: new Map([["p", password]]),
      url: new URL(`postgres://app:${password}@${host}/`),
      plainUrl: new URL(`postgres://${host}/`),
      pin: String(pin),
      call: () => host,
    }));
    assert.deepEqual(paths, ["dsn", "bytes", "map", "url", "pin"]);
  });

  it("leaves out what hides itself", async () => {
    assert.deepEqual(await pathsOf(({ password }) => ({ password: toSecret(password) })), []);
  });

  it("lists a part that stands twice at both places, and ends where a part holds itself", async () => {
    const paths = await pathsOf(({ password }) => {
      const part: Record<string, unknown> = { password };
      part["self"] = part;
      return { one: part, two: part };
    });
    assert.deepEqual(paths, ["one.password", "two.password"]);
  });

  it("lists every member of a value that was sealed whole", async () => {
    const token = await sealOne("db", { host: "h", port: 5432, tags: ["a"], on: true });
    const config = await loadTexts({ "a.yaml": `db: ${token}\nname: x` });
    assert.deepEqual(secretPaths(config), ["db.host", "db.port", "db.tags[0]"]);
  });

  for (const [title, make] of NOT_OURS) {
    it(`refuses ${title}`, async () => {
      const other = await make();
      assert.throws(() => secretPaths(other), UsageError);
    });
  }
});
