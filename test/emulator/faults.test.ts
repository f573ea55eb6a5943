import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../src/emulator/index.ts";
import { createSdkClient } from "../support/tencent-sdk.ts";
import { base64, codeOf, sendRaw, signHeaders, startFor } from "./support.ts";

interface SdkError extends Error {
  readonly httpCode?: number;
  readonly type?: string;
}

/** What the official SDK rejects with. */
async function errorOf(call: Promise<unknown>): Promise<SdkError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof Error);
  return outcome;
}

test("delay answers late, and rightly", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "delay", ms: 50 });
  const start = performance.now();
  await client.request("ListKeys", {});
  assert.ok(performance.now() - start >= 49);
});

test("reset ends the connection before a byte", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "reset" });
  assert.match((await errorOf(client.request("ListKeys", {}))).message, /ECONNRESET/);
});

test("a truncated body on an open socket leaves the SDK waiting for its time limit", async (t) => {
  const { emulator } = await startFor(t);
  const client = createSdkClient({ ...emulator.tencent, timeoutSeconds: 0.2 });
  emulator.inject({ kind: "truncated-body" });
  assert.equal((await errorOf(client.request("ListKeys", {}))).type, "body-timeout");
});

test("a truncated body can end with its connection", async (t) => {
  const { emulator } = await startFor(t);
  emulator.inject({ kind: "truncated-body", connection: "cut" });
  const sent = sendRaw(emulator.tencent.endpoint, { headers: signHeaders(emulator), body: "{}" });
  await assert.rejects(sent, { code: "ECONNRESET", message: "aborted" });
});

test("html is a 502 page of 300 KB", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "html" }, { times: 2 });
  assert.equal((await errorOf(client.request("ListKeys", {}))).httpCode, 502);
  const page = await sendRaw(emulator.tencent.endpoint, { headers: signHeaders(emulator), body: "{}" });
  assert.deepEqual(
    [page.status, page.headers["content-type"], page.text.length],
    [502, "text/html", 307_200],
  );
});

test("html takes another status and size, 200 too", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "html", status: 503, bytes: 100 });
  const page = await sendRaw(emulator.tencent.endpoint, { headers: signHeaders(emulator), body: "{}" });
  assert.deepEqual([page.status, page.text.length], [503, 100]);
  emulator.inject({ kind: "html", status: 200, bytes: 100 });
  assert.equal((await errorOf(client.request("ListKeys", {}))).type, "invalid-json");
});

test("throttle and error are answers of the service", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "throttle" });
  emulator.inject({ kind: "error", code: "InternalError", message: "Something broke." });
  emulator.inject({ kind: "error", code: "ServiceUnavailable" });
  assert.equal(await codeOf(client.request("ListKeys", {})), "RequestLimitExceeded");
  await assert.rejects(client.request("ListKeys", {}), {
    code: "InternalError",
    message: "Something broke.",
  });
  assert.equal(await codeOf(client.request("ListKeys", {})), "ServiceUnavailable");
  assert.equal(await codeOf(client.request("ListKeys", {})), undefined);
});

test("wrong-key-id and wrong-plaintext-length spoil a right answer", async (t) => {
  const { emulator, client, keyId } = await startFor(t);
  const { CiphertextBlob } = await client.request("Encrypt", { KeyId: keyId, Plaintext: base64("value") });
  emulator.inject({ kind: "wrong-key-id" });
  emulator.inject({ kind: "wrong-plaintext-length" });
  const wrongKey = await client.request("Decrypt", { CiphertextBlob });
  assert.notEqual(wrongKey.KeyId, keyId);
  assert.equal(wrongKey.Plaintext, base64("value"));
  const wrongLength = await client.request("Decrypt", { CiphertextBlob });
  assert.equal(wrongLength.KeyId, keyId);
  assert.equal(Buffer.from(wrongLength.Plaintext, "base64").length, 4);
  assert.deepEqual(
    emulator.calls.list.map((call) => call.keyId),
    [keyId, keyId, keyId],
  );
});

test("empty-body is a 200 without content", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "empty-body" });
  assert.equal((await errorOf(client.request("ListKeys", {}))).type, "invalid-json");
});

