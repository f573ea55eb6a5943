import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";

import {
  type AnySealconfError,
  KmsError,
  LoadError,
  OpenError,
  SchemaError,
  SealconfError,
  SourceError,
  TokenError,
  UsageError,
} from "../../src/errors/index.ts";

const SOURCE = { file: "app.yaml", line: 12, column: 7, path: "db.password" };

const ERRORS: readonly (readonly [name: string, error: AnySealconfError, code: string])[] = [
  ["UsageError", new UsageError("ERR_OPTION_INVALID", "what"), "ERR_OPTION_INVALID"],
  ["SourceError", new SourceError("ERR_POLICY_INVALID", "what"), "ERR_POLICY_INVALID"],
  ["TokenError", new TokenError("ERR_TOKEN_VERSION", "what"), "ERR_TOKEN_VERSION"],
  ["OpenError", new OpenError(), "ERR_OPEN_FAILED"],
  ["KmsError", new KmsError("ERR_KMS_DENIED", "what", { provider: "tencent" }), "ERR_KMS_DENIED"],
  ["SchemaError", new SchemaError("what", []), "ERR_SCHEMA_INVALID"],
  ["LoadError", new LoadError([new OpenError()]), "ERR_LOAD_FAILED"],
];

describe("every error", () => {
  for (const [name, error, code] of ERRORS) {
    it(`of the class ${name} says its name and code, and is an Error and a SealconfError`, () => {
      assert.ok(error instanceof Error);
      assert.ok(error instanceof SealconfError);
      assert.equal(error.name, name);
      assert.equal(error.code, code);
      assert.match(inspect(error), new RegExp(`^${name}: `));
    });
  }

  it("has no field for what is not known", () => {
    assert.deepEqual(Object.keys(new UsageError("ERR_OPTION_INVALID", "what")).sort(), ["code", "name"]);
    const kms = new KmsError("ERR_KMS_DENIED", "what", { provider: "local" });
    assert.deepEqual(Object.keys(kms).sort(), ["code", "name", "provider", "retryable"]);
  });

  it("puts its place in front of its message and keeps it as a field", () => {
    const error = new SourceError("ERR_FORMAT_SYNTAX", "what", { source: SOURCE, hint: "do this" });
    assert.equal(error.message, "app.yaml:12:7 (db.password): what");
    assert.deepEqual(error.source, SOURCE);
    assert.equal(error.hint, "do this");
  });

  it("keeps the cause that it is given, and has none otherwise", () => {
    const cause = new OpenError();
    assert.equal(new TokenError("ERR_RAW_REFUSED", "what", { cause }).cause, cause);
    assert.equal("cause" in new TokenError("ERR_RAW_REFUSED", "what"), false);
  });

  it("narrows by its code", () => {
    const error: AnySealconfError = new KmsError("ERR_KMS_THROTTLED", "what", {
      provider: "tencent",
      requestId: "r",
    });
    assert.equal(describeError(error), "tencent r false");
    assert.equal(describeError(new LoadError([])), "0");
  });
});

describe("OpenError", () => {
  it("says the same whatever the reason, but for its place", () => {
    const [plain, placed] = [new OpenError(), new OpenError({ source: SOURCE })];
    assert.equal(plain.message, "the sealed value does not open here");
    assert.equal(placed.message, "app.yaml:12:7 (db.password): the sealed value does not open here");
    assert.equal(placed.hint, plain.hint);
    assert.deepEqual(Object.keys(placed).sort(), ["code", "hint", "name", "source"]);
  });
});

describe("KmsError", () => {
  it("tells the provider, the request and whether the same call may succeed later", () => {
    const details = { provider: "tencent", requestId: "bc5b118e", retryable: true };
    const { provider, requestId, retryable } = new KmsError("ERR_KMS_UNREACHABLE", "what", details);
    assert.deepEqual({ provider, requestId, retryable }, details);
  });
});

describe("SchemaError", () => {
  it("keeps its issues", () => {
    const issues = [{ path: "db.port", message: "expected a number" }];
    assert.deepEqual(new SchemaError("what", issues).issues, issues);
  });
});

describe("LoadError", () => {
  it("lists every error with its hint, in the order given", () => {
    const errors = [
      new SourceError("ERR_FORMAT_SYNTAX", "what", {
        source: { file: "a.yaml", line: 1, column: 2 },
        hint: "do this",
      }),
      new UsageError("ERR_OPTION_INVALID", "something else"),
    ];
    const error = new LoadError(errors);
    const message =
      "the config cannot be loaded: 2 problems\n  a.yaml:1:2: what\n    do this\n  something else";
    assert.equal(error.message, message);
    assert.ok(error.stack?.includes(message));
    assert.deepEqual(error.errors, errors);
  });

  it("counts one problem as one", () => {
    const error = new LoadError([new UsageError("ERR_OPTION_INVALID", "what")]);
    assert.equal(error.message, "the config cannot be loaded: 1 problem\n  what");
  });

  it("shows 50 of them, says how many there are, and keeps them all", () => {
    const errors = Array.from(
      { length: 53 },
      (_, index) => new UsageError("ERR_OPTION_INVALID", `number ${index}`),
    );
    const error = new LoadError(errors);
    assert.equal(error.errors.length, 53);
    assert.match(error.message, /^the config cannot be loaded: 53 problems\n {2}number 0\n/);
    assert.ok(error.message.endsWith("\n  number 49\n  and 3 more"));
  });
});

function describeError(error: AnySealconfError): string {
  switch (error.code) {
    case "ERR_KMS_THROTTLED":
      return `${error.provider} ${error.requestId} ${error.retryable}`;
    case "ERR_LOAD_FAILED":
      return String(error.errors.length);
    default:
      return error.code;
  }
}
