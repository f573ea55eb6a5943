import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  type JsonValue,
  KmsError,
  OpenError,
  openValue,
  type OpenOptions,
  type PlacedValue,
  SealconfError,
  sealValue,
  sealValues,
  type SealOptions,
  TokenError,
} from "../../src/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  LOCAL_KEY,
  loadTexts,
  rejectionOf,
  startKms,
  tamper,
} from "../support/load-fixture.ts";

const SEAL: SealOptions = { keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT };
const OPEN: OpenOptions = { ...SEAL, path: "db.password" };

describe("sealValue and openValue", () => {
  it("give back every text, in both kinds, at its path and without one", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.boolean(),
        fc.constantFrom("db.password", null),
        async (value, direct, path) => {
          const token = await sealValue({ value, path }, { ...SEAL, direct });
          assert.equal(await openValue(token, { ...OPEN, path }), value);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("give back every JSON value", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), async (value) => {
        const json = JSON.parse(JSON.stringify(value)) as JsonValue;
        fc.pre(!/__proto__|constructor|prototype/.test(JSON.stringify(json)));
        const outcome = await sealValue({ value: json, path: "db.password", as: "json" }, SEAL).catch(
          (error: unknown) => error,
        );
        // What could not be read back as it is, such as an integer beyond 2^53, is not sealed.
        if (typeof outcome !== "string") return assert.ok(outcome instanceof SealconfError);
        assert.deepEqual(await openValue(outcome, OPEN), json);
      }),
      { numRuns: 30 },
    );
  });

  it("bind a value to its path however that is written", async () => {
    const token = await sealValue({ value: "x", path: "servers[3].a\\.b" }, SEAL);
    for (const path of ["servers[].a\\.b", "servers[0].a\\.b", "/servers/-/a.b"]) {
      assert.equal(await openValue(token, { ...OPEN, path }), "x");
    }
    await assert.rejects(openValue(token, { ...OPEN, path: "servers.a\\.b" }), {
      code: "ERR_PLACE_MISMATCH",
    });
    await assert.rejects(openValue(token, { ...OPEN, path: null }), { code: "ERR_PLACE_MISMATCH" });
  });

  it("bind a value to no path where path is null", async () => {
    const token = await sealValue({ value: "x", path: null }, SEAL);
    assert.match(token, /^sealed:v1:envelope\+nopath:/);
    for (const path of [null, "a", "b[0]"]) assert.equal(await openValue(token, { ...OPEN, path }), "x");
  });

  it("bind a value to app and env, and to nothing where none is given", async () => {
    const bound = await sealValue({ value: "x", path: "db.password" }, SEAL);
    const free = await sealValue({ value: "x", path: "db.password" }, { ...SEAL, context: undefined });
    assert.equal(await openValue(free, { ...OPEN, context: {} }), "x");
    for (const context of [undefined, {}, { app: CONTEXT.app }, { ...CONTEXT, env: "staging" }]) {
      await assert.rejects(openValue(bound, { ...OPEN, context }), { code: "ERR_PLACE_MISMATCH" });
    }
    await assert.rejects(openValue(free, OPEN), { code: "ERR_PLACE_MISMATCH" });
  });

  it("make another token each time", async () => {
    const [one, two] = await sealValues(
      [
        { value: "x", path: "a" },
        { value: "x", path: "a" },
      ],
      SEAL,
    );
    assert.notEqual(one, two);
  });

  it("use the provider that was passed in, and leave it open", async (t) => {
    const { key, environment, emulator } = await startKms(t);
    const { tencentKms } = await import("../../src/index.ts");
    const provider = tencentKms({ env: environment });
    t.after(() => provider.close?.());
    const options = { ...SEAL, keys: [key], providers: [provider] };
    const token = await sealValue({ value: "x", path: "db.password" }, options);
    assert.equal(await openValue(token, { ...OPEN, keys: [key], providers: [provider] }), "x");
    assert.deepEqual(
      emulator.calls.list.map(({ action }) => action),
      ["GenerateDataKey", "Decrypt"],
    );
  });
});