for (const kind of ["slow-headers", "slow-body"] as const) {
  test(`${kind} answers rightly to a client that waits`, async (t) => {
    const { emulator, client, keyId } = await startFor(t);
    emulator.inject({ kind, ms: 50 });
    const start = performance.now();
    const { Keys } = await client.request("ListKeys", {});
    assert.deepEqual(Keys, [{ KeyId: keyId }]);
    assert.ok(performance.now() - start >= 49);
  });
}

test("slow-headers and slow-body meet the SDK's two time limits", async (t) => {
  const { emulator } = await startFor(t);
  const client = createSdkClient({ ...emulator.tencent, timeoutSeconds: 0.2 });
  emulator.inject({ kind: "slow-headers", ms: 60_000 });
  assert.match((await errorOf(client.request("ListKeys", {}))).message, /^network timeout at/);
  emulator.inject({ kind: "slow-body", ms: 60_000 });
  assert.equal((await errorOf(client.request("ListKeys", {}))).type, "body-timeout");
});

test("redirect sends the client elsewhere", async (t) => {
  const { emulator } = await startFor(t);
  emulator.inject({ kind: "redirect" });
  emulator.inject({ kind: "redirect", location: "http://127.0.0.1:1/", status: 307 });
  const answers = [];
  for (let count = 0; count < 2; count += 1) {
    answers.push(await sendRaw(emulator.tencent.endpoint, { headers: signHeaders(emulator), body: "{}" }));
  }
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.location]),
    [
      [302, "/"],
      [307, "http://127.0.0.1:1/"],
    ],
  );
});

test("a fault meets the calls that its options say, once unless told otherwise", async (t) => {
  const { emulator, client } = await startFor(t);
  const throttle: Fault = { kind: "throttle" };
  const codes = async (...actions: string[]): Promise<readonly (string | undefined)[]> => {
    const answers = [];
    for (const action of actions) answers.push(await codeOf(client.request(action, {})));
    return answers;
  };
  const limited = "RequestLimitExceeded";
  emulator.inject(throttle, { action: "ListKeys" });
  assert.deepEqual(await codes("GetServiceStatus", "ListKeys", "ListKeys"), [undefined, limited, undefined]);
  emulator.inject(throttle, { after: 1, times: 2 });
  assert.deepEqual(await codes("ListKeys", "ListKeys", "ListKeys", "ListKeys"), [
    undefined,
    limited,
    limited,
    undefined,
  ]);
  emulator.inject(throttle, { times: Infinity });
  assert.deepEqual(await codes("ListKeys", "GetServiceStatus", "ListKeys"), [limited, limited, limited]);
  emulator.clearFaults();
  assert.deepEqual(await codes("ListKeys"), [undefined]);
  assert.deepEqual(
    emulator.calls.list.map((call) => call.fault).filter((fault) => fault !== undefined),
    Array.from({ length: 6 }, () => "throttle"),
  );
});

test("faults that could not happen are refused", async (t) => {
  const { emulator } = await startFor(t);
  assert.throws(
    () => emulator.inject({ kind: "earthquake" } as unknown as Fault),
    TypeError("fault.kind is unknown"),
  );
  assert.throws(
    () => emulator.inject({ kind: "delay", ms: -1 }),
    TypeError("fault.ms must be an integer of at least 0"),
  );
  const throttle: Fault = { kind: "throttle" };
  assert.throws(
    () => emulator.inject(throttle, { times: 0 }),
    TypeError("times must be an integer of at least 1"),
  );
  assert.throws(
    () => emulator.inject(throttle, { after: -1 }),
    TypeError("after must be an integer of at least 0"),
  );
});

test("an emulator closes while calls wait on its faults", async (t) => {
  const { emulator } = await startFor(t);
  // The SDK does not see that a body ends early, so it needs a limit of its own.
  const client = createSdkClient({ ...emulator.tencent, timeoutSeconds: 0.5 });
  const faults: Fault[] = [
    { kind: "delay", ms: 600_000 },
    { kind: "slow-headers", ms: 600_000 },
    { kind: "slow-body", ms: 600_000 },
    { kind: "truncated-body" },
  ];
  for (const fault of faults) emulator.inject(fault);
  const calls = Promise.allSettled(faults.map(() => client.request("ListKeys", {})));
  await emulator.calls.reach(faults.length);
  await emulator.close();
  assert.ok((await calls).every(({ status }) => status === "rejected"));
});
