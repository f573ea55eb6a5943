import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { z } from "zod";

import * as sealconf from "../src/index.ts";
import {
  describeConfig,
  KmsError,
  loadConfig,
  LoadError,
  localKeys,
  OpenError,
  SchemaError,
  SealconfError,
  sealValues,
  secretPaths,
  SourceError,
  tencentKms,
  TokenError,
  UsageError,
} from "../src/index.ts";
import {
  ENVIRONMENT,
  loadTexts,
  makeFolder,
  POLICY_TEXT,
  rejectionOf,
  startKms,
} from "./support/load-fixture.ts";

describe("the package", () => {
  it("exports what it promises and nothing else", () => {
    assert.deepEqual(Object.keys(sealconf).sort(), [
      "KmsError",
      "LoadError",
      "OpenError",
      "SchemaError",
      "SealconfError",
      "Secret",
      "SourceError",
      "TokenError",
      "UsageError",
      "describeConfig",
      "loadConfig",
      "localKeys",
      "openValue",
      "sealValue",
      "sealValues",
      "secretPaths",
      "tencentKms",
      "toSecret",
    ]);
  });

  it("has error classes that are told apart by instanceof, by name and by code", () => {
    const errors = [
      new UsageError("ERR_OPTION_INVALID", "x"),
      new SourceError("ERR_NO_RULE", "x"),
      new TokenError("ERR_TOKEN_MALFORMED", "x"),
      new OpenError(),
      new KmsError("ERR_DEADLINE", "x", { provider: "tencent" }),
      new SchemaError("x", []),
      new LoadError([]),
    ];
    for (const error of errors) {
      assert.ok(error instanceof SealconfError && error instanceof Error);
      assert.equal(error.name, error.constructor.name);
      assert.match(error.code, /^ERR_[A-Z_]+$/);
    }
    assert.equal(new Set(errors.map(({ name }) => name)).size, errors.length);
  });

  it("has providers that cost nothing until they are asked", () => {
    assert.equal(localKeys({ env: {} }).name, "local");
    assert.equal(tencentKms({ env: {} }).name, "tencent");
  });
});

describe("a service's whole config", () => {
  it("is sealed, committed, loaded through a schema, described and printed", async (t) => {
    const { key, environment, emulator } = await startKms(t);
    const policy =
      POLICY_TEXT.replace("local/dev", key) + 'secrets: ["**.password", "**.*Token", "tls.key"]\n';
    const context = { app: "billing-api", env: "production" };
    const [password, apiToken, pem, envToken] = await sealValues(
      [
        { path: "db.password", value: "correct horse battery" },
        { path: "partners[].apiToken", value: "partner-token" },
        { path: "tls.key", value: "-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n" },
        { path: "BILLING_SMTP__PASSWORD", value: "smtp secret" },
      ],
      { keys: [key], context, environment },
    );
    const root = makeFolder(t, {
      ".sealconf.yaml": `load: [config/default.yaml, "config/{env}.json", { path: .env, optional: true }]\n${policy}`,
      "config/default.yaml": `db: { host: localhost, port: 5432, password: ${password} }\npartners: []\n`,
      "config/production.json": JSON.stringify({
        db: { host: "db.internal" },
        partners: [{ name: "acme", apiToken }],
        tls: { key: pem },
      }),
      ".env": `BILLING_SMTP__PASSWORD=${envToken}\nBILLING_SMTP__HOST=smtp.internal\n`,
    });
    emulator.calls.reset();
    const config = await loadConfig({
      env: "production",
      root,
      variables: { prefix: "BILLING_" },
      environment: { ...environment, BILLING_DB__PORT: "6432" },
      schema: z.object({
        db: z.object({ host: z.string(), port: z.coerce.number(), password: z.string() }),
        partners: z.array(z.object({ name: z.string(), apiToken: z.string() })),
        tls: z.object({ key: z.string().startsWith("-----BEGIN") }),
        smtp: z.object({ host: z.string(), password: z.string() }),
      }),
    });
    const port: number = config.db.port;
    assert.equal(port, 6432);
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      db: { host: "db.internal", port: 6432, password: "correct horse battery" },
      partners: [{ name: "acme", apiToken: "partner-token" }],
      tls: { key: "-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n" },
      smtp: { host: "smtp.internal", password: "smtp secret" },
    });
    assert.equal(emulator.calls.total, 1);
    assert.equal(describeConfig(config).kmsCalls, 1);
    assert.deepEqual(secretPaths(config), [
      "db.password",
      "partners[0].apiToken",
      "tls.key",
      "smtp.password",
    ]);
  });

  it("may be loaded many times at once, each load on its own", async () => {
    const [token] = await sealValues([{ path: "a", value: "x" }], {
      keys: ["local/dev"],
      context: { app: "billing-api", env: "production" },
      environment: ENVIRONMENT,
    });
    const loads = Array.from({ length: 40 }, (_, index) =>
      loadTexts({ "a.yaml": `a: ${token}\nn: ${index}` }),
    );
    const configs = await Promise.all(loads);
    assert.deepEqual(
      configs.map(({ a, n }) => `${String(a)}${String(n)}`),
      loads.map((_, index) => `x${index}`),
    );
  });

  it("that cannot be loaded rejects, and never returns a part", async () => {
    assert.ok((await rejectionOf(loadTexts({ "a.yaml": "a: 1", "b.yaml": "b: [" }))) instanceof LoadError);
  });
});
