import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { EmulatorError, emulatorLine, startEmulator } from "../../src/emulator/index.ts";
import { createSdkClient } from "../support/tencent-sdk.ts";
import { base64, codeOf, startFor } from "./support.ts";

test("an emulator started without options serves one region with one key to one credential", async (t) => {
  const { emulator, client, keyId } = await startFor(t);
  const { endpoint, region, regions, secretId, secretKey, keyIds, keyIdsByRegion } = emulator.tencent;
  assert.match(endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(region, "ap-guangzhou");
  assert.deepEqual(regions, ["ap-guangzhou"]);
  assert.match(secretId, /^AKID[0-9a-f]{32}$/);
  assert.match(secretKey, /^[0-9a-f]{32}$/);
  assert.deepEqual(keyIds, [keyId]);
  assert.deepEqual(keyIdsByRegion, { "ap-guangzhou": [keyId] });
  assert.equal(await codeOf(client.request("DescribeKey", { KeyId: keyId })), undefined);
});

test("the line for other programs is one line of JSON", async (t) => {
  const { emulator } = await startFor(t, { regions: ["ap-shanghai", "ap-guangzhou"] });
  const line = emulatorLine(emulator);
  assert.ok(!line.includes("\n"));
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  assert.equal(region, "ap-shanghai");
  assert.deepEqual(JSON.parse(line), { tencent: { endpoint, region, secretId, secretKey, keyIds } });
});

test("it listens on the IPv6 loopback address too, and the official SDK signs for it", async (t) => {
  const { emulator, client, keyId } = await startFor(t, { host: "::1" });
  assert.match(emulator.tencent.endpoint, /^http:\/\/\[::1\]:\d+$/);
  assert.equal(await codeOf(client.request("DescribeKey", { KeyId: keyId })), undefined);
});

const REFUSED: readonly (readonly [object, string])[] = [
  [{ host: "0.0.0.0" }, "host must be 127.0.0.1 or ::1: the emulator serves this machine alone"],
  [{ host: "::" }, "host must be 127.0.0.1 or ::1: the emulator serves this machine alone"],
  [{ host: "localhost" }, "host must be 127.0.0.1 or ::1: the emulator serves this machine alone"],
  [
    { host: "127.0.0.1.example.com" },
    "host must be 127.0.0.1 or ::1: the emulator serves this machine alone",
  ],
  [{ port: 65_536 }, "port must be an integer from 0 to 65535"],
  [{ port: 1.5 }, "port must be an integer from 0 to 65535"],
  [{ regions: [] }, "regions must be names of regions, such as ap-guangzhou"],
  [{ regions: ["AP"] }, "regions must be names of regions, such as ap-guangzhou"],
  [{ regions: ["ap-a", "ap-a"] }, "regions has a name twice"],
  [{ keysPerRegion: -1 }, "keysPerRegion must be an integer from 0 to 200"],
  [{ credentials: [] }, "credentials is empty: leave it out to have one made"],
  [
    { requestsPerSecond: 0 },
    "requestsPerSecond must be an integer of at least 1, or such a number by action",
  ],
  [
    { requestsPerSecond: { Decrypt: 0.5 } },
    "requestsPerSecond must be an integer of at least 1, or such a number by action",
  ],
  [{ prot: 1 }, "prot is not an option of startEmulator"],
];
for (const [options, message] of REFUSED) {
  test(`options ${JSON.stringify(options)} are refused`, async () => {
    await assert.rejects(startEmulator(options), TypeError(message));
  });
}

test("a port that is taken is an error that names it", async (t) => {
  const { emulator } = await startFor(t);
  const port = Number(new URL(emulator.tencent.endpoint).port);
  await assert.rejects(startEmulator({ port }), (error) => {
    assert.ok(error instanceof EmulatorError);
    assert.equal(error.code, "ERR_EMULATOR_LISTEN");
    assert.equal(error.message, `cannot listen on 127.0.0.1 port ${port} (EADDRINUSE)`);
    assert.equal(error.hint, "give another port, or 0 for any free one");
    return true;
  });
});

test("calls are counted and listed with action, region, key, credential and code, and with nothing else", async (t) => {
  const { emulator, client, keyId } = await startFor(t);
  const { CiphertextBlob } = await client.request("Encrypt", { KeyId: keyId, Plaintext: base64("x") });
  await client.request("Decrypt", { CiphertextBlob });
  await codeOf(client.request("Decrypt", {}));
  const { secretId } = emulator.tencent;
  const common = { region: "ap-guangzhou", secretId, fault: undefined };
  assert.deepEqual(emulator.calls.list, [
    { ...common, action: "Encrypt", keyId, code: undefined },
    { ...common, action: "Decrypt", keyId, code: undefined },
    { ...common, action: "Decrypt", keyId: undefined, code: "MissingParameter" },
  ]);
  assert.deepEqual(
    [emulator.calls.total, emulator.calls.of("Decrypt"), emulator.calls.of("ListKeys")],
    [3, 2, 0],
  );
  emulator.calls.reset();
  assert.deepEqual([emulator.calls.total, emulator.calls.of("Decrypt"), emulator.calls.list], [0, 0, []]);
});

test("a test can wait until a number of calls have arrived", async (t) => {
  const { emulator, client } = await startFor(t);
  emulator.inject({ kind: "delay", ms: 600_000 }, { times: 2 });
  const abort = new AbortController();
  const arrived = emulator.calls.reach(2);
  const calls = [1, 2].map(() => client.request("ListKeys", {}, { signal: abort.signal }));
  const settled = Promise.allSettled(calls);
  await arrived;
  await emulator.calls.reach(1);
  abort.abort();
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ["rejected", "rejected"],
  );
});

