import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { type Emulator, type EmulatorOptions, startEmulator } from "../../../src/emulator/index.ts";
import { type KmsProvider, resilient, tencentKms } from "../../../src/kms/index.ts";

import { assertFails, CONTEXT, CREDENTIALS, keyOf } from "./fixture.ts";

interface Pair {
  readonly emulator: Emulator;
  readonly provider: KmsProvider;
  readonly request: { readonly key: ReturnType<typeof keyOf>; readonly encryptionContext: string };
}

async function start(t: TestContext, options: EmulatorOptions = {}): Promise<Pair> {
  const emulator = await startEmulator(options);
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  const provider = tencentKms({ credentials: { secretId, secretKey }, endpoint, env: {}, timeoutMs: 5_000 });
  t.after(async () => {
    await provider.close?.();
    await emulator.close();
  });
  return { emulator, provider, request: { key: keyOf(keyIds[0], region), encryptionContext: CONTEXT } };
}

describe("the service's refusals, as the emulator makes them", () => {
  it("tell a clock that is off", async (t) => {
    const { provider, request } = await start(t, { clock: () => Date.now() - 301_000 });
    await assertFails(provider.generateDataKey(request), { code: "ERR_CLOCK_SKEW", retryable: false });
  });

  it("tell an action that is not allowed, and allow the others", async (t) => {
    const sealer = { secretId: "sealer", secretKey: "canary0000secret0key", allow: ["kms:GenerateDataKey"] };
    const { emulator, request } = await start(t, { credentials: [sealer] });
    const { endpoint } = emulator.tencent;
    const provider = tencentKms({ credentials: sealer, endpoint, env: {} });
    t.after(() => provider.close?.());
    const { wrapped } = await provider.generateDataKey(request);
    await assertFails(provider.decrypt({ ...request, wrapped }), {
      code: "ERR_KMS_DENIED",
      retryable: false,
      hint: /kms:Decrypt /,
    });
  });

  it("tell an unknown secret id and a wrong secret key", async (t) => {
    const { emulator, request } = await start(t);
    const { endpoint, secretId } = emulator.tencent;
    for (const credentials of [CREDENTIALS, { ...CREDENTIALS, secretId }]) {
      const provider = tencentKms({ credentials, endpoint, env: {} });
      t.after(() => provider.close?.());
      await assertFails(provider.generateDataKey(request), { code: "ERR_KMS_DENIED", retryable: false });
    }
  });
});

describe("a lying service", () => {
  it("has another key's id passed on, for the caller to compare", async (t) => {
    const { emulator, provider, request } = await start(t);
    const { wrapped } = await provider.generateDataKey(request);
    emulator.inject({ kind: "wrong-key-id" });
    assert.notEqual((await provider.decrypt({ ...request, wrapped })).keyId, request.key.id);
  });

  it("has a data key of 31 bytes refused for good", async (t) => {
    const { emulator, provider, request } = await start(t);
    emulator.inject({ kind: "wrong-plaintext-length" });
    await assertFails(provider.generateDataKey(request), { code: "ERR_KMS_RESPONSE", retryable: false });
  });
});

describe("a service that comes back", () => {
  it("costs one call more for each failure, and nothing else", async (t) => {
    const { emulator, provider, request } = await start(t);
    const patient = resilient(provider, { initialDelayMs: 1 });
    emulator.inject({ kind: "throttle" });
    emulator.inject({ kind: "html" });
    emulator.inject({ kind: "reset" });
    assert.equal((await patient.generateDataKey(request)).plaintext.length, 32);
    assert.equal(emulator.calls.of("GenerateDataKey"), 4);
  });

  it("is asked four times and no more when it does not come back", async (t) => {
    const { emulator, provider, request } = await start(t);
    emulator.inject({ kind: "throttle" }, { times: Number.POSITIVE_INFINITY });
    const call = resilient(provider, { initialDelayMs: 1 }).generateDataKey(request);
    await assertFails(call, { code: "ERR_KMS_THROTTLED", retryable: true });
    assert.equal(emulator.calls.total, 4);
  });
});
