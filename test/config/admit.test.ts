import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { describeConfig, type KmsProvider, loadConfig, type LoadOptions } from "../../src/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  NO_POLICY,
  placesOf,
  problemsOf,
  sealAll,
  sealOne,
} from "../support/load-fixture.ts";

/** A key service that wraps nothing: what it returns says what it was asked. */
function openProvider(name: string): KmsProvider & { readonly asked: string[] } {
  const asked: string[] = [];
  const wrap = (parts: readonly string[]): string => Buffer.from(JSON.stringify(parts)).toString("base64url");
  return {
    name,
    asked,
    async encrypt({ key, plaintext, encryptionContext }) {
      return {
        keyId: key.id,
        wrapped: wrap([key.id, encryptionContext, Buffer.from(plaintext).toString("hex")]),
      };
    },
    async decrypt({ key, wrapped, encryptionContext }) {
      asked.push(key.text);
      const text = Buffer.from(wrapped, "base64url").toString("utf8");
      const [keyId = "", context, hex = ""] = JSON.parse(text) as string[];
      assert.equal(context, encryptionContext);
      return { keyId, plaintext: Buffer.from(hex, "hex") };
    },
    async generateDataKey({ key, encryptionContext }) {
      const plaintext = Buffer.alloc(32, 9);
      return {
        keyId: key.id,
        plaintext,
        wrapped: wrap([key.id, encryptionContext, plaintext.toString("hex")]),
      };
    },
  };
}

function loadSealed(token: string, options: Partial<LoadOptions>): Promise<Record<string, unknown>> {
  return loadTexts({ "a.yaml": `a: ${token}` }, options);
}

const FIRST = "aliyun/cn-hangzhou/key-1";
const SECOND = "aliyun/cn-beijing/key-2";
const THIRD = "aliyun/cn-beijing/key-3";

describe("a value's place", () => {
  for (const [title, path, context, expected] of [
    ["another path", "b", CONTEXT, "app billing-api, env production, path /a"],
    ["another env", "a", { ...CONTEXT, env: "staging" }, "app billing-api, env production, path /a"],
    ["another app", "a", { ...CONTEXT, app: "crm" }, "app billing-api, env production, path /a"],
    ["no app and env", "a", {}, "app billing-api, env production, path /a"],
  ] as const) {
    it(`is refused when the value was sealed for ${title}, and the error names what was expected`, async () => {
      const token = await sealOne(path, "x", { context });
      const [problem] = await problemsOf(loadSealed(token, {}));
      assert.equal(problem?.code, "ERR_PLACE_MISMATCH");
      assert.equal(
        problem.message,
        `a.yaml:1:4 (a): the value was sealed for another place than ${expected}`,
      );
      assert.equal(problem.hint, "put it back where it was, or seal it again for this place");
    });
  }

  it("is told as none where no app, env or path binds", async () => {
    const token = await sealOne(null, "x");
    const [problem] = await problemsOf(loadSealed(token, { context: undefined }));
    assert.match(problem?.message ?? "", /than app \(none\), env \(none\), path \(any\)$/);
  });
});

describe("a value's keys", () => {
  const keys = [FIRST, SECOND, THIRD];

  it("are asked in the order of those that are allowed, not of the token's", async () => {
    const provider = openProvider("aliyun");
    const token = await sealOne("a", "x", { keys, providers: [provider] });
    const config = await loadSealed(token, { keys: [THIRD, FIRST], providers: [provider] });
    assert.equal(config["a"], "x");
    assert.deepEqual(provider.asked, [THIRD]);
    assert.equal(describeConfig(config).values[0]?.sealed?.key, THIRD);
  });

  it("that are not listed are never asked; one that is listed suffices", async () => {
    const provider = openProvider("aliyun");
    const token = await sealOne("a", "x", { keys, providers: [provider] });
    assert.equal((await loadSealed(token, { keys: [SECOND], providers: [provider] }))["a"], "x");
    assert.deepEqual(provider.asked, [SECOND]);
  });

  it("that are none of the listed are refused, and the error names them", async () => {
    const token = await sealOne("a", "x", { keys: [FIRST, SECOND], providers: [openProvider("aliyun")] });
    const [problem] = await problemsOf(loadSealed(token, { keys: [LOCAL_KEY] }));
    assert.equal(problem?.code, "ERR_KEY_NOT_ALLOWED");
    assert.equal(
      problem.message,
      `a.yaml:1:4 (a): the value is sealed to ${FIRST}, ${SECOND}, which is not allowed here`,
    );
  });

  it("of a provider that nobody passed in are refused", async () => {
    const token = await sealOne("a", "x", { keys: [FIRST], providers: [openProvider("aliyun")] });
    const [problem] = await problemsOf(loadSealed(token, { keys: [FIRST] }));
    assert.equal(problem?.code, "ERR_PROVIDER_UNKNOWN");
    assert.equal(problem.message, "a.yaml:1:4 (a): there is no provider for aliyun here");
    assert.equal(problem.hint, "pass one as an option: providers: […]");
  });

  it("of a provider that nobody passed in are passed over where another one is there", async () => {
    const token = await sealOne("a", "x", { keys: [FIRST, LOCAL_KEY], providers: [openProvider("aliyun")] });
    assert.equal((await loadSealed(token, { keys: [FIRST, LOCAL_KEY] }))["a"], "x");
  });
});

describe("a raw value", () => {
  const wrapped = Buffer.from(JSON.stringify(["key-1", "", Buffer.from("raw text").toString("hex")]));
  const token = `sealed:v1:raw:${FIRST}=${wrapped.toString("base64url")}`;
  const options = { keys: [FIRST], providers: [openProvider("aliyun")] };

  it("is refused where neither the policy nor the caller lists its path", async () => {
    const [problem] = await problemsOf(loadSealed(token, { ...options, raw: ["b", "a.b"] }));
    assert.equal(problem?.code, "ERR_RAW_REFUSED");
    assert.equal(
      problem.message,
      "a.yaml:1:4 (a): a raw ciphertext, which nothing binds to its place, is not allowed here",
    );
  });

  it("opens where the caller lists its path, whatever app and env are", async () => {
    assert.equal((await loadSealed(token, { ...options, raw: ["a"] }))["a"], "raw text");
  });

  it("opens where the rule lists its path, in dotenv whatever its case", async () => {
    const policy = { text: `rules: [{ files: ["*"], keys: [${FIRST}], raw: ["legacy.*", "legacy_key"] }]` };
    const files = [
      { as: "a.yaml", text: `legacy: { x: "${token}" }` },
      { as: ".env", text: `LEGACY_KEY=${token}` },
    ];
    const config = await loadConfig({ ...options, files, policy, root: NO_POLICY, environment: ENVIRONMENT });
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      legacy: { x: "raw text" },
      LEGACY_KEY: "raw text",
    });
    const [{ sealed } = {}] = describeConfig(config).values;
    assert.deepEqual(sealed, { kind: "raw", key: FIRST });
  });
});

describe("admitting", () => {
  it("judges every value of every layer, those that are replaced too", async () => {
    const { a } = await sealAll({ a: "x" });
    const load = loadTexts({ "a.yaml": `b: ${a}`, "b.yaml": "b: 1" });
    assert.deepEqual(await placesOf(load), ["ERR_PLACE_MISMATCH a.yaml:1:4 (b)"]);
  });
});