describe("sealValues", () => {
  it("seals all of them under one data key, which costs one call then and one when they are loaded", async (t) => {
    const { key, environment, emulator } = await startKms(t);
    const options = { ...SEAL, keys: [key], environment };
    const values = Array.from({ length: 50 }, (_, index) => ({ value: `v${index}`, path: `k${index}` }));
    const tokens = await sealValues(values, options);
    assert.equal(emulator.calls.total, 1);
    const config = await loadTexts(
      { "a.yaml": tokens.map((token, index) => `k${index}: ${token}`).join("\n") },
      { keys: [key], environment },
    );
    assert.deepEqual(
      Object.values(config),
      values.map(({ value }) => value),
    );
    assert.equal(emulator.calls.total, 2);
  });

  it("never decrypts: a credential that may only encrypt suffices", async (t) => {
    const { key, environment, emulator } = await startKms(t, {
      credentials: [{ secretId: "sealer", secretKey: "k", allow: ["kms:Encrypt", "kms:GenerateDataKey"] }],
    });
    const options = { ...SEAL, keys: [key], environment };
    await sealValue({ value: "x", path: "a" }, options);
    await sealValue({ value: "x", path: "a" }, { ...options, direct: true });
    assert.equal(emulator.calls.of("Decrypt"), 0);
  });

  it("wraps the data key for every recipient, each of which can open alone", async (t) => {
    const { keys, environment } = await startKms(t, { keysPerRegion: 2 });
    const recipients = [...keys, LOCAL_KEY];
    const token = await sealValue(
      { value: "x", path: "db.password" },
      { ...SEAL, keys: recipients, environment },
    );
    for (const key of recipients)
      assert.equal(await openValue(token, { ...OPEN, keys: [key], environment }), "x");
  });

  it("of none asks nobody", async () => {
    assert.deepEqual(await sealValues([], { ...SEAL, environment: {} }), []);
    assert.deepEqual(await sealValues([], { ...SEAL, environment: {}, direct: true }), []);
  });

  it("gives the tokens in the order of the values", async () => {
    const values = ["a", "b", "c"].map((name) => ({ value: name, path: name }));
    const tokens = await sealValues(values, { ...SEAL, direct: true });
    const opened = tokens.map((token, index) =>
      openValue(token, { ...OPEN, path: values[index]?.path ?? "" }),
    );
    assert.deepEqual(await Promise.all(opened), ["a", "b", "c"]);
  });

  const BAD_VALUES: readonly (readonly [title: string, value: unknown, message: RegExp])[] = [
    ["a value that is no text", { value: 7, path: "a" }, /it is not a string/],
    ["half of a surrogate pair", { value: "\ud800", path: "a" }, /half of a surrogate pair/],
    ["a text of 16,384 bytes", { value: "x".repeat(16_384), path: "a" }, /at most 16383 fit/],
    ["JSON that is none", { value: undefined, path: "a", as: "json" }, /a undefined is not JSON/],
    ["a number that is not finite", { value: [NaN], path: "a", as: "json" }, /not finite/],
    ["an integer beyond 2^53", { value: 2 ** 53, path: "a", as: "json" }, /beyond 2\^53/],
    ["an instance as JSON", { value: new Date(), path: "a", as: "json" }, /not plain/],
    [
      "a forbidden name",
      { value: JSON.parse('{"__proto__":1}') as unknown, path: "a", as: "json" },
      /__proto__ is refused/,
    ],
    ["a path that is none", { value: "x", path: "a..b" }, /"a\.\.b" cannot be read/],
    ["no path", { value: "x" }, /path must be a text, or null/],
    ['a path below the key "-"', { value: "x", path: "a.-" }, /below the key "-"/],
    ["a kind of value that is none", { value: "x", path: "a", as: "yaml" }, /as must be/],
    ["a misspelt name", { value: "x", path: "a", json: true }, /no option "json"/],
  ];
  for (const [title, value, message] of BAD_VALUES) {
    it(`refuses ${title}`, async () => {
      const error = await rejectionOf(sealValue(value as PlacedValue, SEAL));
      assert.ok(error instanceof SealconfError, String(error));
      assert.equal(error.code, "ERR_OPTION_INVALID");
      assert.match(error.message, message);
    });
  }

  it("takes 16,383 bytes in an envelope and 4,064 in a direct token", async () => {
    for (const [direct, length] of [
      [false, 16_383],
      [true, 4_064],
    ] as const) {
      const value = "x".repeat(length);
      const token = await sealValue({ value, path: "db.password" }, { ...SEAL, direct });
      assert.equal(await openValue(token, OPEN), value);
    }
    const error = await rejectionOf(
      sealValue({ value: "x".repeat(4_065), path: "a" }, { ...SEAL, direct: true }),
    );
    assert.match(String(error), /at most 4064 fit/);
  });
});

