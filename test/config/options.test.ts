import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { loadConfig as loadAtOnce } from "../../src/config/load.ts";
import { type ErrorCode, loadConfig, type LoadOptions, SealconfError } from "../../src/index.ts";
import { loadTexts, NO_POLICY, rejectionOf } from "../support/load-fixture.ts";

interface BadOptions {
  readonly title: string;
  readonly options: unknown;
  readonly message: RegExp;
  /** `ERR_OPTION_INVALID` unless it is said. */
  readonly code?: ErrorCode;
}

const FILES = { files: [{ as: "a.yaml", text: "a: 1" }], root: NO_POLICY };

const BAD_OPTIONS: readonly BadOptions[] = [
  { title: "no options at all", options: undefined, message: /^options must be an object$/ },
  { title: "neither files nor env", options: {}, message: /^give either files or env$/ },
  {
    title: "both files and env",
    options: { ...FILES, env: "production" },
    message: /^give either files or env$/,
  },
  { title: "an option that is not one", options: { ...FILES, schemas: {} }, message: /no option "schemas"/ },
  { title: "files that are no list", options: { files: "a.yaml" }, message: /^files must be a list$/ },
  { title: "an env that cannot be one", options: { env: "a/b" }, message: /^env is not 1 to 64 letters/ },
  { title: "an empty env", options: { env: "" }, message: /^env is not 1 to 64 letters/ },
  { title: "a schema that is none", options: { ...FILES, schema: {} }, message: /not a Standard Schema/ },
  { title: "a deadline of nothing", options: { ...FILES, deadlineMs: 0 }, message: /^deadlineMs must be/ },
  {
    title: "a deadline that is no number",
    options: { ...FILES, deadlineMs: NaN },
    message: /^deadlineMs must be/,
  },
  {
    title: "a deadline that no timer can keep",
    options: { ...FILES, deadlineMs: 2 ** 31 },
    message: /^deadlineMs must be/,
  },
  {
    title: "a signal that is none",
    options: { ...FILES, signal: {} },
    message: /^signal must be an AbortSignal$/,
  },
  {
    title: "overrides that are a list",
    options: { ...FILES, overrides: [] },
    message: /^overrides must be a plain/,
  },
  {
    title: "a context with a misspelt name",
    options: { ...FILES, context: { application: "a" } },
    message: /no option "context.application"/,
  },
  {
    title: "an app that cannot be one",
    options: { ...FILES, context: { app: "a b" } },
    message: /^context.app is not/,
  },
  {
    title: "an env of the context that cannot be one",
    options: { ...FILES, context: { env: "" } },
    message: /^context.env/,
  },
  {
    title: "a key of a provider that there is not",
    options: { ...FILES, keys: ["dev"] },
    message: /"dev" names an unknown/,
    code: "ERR_PROVIDER_UNKNOWN",
  },
  {
    title: "a malformed key",
    options: { ...FILES, keys: ["local/DEV"] },
    message: /"local\/DEV" is not a key reference/,
  },
  {
    title: "a raw pattern that is no path",
    options: { ...FILES, raw: ["a..b"] },
    message: /"a..b" cannot be read/,
  },
  {
    title: "variables without a prefix",
    options: { ...FILES, variables: {} },
    message: /^variables.prefix must be/,
  },
  {
    title: "an empty prefix",
    options: { ...FILES, variables: { prefix: "" } },
    message: /^variables.prefix must be/,
  },
  {
    title: "an empty separator",
    options: { ...FILES, variables: { prefix: "A_", separator: "" } },
    message: /^variables.separator must be/,
  },
  {
    title: "variables with a misspelt name",
    options: { ...FILES, variables: { prefix: "A_", seperator: "_" } },
    message: /no option "variables.seperator"/,
  },
  {
    title: "a policy that is neither path nor text",
    options: { ...FILES, policy: {} },
    message: /^policy must be/,
  },
  {
    title: "a policy on the web",
    options: { ...FILES, policy: new URL("https://a/") },
    message: /^policy must be/,
  },
  {
    title: "a root on the web",
    options: { ...FILES, root: new URL("https://a/") },
    message: /^root must be/,
  },
  {
    title: "a provider without methods",
    options: { ...FILES, providers: [{ name: "x" }] },
    message: /^providers must be/,
  },
  {
    title: "a limit that is none",
    options: { ...FILES, limits: { maxNode: 1 } },
    message: /no option "limits.maxNode"/,
  },
  {
    title: "a limit of nothing",
    options: { ...FILES, limits: { maxNodes: 0 } },
    message: /^limits.maxNodes must be/,
  },
];

describe("loadConfig's options", () => {
  for (const { title, options, message, code = "ERR_OPTION_INVALID" } of BAD_OPTIONS) {
    it(`refuses ${title}`, async () => {
      const error = await rejectionOf(loadConfig(options as LoadOptions));
      assert.ok(error instanceof SealconfError, String(error));
      assert.match(error.message, message);
      assert.equal(error.code, code);
    });
  }

  it("are read once: what the caller changes later changes nothing", async () => {
    const files = [{ as: "a.yaml", text: "a: 1" }];
    const options = { files, root: NO_POLICY, overrides: { b: 2 } };
    const loading = loadAtOnce(options);
    files.push({ as: "c.yaml", text: "c: 3" });
    options.root = "/nowhere";
    assert.deepEqual({ ...(await loading) }, { a: 1, b: 2 });
  });

  it("accept undefined for whatever may be left out", async () => {
    const nothing: Partial<LoadOptions> = {
      env: undefined,
      variables: undefined,
      schema: undefined,
      overrides: undefined,
      policy: undefined,
      keys: undefined,
      context: undefined,
      raw: undefined,
      providers: undefined,
      signal: undefined,
      deadlineMs: undefined,
      limits: undefined,
      environment: undefined,
    };
    assert.deepEqual({ ...(await loadTexts({ "a.yaml": "a: 1" }, nothing)) }, { a: 1 });
  });
});
