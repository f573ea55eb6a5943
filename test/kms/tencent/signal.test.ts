import assert from "node:assert/strict";
import { EventEmitter, getEventListeners, once } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";

import type { KmsProvider, TencentKmsOptions } from "../../../src/kms/index.ts";

import { answer, assertFails, DATA_KEY, decrypt, generate, providerFor, startServer } from "./fixture.ts";

interface SlowServer {
  readonly provider: KmsProvider;
  /** The answer that the server holds back. */
  readonly nextResponse: () => Promise<ServerResponse>;
}

async function startSlow(t: TestContext, options: TencentKmsOptions = {}): Promise<SlowServer> {
  const arrivals = new EventEmitter();
  const server = await startServer((response) => arrivals.emit("request", response));
  const provider = providerFor(server, options);
  t.after(async () => {
    await provider.close?.();
    await server.close();
  });
  return {
    provider,
    async nextResponse() {
      const [response] = (await once(arrivals, "request")) as [ServerResponse];
      return response;
    },
  };
}

describe("the caller's signal", () => {
  it("ends a call that waits for an answer, and its connection, with the signal's own reason", async (t) => {
    const { provider, nextResponse } = await startSlow(t);
    const caller = new AbortController();
    const reason = new Error("the load took too long");
    const pending = assert.rejects(decrypt(provider, caller.signal), (error) => error === reason);
    const response = await nextResponse();
    const closed = once(response, "close");
    caller.abort(reason);
    await pending;
    await closed;
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
  });

  it("ends a call in the middle of a body", async (t) => {
    const { provider, nextResponse } = await startSlow(t);
    const caller = new AbortController();
    const pending = assert.rejects(decrypt(provider, caller.signal), { name: "AbortError" });
    const response = await nextResponse();
    response.setHeader("Content-Length", 1_000);
    response.write("{");
    caller.abort();
    await pending;
  });

  it("ends the calls that wait for a connection", async (t) => {
    const { provider, nextResponse } = await startSlow(t, { maxSockets: 1 });
    const caller = new AbortController();
    const first = generate(provider);
    const response = await nextResponse();
    const pending = Array.from({ length: 5 }, () =>
      assert.rejects(decrypt(provider, caller.signal), { name: "AbortError" }),
    );
    caller.abort();
    await Promise.all(pending);
    answer(response, DATA_KEY);
    await first;
    const second = generate(provider);
    answer(await nextResponse(), DATA_KEY);
    await second;
  });

  it("is left without listeners by a hundred calls at the same time, whatever becomes of them", async (t) => {
    let count = 0;
    const server = await startServer((response) => {
      count += 1;
      if (count % 3 === 0) response.destroy();
      else if (count % 3 === 1) answer(response, { Error: { Code: "InternalError" } });
      else answer(response, DATA_KEY);
    });
    const provider = providerFor(server);
    t.after(async () => {
      await provider.close?.();
      await server.close();
    });
    const { signal } = new AbortController();
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => generate(provider, signal)));
    assert.equal(new Set(outcomes.map(({ status }) => status)).size, 2);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

describe("the deadline of one attempt", () => {
  it("holds for a call that waits for a connection", async (t) => {
    const { provider, nextResponse } = await startSlow(t, { maxSockets: 1, timeoutMs: 150 });
    const late = {
      code: "ERR_KMS_UNREACHABLE",
      retryable: true,
      message: /did not answer .* in 150 ms$/,
    } as const;
    const pending = [assertFails(decrypt(provider), late), assertFails(decrypt(provider), late)];
    await nextResponse();
    await Promise.all(pending);
    const next = generate(provider);
    answer(await nextResponse(), DATA_KEY);
    await next;
  });
});
