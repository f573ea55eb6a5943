// Most of this file is checked by the compiler alone: what must not compile is marked, and an unused mark fails it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

import {
  type AnySealconfError,
  type Config,
  type ErrorCode,
  type JsonValue,
  type KmsProvider,
  loadConfig,
  type LoadOptions,
  openValue,
  type OutputOf,
  sealValue,
  type Secret,
  type StandardSchema,
  toSecret,
} from "../../src/index.ts";
import { NO_POLICY } from "../support/load-fixture.ts";

/** `true` only when the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function same<A, B>(...proof: Same<A, B> extends true ? [] : ["the types differ"]): void {
  assert.deepEqual(proof, []);
}

const FILES = [{ as: "a.yaml", text: 'a: "1"\nb: 2' }];
const OPTIONS = { files: FILES, root: NO_POLICY } as const;

describe("the type of a config", () => {
  it("is a record of unknown values without a schema", async () => {
    const config = await loadConfig(OPTIONS);
    same<typeof config, Record<string, unknown>>();
    // @ts-expect-error nobody knows that there is a text here
    const text: string = config["a"];
    assert.equal(text, "1");
    const none = await loadConfig({ ...OPTIONS, schema: undefined });
    same<typeof none, Record<string, unknown>>();
  });

  it("is a zod schema's output, not its input", async () => {
    const config = await loadConfig({
      ...OPTIONS,
      schema: z.object({
        a: z.coerce.number(),
        b: z.number().optional(),
        c: z.string().transform(toSecret).optional(),
      }),
    });
    same<typeof config, { a: number; b?: number | undefined; c?: Secret | undefined }>();
    // @ts-expect-error the schema knows no such name
    assert.equal(config.d, undefined);
    const a: number = config.a;
    assert.equal(a, 1);
  });

  it("is a valibot schema's output", async () => {
    const schema = v.object({ a: v.pipe(v.string(), v.transform(Number)), b: v.optional(v.number(), 3) });
    const config = await loadConfig({ ...OPTIONS, schema });
    same<typeof config, { a: number; b: number }>();
    assert.equal(config.a, 1);
  });

  it("is an arktype's output", async () => {
    const config = await loadConfig({
      ...OPTIONS,
      schema: type({ a: "string.numeric.parse", "b?": "number" }),
    });
    same<typeof config, { a: number; b?: number }>();
    assert.equal(config.a, 1);
  });

  it("is what a schema written by hand says", async () => {
    const schema: StandardSchema<{ readonly x: 1 }> = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ value: { x: 1 } }) },
    };
    const config = await loadConfig({ ...OPTIONS, schema });
    same<typeof config, { readonly x: 1 }>();
    same<Config<typeof schema>, { readonly x: 1 }>();
    same<OutputOf<typeof schema>, { readonly x: 1 }>();
    assert.equal(config.x, 1);
  });
});

describe("the types of options", () => {
  /** Nothing here runs: the compiler reads it. */
  const unused = [
    // @ts-expect-error options are needed
    () => loadConfig(),
    // @ts-expect-error a misspelt option
    () => loadConfig({ files: ["a.yaml"], shema: z.object({}) }),
    // @ts-expect-error files are a list
    () => loadConfig({ files: "a.yaml" }),
    // @ts-expect-error a file is a path, a URL or an object
    () => loadConfig({ files: [7] }),
    // @ts-expect-error a text needs to say what it stands for
    () => loadConfig({ files: [{ text: "a: 1" }] }),
    // @ts-expect-error a schema is a Standard Schema
    () => loadConfig({ files: [], schema: { parse: () => ({}) } }),
    // @ts-expect-error variables need a prefix
    () => loadConfig({ files: [], variables: {} }),
    // @ts-expect-error keys are a list
    () => loadConfig({ files: [], keys: "local/dev" }),
    // @ts-expect-error a context has an app and an env
    () => loadConfig({ files: [], context: { application: "a" } }),
    // @ts-expect-error a provider has three methods
    () => loadConfig({ files: [], providers: [{ name: "x" }] }),
    // @ts-expect-error a deadline is a number
    () => loadConfig({ files: [], deadlineMs: "10s" }),
    // @ts-expect-error keys are needed to seal
    () => sealValue({ value: "x", path: "a" }, {}),
    // @ts-expect-error a path is needed, or null
    () => sealValue({ value: "x" }, { keys: [] }),
    // @ts-expect-error a value is JSON
    () => sealValue({ value: new Date(), path: "a", as: "json" }, { keys: [] }),
    // @ts-expect-error a path is needed to open, or null
    () => openValue("sealed:…", { keys: [] }),
  ];

  it("refuse what cannot be", () => {
    assert.equal(unused.length, 15);
  });

  it("take undefined for what may be left out, and lists and objects that are read-only", () => {
    const options: LoadOptions = {
      files: Object.freeze([
        "a.yaml",
        new URL("file:///a.yaml"),
        { path: "a", optional: undefined },
      ] as const),
      env: undefined,
      schema: undefined,
      context: Object.freeze({ app: "a", env: undefined }),
      policy: { text: "" },
    };
    assert.equal(options.files?.length, 3);
  });
});

describe("the types of results", () => {
  it("are JSON values for what is opened, text for what is sealed", () => {
    same<ReturnType<typeof openValue>, Promise<JsonValue>>();
    same<ReturnType<typeof sealValue>, Promise<string>>();
  });

  it("narrow an error by its name and its code", () => {
    function explain(error: AnySealconfError): string {
      switch (error.name) {
        case "KmsError":
          return error.provider;
        case "LoadError":
          return error.errors.map(({ code }) => code).join();
        case "SchemaError":
          return error.issues.map(({ path }) => path).join();
        case "UsageError":
        case "SourceError":
        case "TokenError":
        case "OpenError":
          return error.hint ?? "";
      }
    }
    const codes: readonly ErrorCode[] = ["ERR_OPEN_FAILED"];
    // @ts-expect-error no such code
    const wrong: ErrorCode = "ERR_NONE";
    assert.ok(!codes.includes(wrong));
    assert.equal(typeof explain, "function");
  });

  it("let a provider be written by hand", () => {
    const provider: KmsProvider = {
      name: "vault",
      encrypt: async ({ key, plaintext, encryptionContext }) => {
        same<typeof plaintext, Uint8Array>();
        return { keyId: key.id, wrapped: encryptionContext };
      },
      decrypt: async ({ key }, { signal } = {}) => {
        signal?.throwIfAborted();
        return { keyId: key.id, plaintext: new Uint8Array() };
      },
      generateDataKey: async ({ key }) => ({ keyId: key.id, wrapped: "", plaintext: new Uint8Array(32) }),
    };
    assert.equal(provider.name, "vault");
  });
});