test("fifty calls at once are each answered with what they asked for", async (t) => {
  const { emulator, client, keyId } = await startFor(t);
  const texts = Array.from({ length: 50 }, (_, index) => base64(`value ${index}`));
  const opened = await Promise.all(
    texts.map(async (Plaintext) => {
      const { CiphertextBlob } = await client.request("Encrypt", { KeyId: keyId, Plaintext });
      return (await client.request("Decrypt", { CiphertextBlob })).Plaintext;
    }),
  );
  assert.deepEqual(opened, texts);
  assert.deepEqual([emulator.calls.of("Encrypt"), emulator.calls.of("Decrypt")], [50, 50]);
});

test("one limit for all actions counts each of them in each region by itself", async (t) => {
  let now = Date.now();
  const { emulator, client } = await startFor(t, {
    regions: ["ap-guangzhou", "ap-shanghai"],
    requestsPerSecond: 2,
    clock: () => now,
  });
  const list = (): Promise<string | undefined> => codeOf(client.request("ListKeys", {}));
  assert.deepEqual(
    [await list(), await list(), await list()],
    [undefined, undefined, "RequestLimitExceeded"],
  );
  assert.equal(await codeOf(client.request("GetServiceStatus", {})), undefined);
  const elsewhere = createSdkClient({ ...emulator.tencent, region: "ap-shanghai" });
  assert.equal(await codeOf(elsewhere.request("ListKeys", {})), undefined);
  now += 1000;
  assert.deepEqual(
    [await list(), await list(), await list()],
    [undefined, undefined, "RequestLimitExceeded"],
  );
});

test("limits by action leave other actions alone", async (t) => {
  const now = Date.now();
  const { client } = await startFor(t, { requestsPerSecond: { ListKeys: 1 }, clock: () => now });
  assert.equal(await codeOf(client.request("ListKeys", {})), undefined);
  assert.equal(await codeOf(client.request("ListKeys", {})), "RequestLimitExceeded");
  for (let count = 0; count < 5; count += 1)
    assert.equal(await codeOf(client.request("GetServiceStatus", {})), undefined);
});

test("a client that hangs up in the middle of its request does no harm", async (t) => {
  const { emulator, client } = await startFor(t);
  const socket = connect(Number(new URL(emulator.tencent.endpoint).port), "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const sent = new Promise((resolve) =>
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{", resolve),
  );
  await sent;
  socket.resetAndDestroy();
  assert.equal(await codeOf(client.request("ListKeys", {})), undefined);
  assert.equal(emulator.calls.total, 1);
});

test("close ends open connections, may be called twice and frees the port", async () => {
  const emulator = await startEmulator();
  const port = Number(new URL(emulator.tencent.endpoint).port);
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  await Promise.all([emulator.close(), emulator.close()]);
  await ended;
  const next = await startEmulator({ port });
  await next[Symbol.asyncDispose]();
});
