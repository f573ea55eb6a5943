import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, describe, it } from "node:test";

import { kms } from "tencentcloud-sdk-nodejs";

import { OpenError, UsageError } from "../../../src/errors/index.ts";
import { tencentKms, type TencentKmsClient, type TencentKmsOptions } from "../../../src/kms/index.ts";
import { type Emulator, startEmulator } from "../../../src/emulator/index.ts";

import {
  assertFails,
  CONTEXT,
  CREDENTIALS,
  DATA_KEY,
  decrypt,
  encrypt,
  generate,
  keyOf,
  reEncrypt,
} from "./fixture.ts";

type ProductClient = InstanceType<typeof kms.v20190118.Client>;

const SILENT: TencentKmsClient = {
  Encrypt: () => new Promise(() => {}),
  Decrypt: () => new Promise(() => {}),
  GenerateDataKey: () => new Promise(() => {}),
};

describe("a client of the official SDK, given as an option", () => {
  const agent = new Agent({ keepAlive: true });
  let emulator: Emulator;
  let create: (region: string) => ProductClient;

  before(async () => {
    emulator = await startEmulator({ regions: ["ap-guangzhou", "ap-shanghai"] });
    const { secretId, secretKey, endpoint } = emulator.tencent;
    const httpProfile = { protocol: "http://", endpoint: new URL(endpoint).host, agent };
    create = (region) =>
      new kms.v20190118.Client({ credential: { secretId, secretKey }, region, profile: { httpProfile } });
  });
  after(async () => {
    agent.destroy();
    await emulator.close();
  });

  it("does all operations", async () => {
    const { region, keyIds } = emulator.tencent;
    const provider = tencentKms({ client: create(region) });
    const key = keyOf(keyIds[0], region);
    const plaintext = Buffer.from("all three");
    const { wrapped, keyId } = await provider.encrypt({ key, plaintext, encryptionContext: CONTEXT });
    assert.equal(keyId, key.id);
    const opened = await provider.decrypt({ key, wrapped, encryptionContext: CONTEXT });
    assert.deepEqual(Buffer.from(opened.plaintext), plaintext);
    await assert.rejects(provider.decrypt({ key, wrapped, encryptionContext: "" }), OpenError);
    const dataKey = await provider.generateDataKey({ key, encryptionContext: CONTEXT });
    const unwrapped = await provider.decrypt({ key, wrapped: dataKey.wrapped, encryptionContext: CONTEXT });
    assert.deepEqual(unwrapped.plaintext, dataKey.plaintext);
    const newContext = { newKey: key, newEncryptionContext: "" };
    const again = await provider.reEncrypt?.({ key, wrapped, encryptionContext: CONTEXT, ...newContext });
    assert.equal(again?.reEncrypted, true);
    const reopened = await provider.decrypt({ key, wrapped: again.wrapped, encryptionContext: "" });
    assert.deepEqual(Buffer.from(reopened.plaintext), plaintext);
  });

  it("is asked for by region when it is a function", async () => {
    const { keyIdsByRegion } = emulator.tencent;
    const asked: string[] = [];
    const provider = tencentKms({
      client(region) {
        asked.push(region);
        return create(region);
      },
    });
    assert.deepEqual(asked, []);
    for (const [region, [id]] of Object.entries(keyIdsByRegion)) {
      await provider.generateDataKey({ key: keyOf(id, region), encryptionContext: CONTEXT });
    }
    assert.deepEqual(asked, ["ap-guangzhou", "ap-shanghai"]);
  });

  it("is refused for a key of another region than its own", async () => {
    const provider = tencentKms({ client: create("ap-shanghai") });
    await assert.rejects(decrypt(provider), {
      code: "ERR_OPTION_INVALID",
      message: "the client is for ap-shanghai, the key is in ap-guangzhou",
    });
  });

  it("has its errors told apart as those of our own client are", async () => {
    const { region, keyIds } = emulator.tencent;
    const provider = tencentKms({ client: create(region) });
    const request = { key: keyOf(keyIds[0], region), encryptionContext: CONTEXT };
    emulator.inject({ kind: "throttle" });
    await assertFails(provider.generateDataKey(request), { code: "ERR_KMS_THROTTLED", retryable: true });
    emulator.inject({ kind: "html", bytes: 1_000 });
    await assertFails(provider.generateDataKey(request), { code: "ERR_KMS_UNREACHABLE", retryable: true });
    emulator.inject({ kind: "reset" });
    await assertFails(provider.generateDataKey(request), { code: "ERR_KMS_UNREACHABLE", retryable: true });
    emulator.inject({ kind: "empty-body" });
    await assertFails(provider.generateDataKey(request), { code: "ERR_KMS_RESPONSE", retryable: true });
    await assertFails(encrypt(provider), { code: "ERR_KMS_KEY_UNUSABLE", retryable: false });
  });

  it("cannot hold a call up by a promise that never settles", async () => {
    const provider = tencentKms({ client: SILENT, timeoutMs: 20 });
    for (const call of [encrypt, decrypt, generate]) {
      await assertFails(call(provider), {
        code: "ERR_KMS_UNREACHABLE",
        retryable: true,
        message: /in 20 ms$/,
      });
    }
  });

  it("is called as its own method", async () => {
    class Client implements TencentKmsClient {
      readonly #answer = DATA_KEY;
      Encrypt = (): Promise<unknown> => Promise.reject(new Error("canary-body"));
      Decrypt = (): Promise<unknown> => Promise.reject(new TypeError("canary-body"));
      async GenerateDataKey(): Promise<unknown> {
        return this.#answer;
      }
    }
    const provider = tencentKms({ client: new Client() });
    await generate(provider);
    await assertFails(encrypt(provider), { code: "ERR_KMS_RESPONSE", retryable: true });
    await assertFails(decrypt(provider), { code: "ERR_KMS_RESPONSE", retryable: true });
  });

  it("is refused without one of the three methods", async () => {
    const half = { ...SILENT, Encrypt: undefined } as unknown as TencentKmsClient;
    const expected = {
      name: "UsageError",
      code: "ERR_OPTION_INVALID",
      message: "the client has no method Encrypt",
    };
    assert.throws(() => tencentKms({ client: half }), expected);
    await assert.rejects(decrypt(tencentKms({ client: () => half })), expected);
  });

  it("may lack the method that re-encrypts, until that is asked for", async () => {
    await assert.rejects(reEncrypt(tencentKms({ client: SILENT })), {
      name: "UsageError",
      code: "ERR_OPTION_INVALID",
      message: "the client has no method ReEncrypt",
    });
  });

  it("is refused beside options that would do nothing", () => {
    const others: readonly TencentKmsOptions[] = [
      { credentials: CREDENTIALS },
      { endpoint: "kms.example" },
      { agent },
      { env: {} },
      { maxSockets: 1 },
    ];
    for (const other of others) assert.throws(() => tencentKms({ client: SILENT, ...other }), UsageError);
    tencentKms({ client: SILENT, endpoint: undefined, timeoutMs: 1_000 });
  });
});