describe("the options of sealValue and openValue", () => {
  const BAD_OPTIONS: readonly (readonly [title: string, options: object, message: RegExp])[] = [
    ["no keys", { keys: [] }, /no key is named/],
    ["keys that are no list", { keys: LOCAL_KEY }, /keys must be a list/],
    ["a malformed key", { keys: ["tencent/ap-guangzhou/x"] }, /is not a key reference/],
    ["an option that is not one", { key: LOCAL_KEY }, /no option "key"/],
    ["a context with a misspelt name", { context: { application: "a" } }, /no option "context.application"/],
    ["an app that cannot be one", { context: { app: "a/b" } }, /context.app is not/],
    ["a deadline of nothing", { deadlineMs: 0 }, /deadlineMs must be/],
    ["a provider without methods", { providers: [{ name: "x" }] }, /providers must be/],
  ];
  it("takes at most eight different keys to seal with, and any number that may open", async () => {
    const nine = Array.from({ length: 8 }, (_, index) => `local/k${index}`).concat(LOCAL_KEY);
    const message = /1 to 8 different key references/;
    await assert.rejects(sealValue({ value: "x", path: "a" }, { ...SEAL, keys: nine }), { message });
    await assert.rejects(sealValue({ value: "x", path: "a" }, { ...SEAL, keys: [LOCAL_KEY, LOCAL_KEY] }), {
      message,
    });
    const token = await sealValue({ value: "x", path: "a" }, SEAL);
    assert.equal(await openValue(token, { ...SEAL, path: "a", keys: [...nine, LOCAL_KEY] }), "x");
  });

  for (const [title, options, message] of BAD_OPTIONS) {
    it(`refuse ${title}`, async () => {
      const sealing = sealValue({ value: "x", path: "a" }, { ...SEAL, ...options });
      const opening = openValue("sealed:v1:x", { ...OPEN, ...options });
      for (const error of [await rejectionOf(sealing), await rejectionOf(opening)]) {
        assert.ok(error instanceof SealconfError, String(error));
        assert.equal(error.code, "ERR_OPTION_INVALID");
        assert.match(error.message, message);
      }
    });
  }

  it("refuse a direct value for several keys", async () => {
    const options = { ...SEAL, keys: ["local/a", "local/b"], direct: true };
    await assert.rejects(
      sealValue({ value: "x", path: "a" }, options),
      /a direct value is sealed to one key/,
    );
  });

  it("refuse an unknown provider", async () => {
    const error = await rejectionOf(sealValue({ value: "x", path: "a" }, { ...SEAL, keys: ["vault/x"] }));
    assert.ok(error instanceof TokenError);
    assert.equal(error.code, "ERR_PROVIDER_UNKNOWN");
  });
});

describe("openValue", () => {
  it("refuses a token that was changed, with the one message for all such", async () => {
    for (const direct of [false, true]) {
      const token = tamper(await sealValue({ value: "x", path: "db.password" }, { ...SEAL, direct }));
      const error = await rejectionOf(openValue(token, OPEN));
      assert.ok(error instanceof OpenError);
      assert.equal(error.message, new OpenError().message);
    }
  });

  it("refuses a key that was not named, before it is looked for", async () => {
    const token = await sealValue({ value: "x", path: "db.password" }, SEAL);
    const error = await rejectionOf(openValue(token, { ...OPEN, keys: ["local/other"], environment: {} }));
    assert.ok(error instanceof TokenError);
    assert.equal(error.code, "ERR_KEY_NOT_ALLOWED");
  });

  it("says where a local key was looked for", async () => {
    const token = await sealValue({ value: "x", path: "db.password" }, SEAL);
    const error = await rejectionOf(
      openValue(token, { ...OPEN, environment: { SEALCONF_KEYS_DIR: "/nowhere" } }),
    );
    assert.ok(error instanceof KmsError);
    assert.equal(error.code, "ERR_CREDENTIALS_MISSING");
    assert.match(error.message, /\/nowhere\/dev\.key nor in SEALCONF_LOCAL_KEY_DEV/);
  });

  it("opens a raw ciphertext only where raw is true", async (t) => {
    const { key, environment } = await startKms(t);
    const { tencentKms } = await import("../../src/index.ts");
    const provider = tencentKms({ env: environment });
    t.after(() => provider.close?.());
    const [, region = "", id = ""] = key.split("/");
    const request = { key: { text: key, region, id }, plaintext: Buffer.from("raw"), encryptionContext: "" };
    const token = `sealed:v1:raw:${key}=${(await provider.encrypt(request)).wrapped}`;
    const options = { ...OPEN, keys: [key], environment };
    assert.equal(await openValue(token, { ...options, raw: true }), "raw");
    await assert.rejects(openValue(token, options), { code: "ERR_RAW_REFUSED" });
  });

  it("refuses a reference to a file, which is no value", async () => {
    await assert.rejects(openValue("sealed:v1:file:a.sealed", OPEN), { code: "ERR_TOKEN_MALFORMED" });
  });

  it("refuses what is no token, and does not quote it", async () => {
    for (const text of ["hunter2-canary", "", "sealed:v1:hunter2-canary"]) {
      const error = await rejectionOf(openValue(text, OPEN));
      assert.ok(error instanceof TokenError);
      assert.equal(error.code, "ERR_TOKEN_MALFORMED");
      assert.ok(!error.message.includes("hunter2"));
    }
  });

  it("ends at its deadline, and with its signal's reason", async (t) => {
    const { key, environment, emulator } = await startKms(t);
    const token = await sealValue({ value: "x", path: "db.password" }, { ...SEAL, keys: [key], environment });
    emulator.inject({ kind: "delay", ms: 60_000 }, { times: Number.POSITIVE_INFINITY });
    const options = { ...OPEN, keys: [key], environment };
    const late = await rejectionOf(openValue(token, { ...options, deadlineMs: 100 }));
    assert.ok(late instanceof KmsError);
    assert.equal(late.code, "ERR_DEADLINE");
    const reason = new Error("enough");
    const aborted = openValue(token, { ...options, signal: AbortSignal.abort(reason) });
    assert.equal(await rejectionOf(aborted), reason);
  });
});
