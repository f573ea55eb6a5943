import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";

import { createProviders } from "../../src/config/providers.ts";
import { describeConfig, KmsError, type KmsProvider, localKeys, TokenError } from "../../src/index.ts";
import { fakeProvider, keyOf } from "../support/fake-provider.ts";
import {
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY_TEXT,
  placesOf,
  rejectionOf,
  sealOne,
  startKms,
} from "../support/load-fixture.ts";

const NOTHING: KmsProvider = {
  name: "local",
  encrypt: () => assert.fail("it was asked to encrypt"),
  decrypt: () => assert.fail("it was asked to decrypt"),
  generateDataKey: () => assert.fail("it was asked for a data key"),
};

describe("the providers of a run", () => {
  it("re-encrypt where they can, which is counted and published as every call", async (t) => {
    const seen: unknown[] = [];
    const note = (message: unknown): void => void seen.push(message);
    subscribe("sealconf:kms", note);
    t.after(() => unsubscribe("sealconf:kms", note));
    const cloud = fakeProvider("aliyun", { reEncrypt: () => ({}) });
    const { providerOf, callCount } = createProviders({ given: [cloud], environment: ENVIRONMENT });
    const [key, newKey] = [keyOf("aliyun/cn-hangzhou/one"), keyOf("aliyun/cn-hangzhou/two")];
    const request = { key, wrapped: "aa", encryptionContext: "", newKey, newEncryptionContext: "" };
    const answer = await (await providerOf("aliyun")).reEncrypt?.(request);
    assert.equal(answer?.wrapped, "AA");
    assert.equal(callCount(), 1);
    const about = { provider: "aliyun", operation: "reEncrypt", key: key.text };
    const [start, end, ...others] = seen as [object, { durationMs: number }];
    assert.deepEqual([start, others], [{ phase: "start", ...about }, []]);
    assert.deepEqual(end, { phase: "end", ...about, durationMs: end.durationMs });
    assert.equal((await providerOf("local")).reEncrypt, undefined);
    assert.notEqual((await providerOf("tencent")).reEncrypt, undefined);
  });

  it("are local and tencent, and what the caller passed in; asking for names makes none", () => {
    const read: PropertyKey[] = [];
    const environment = new Proxy({}, { get: (_target, name) => void read.push(name) });
    const { has } = createProviders({ given: [{ ...NOTHING, name: "vault" }], environment });
    assert.deepEqual(["local", "tencent", "vault", "aliyun", "age", "__proto__"].map(has), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.deepEqual(read, []);
  });

  it("are made once each, when they are first asked for", async () => {
    const { providerOf, close } = createProviders({ given: [], environment: ENVIRONMENT });
    assert.equal(await providerOf("local"), await providerOf("local"));
    assert.notEqual(await providerOf("local"), await providerOf("tencent"));
    await close();
  });

  it("that there are none of are refused", async () => {
    const { providerOf } = createProviders({ given: [], environment: {} });
    const error = await rejectionOf(providerOf("aliyun"));
    assert.ok(error instanceof TokenError);
    assert.equal(error.code, "ERR_PROVIDER_UNKNOWN");
  });

  it("that the caller passed in take the place of the built-in ones, and are not closed", async () => {
    let closed = 0;
    const key = localKeys({ env: { SEALCONF_KEYS_DIR: "/nowhere", SEALCONF_LOCAL_KEY_DEV: LOCAL_KEY_TEXT } });
    const provider: KmsProvider = { ...key, close: () => void (closed += 1) };
    const token = await sealOne("a", "x");
    const config = await loadTexts({ "a.yaml": `a: ${token}` }, { environment: {}, providers: [provider] });
    assert.equal(config["a"], "x");
    assert.equal(closed, 0);
  });

  it("of one name that the caller passed in twice: the first counts", async () => {
    const first = localKeys({ env: ENVIRONMENT });
    const config = await loadTexts(
      { "a.yaml": `a: ${await sealOne("a", "x")}` },
      { environment: {}, providers: [first, NOTHING] },
    );
    assert.equal(config["a"], "x");
  });

  it("that were made for a load are let go of with it, well or not", async (t) => {
    const { key, environment, emulator } = await startKms(t);
    const token = await sealOne("a", "x", { keys: [key], environment });
    const text = { "a.yaml": `a: ${token}` };
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const before = sockets();
    for (let round = 0; round < 5; round++) await loadTexts(text, { keys: [key], environment });
    emulator.inject({ kind: "error", code: "UnauthorizedOperation" });
    await placesOf(loadTexts(text, { keys: [key], environment }));
    // The emulator's own ends may still be closing.
    assert.ok(sockets() - before <= 2, `${sockets()} sockets, ${before} before`);
  });

  for (const [title, retryable, calls] of [
    ["are asked again after an error that may pass", true, 2],
    ["are not asked again after an error that stays", false, 1],
  ] as const) {
    it(`${title}, and each call is counted`, async () => {
      const key = "aliyun/cn-hangzhou/dev";
      const cloud = { ...localKeys({ env: ENVIRONMENT }), name: "aliyun" };
      const token = await sealOne("a", "x", { keys: [key], providers: [cloud] });
      let asked = 0;
      const provider: KmsProvider = {
        ...cloud,
        decrypt: async (request, options) => {
          asked += 1;
          const failure = { provider: "aliyun", retryable };
          if (asked === 1) throw new KmsError("ERR_KMS_UNREACHABLE", "the service is out", failure);
          return await cloud.decrypt(request, options);
        },
      };
      const loading = loadTexts({ "a.yaml": `a: ${token}` }, { keys: [key], providers: [provider] });
      if (retryable) assert.equal(describeConfig(await loading).kmsCalls, calls);
      else assert.deepEqual(await placesOf(loading), ["ERR_KMS_UNREACHABLE a.yaml:1:4 (a)"]);
      assert.equal(asked, calls);
    });
  }
});
