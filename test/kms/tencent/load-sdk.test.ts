import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";

import { withoutDeprecations } from "../../../src/kms/tencent/load-sdk.ts";

import { answer, CREDENTIALS, DATA_KEY, type Handler, startServer } from "./fixture.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one call in a process of its own; `process.exit` is never called, so it ends when nothing holds it. */
async function runCall(t: TestContext, handler: Handler, script: string): Promise<Ended> {
  const server = await startServer(handler);
  t.after(() => server.close());
  const options = JSON.stringify({ credentials: CREDENTIALS, endpoint: server.endpoint, timeoutMs: 5_000 });
  const key = JSON.stringify({ text: "tencent/ap-guangzhou/x", region: "ap-guangzhou", id: "x" });
  const source = `
    import { resilient, tencentKms } from ${JSON.stringify(import.meta.resolve("../../../src/kms/index.js"))};
    const options = ${options};
    const request = { key: ${key}, encryptionContext: "" };
    ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

describe("a process that makes one call", () => {
  it("prints no warning, and ends by itself while its connection is kept alive", async (t) => {
    const ended = await runCall(
      t,
      (response) => answer(response, DATA_KEY),
      `const { plaintext } = await resilient(tencentKms(options)).generateDataKey(request);
       console.log(plaintext.length, process.noDeprecation ?? false);`,
    );
    assert.deepEqual(ended, { code: 0, stdout: "32 false\n", stderr: "" });
  });

  it("stays until the last attempt has failed, and ends with its error", async (t) => {
    const ended = await runCall(
      t,
      (response) => response.destroy(),
      `const provider = resilient(tencentKms(options), { attempts: 3, initialDelayMs: 20, random: () => 1 });
       await provider.generateDataKey(request).catch((error) => console.log(error.code));`,
    );
    assert.deepEqual(ended, { code: 0, stdout: "ERR_KMS_UNREACHABLE\n", stderr: "" });
  });

  it("waits for a call that nothing but its deadline will end", async (t) => {
    const ended = await runCall(
      t,
      () => {},
      `const client = { Encrypt() {}, Decrypt() {}, GenerateDataKey: () => new Promise(() => {}) };
       await tencentKms({ client, timeoutMs: 50 }).generateDataKey(request).catch((error) => console.log(error.code));`,
    );
    assert.deepEqual(ended, { code: 0, stdout: "ERR_KMS_UNREACHABLE\n", stderr: "" });
  });

  it("does not wait for what an aborted call would have waited for", async (t) => {
    const started = performance.now();
    const ended = await runCall(
      t,
      (response) => answer(response, { Error: { Code: "InternalError" } }),
      `const provider = resilient(tencentKms(options), { initialDelayMs: 60_000, maxDelayMs: 60_000, random: () => 1 });
       const signal = AbortSignal.timeout(400);
       await provider.generateDataKey(request, { signal }).catch((error) => console.log(error.name));`,
    );
    assert.deepEqual(ended, { code: 0, stdout: "TimeoutError\n", stderr: "" });
    assert.ok(performance.now() - started < 30_000);
  });
});

describe("withoutDeprecations", () => {
  it("hides the deprecations of a load and puts the flag back, also when the load fails", async () => {
    const before = process.noDeprecation ?? false;
    // The test run ends at any warning that is shown.
    const deprecate = async (): Promise<void> => process.emitWarning("old", "DeprecationWarning", "DEP0040");
    await withoutDeprecations(deprecate);
    assert.equal(process.noDeprecation, before);
    const failing = withoutDeprecations(() => Promise.reject(new Error("not installed")));
    assert.equal(process.noDeprecation, true);
    await assert.rejects(failing, /not installed/);
    assert.equal(process.noDeprecation, before);
  });
});
