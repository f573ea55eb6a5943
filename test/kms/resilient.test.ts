import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";

import { KmsError, OpenError } from "../../src/errors/index.ts";
import {
  type CallOptions,
  type GenerateDataKeyResult,
  type KmsProvider,
  type ReEncryptResult,
  resilient,
  type ResilientOptions,
} from "../../src/kms/index.ts";

const REQUEST = { key: { text: "test/one", id: "one" }, encryptionContext: "" };
const RESULT: GenerateDataKeyResult = { keyId: "one", wrapped: "AAAA", plaintext: new Uint8Array(32) };

type Operation = (attempt: number, options?: CallOptions) => Promise<GenerateDataKeyResult>;

/** A provider whose every call is the next attempt at one operation. */
function providerOf(operation: Operation): KmsProvider & { readonly attempts: number } {
  let attempts = 0;
  const next = (_request: unknown, options?: CallOptions): Promise<GenerateDataKeyResult> =>
    operation(++attempts, options);
  return {
    name: "test",
    encrypt: next,
    decrypt: next,
    generateDataKey: next,
    get attempts() {
      return attempts;
    },
  };
}

function failure(retryable: boolean, message: string = "down"): KmsError {
  return new KmsError("ERR_KMS_UNREACHABLE", message, { provider: "test", retryable });
}

function quick(provider: KmsProvider, options: ResilientOptions = {}): KmsProvider {
  return resilient(provider, { initialDelayMs: 1, maxDelayMs: 2, ...options });
}

describe("a resilient provider", () => {
  it("does what the provider does, under its name", async () => {
    const { signal } = new AbortController();
    const calls: unknown[] = [];
    let closed = false;
    const note = async (request: unknown, options?: CallOptions): Promise<GenerateDataKeyResult> => {
      calls.push([request, options?.signal]);
      return RESULT;
    };
    const inner = {
      name: "test",
      encrypt: note,
      decrypt: note,
      generateDataKey: note,
      reEncrypt: async (request: unknown, options?: CallOptions) => {
        return { ...(await note(request, options)), sourceKeyId: "one", reEncrypted: true };
      },
      close: () => void (closed = true),
    };
    const provider = quick(inner);
    const { key, encryptionContext } = REQUEST;
    const requests = [
      { key, encryptionContext, plaintext: new Uint8Array(1) },
      { key, encryptionContext, wrapped: "AAAA" },
      REQUEST,
    ] as const;
    assert.equal(await provider.encrypt(requests[0], { signal }), RESULT);
    assert.equal(await provider.decrypt(requests[1], { signal }), RESULT);
    assert.equal(await provider.generateDataKey(requests[2]), RESULT);
    const again = { ...requests[1], newKey: key, newEncryptionContext: "" };
    assert.equal((await provider.reEncrypt?.(again, { signal }))?.wrapped, RESULT.wrapped);
    assert.deepEqual(calls, [
      [requests[0], signal],
      [requests[1], signal],
      [requests[2], undefined],
      [again, signal],
    ]);
    await provider.close?.();
    assert.equal(provider.name, "test");
    assert.equal(closed, true);
  });

  it("has no reEncrypt where the provider has none, and tries it again like the others where it has", async () => {
    assert.equal(quick(providerOf(() => assert.fail("called"))).reEncrypt, undefined);
    let attempts = 0;
    const reEncrypt = async (): Promise<ReEncryptResult> => {
      attempts += 1;
      if (attempts < 3) throw failure(true);
      return { keyId: "one", wrapped: "AAAA", sourceKeyId: "one", reEncrypted: false };
    };
    const inner = { ...providerOf(() => assert.fail("called")), reEncrypt };
    const request = { ...REQUEST, wrapped: "AAAA", newKey: REQUEST.key, newEncryptionContext: "" };
    assert.equal((await quick(inner).reEncrypt?.(request))?.reEncrypted, false);
    assert.equal(attempts, 3);
  });

  it("tries again what may pass, until it passes", async () => {
    const inner = providerOf(async (attempt) => {
      if (attempt < 4) throw failure(true);
      return RESULT;
    });
    assert.equal(await quick(inner).generateDataKey(REQUEST), RESULT);
    assert.equal(inner.attempts, 4);
  });

  it("gives up after the last attempt, with its error as it was", async () => {
    for (const attempts of [1, 2, 5]) {
      let last: KmsError | undefined;
      const inner = providerOf((attempt) => {
        last = failure(true, `attempt ${attempt}`);
        return Promise.reject(last);
      });
      await assert.rejects(
        quick(inner, { attempts }).decrypt({ ...REQUEST, wrapped: "A" }),
        (error) => error === last,
      );
      assert.equal(inner.attempts, attempts);
    }
  });

  it("does not try again what would fail again", async () => {
    for (const error of [failure(false), new OpenError(), new TypeError("a bug"), new Error("unknown")]) {
      const inner = providerOf(() => Promise.reject(error));
      await assert.rejects(quick(inner).generateDataKey(REQUEST), (thrown) => thrown === error);
      assert.equal(inner.attempts, 1);
    }
  });

  it("draws its waits from the whole of the exponential delay", async (t) => {
    const delays: unknown[] = [];
    const { setTimeout: start } = globalThis;
    t.mock.method(globalThis, "setTimeout", (callback: () => void, delayMs: number) => {
      delays.push(delayMs);
      return start(callback, 0);
    });
    const inner = providerOf(() => Promise.reject(failure(true)));
    const draws = [0.5, 0, 1, 0.25, 1];
    const provider = resilient(inner, {
      attempts: 6,
      maxDelayMs: 1_000,
      random: () => draws.shift() ?? assert.fail(),
    });
    await assert.rejects(provider.generateDataKey(REQUEST));
    assert.deepEqual(delays, [50, 0, 400, 200, 1_000]);
  });

  it("runs as many calls at once as it may, and all of them in the end", async () => {
    let running = 0;
    let most = 0;
    const inner = providerOf(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return RESULT;
    });
    for (const maxConcurrent of [1, 3, 8]) {
      most = 0;
      const provider = quick(inner, { maxConcurrent });
      await Promise.all(Array.from({ length: 50 }, () => provider.generateDataKey(REQUEST)));
      assert.equal(most, maxConcurrent);
    }
    assert.equal(inner.attempts, 150);
  });

  it("leaves a call's place to another while it waits for its next attempt", async () => {
    const order: string[] = [];
    const inner = providerOf(async (attempt) => {
      order.push(`call ${attempt}`);
      if (attempt === 1) throw failure(true);
      return RESULT;
    });
    const provider = resilient(inner, { maxConcurrent: 1, initialDelayMs: 20, random: () => 1 });
    const first = provider.generateDataKey(REQUEST).then(() => order.push("first"));
    const second = provider.generateDataKey(REQUEST).then(() => order.push("second"));
    await Promise.all([first, second]);
    assert.deepEqual(order, ["call 1", "call 2", "second", "call 3", "first"]);
  });

  it("rejects at once, with the signal's reason, when the signal aborts during a wait", async () => {
    const caller = new AbortController();
    const reason = new Error("the load took too long");
    const inner = providerOf(async () => {
      setImmediate(() => caller.abort(reason));
      throw failure(true);
    });
    const provider = resilient(inner, { initialDelayMs: 60_000, maxDelayMs: 60_000, random: () => 1 });
    await assert.rejects(provider.generateDataKey(REQUEST, caller), (error) => error === reason);
    assert.equal(inner.attempts, 1);
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
  });

  it("rejects at once when the signal aborts in the queue, and never makes that call", async () => {
    let finish: (result: GenerateDataKeyResult) => void = () => {};
    const started = new Promise<void>((resolve) => {
      finish = () => resolve();
    });
    const inner = providerOf(() => {
      finish(RESULT);
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    const provider = quick(inner, { maxConcurrent: 1 });
    const running = provider.generateDataKey(REQUEST);
    await started;
    const caller = new AbortController();
    const queued = Array.from({ length: 20 }, () => provider.generateDataKey(REQUEST, caller));
    caller.abort(new Error("enough"));
    for (const outcome of await Promise.allSettled(queued)) {
      assert.equal(outcome.status === "rejected" && String(outcome.reason), "Error: enough");
    }
    finish(RESULT);
    await running;
    await new Promise(setImmediate);
    assert.equal(inner.attempts, 1);
    const last = provider.generateDataKey(REQUEST);
    await new Promise(setImmediate);
    finish(RESULT);
    await last;
    assert.equal(inner.attempts, 2);
  });

  it("rejects at once when the signal aborts during a call that does not heed it", async () => {
    const caller = new AbortController();
    const inner = providerOf(() => {
      setImmediate(() => caller.abort());
      return new Promise(() => {});
    });
    await assert.rejects(quick(inner).generateDataKey(REQUEST, caller), { name: "AbortError" });
  });

  it("makes no call when the signal was aborted before", async () => {
    const inner = providerOf(() => assert.fail("called"));
    await assert.rejects(quick(inner).generateDataKey(REQUEST, { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  });

  it("puts one listener on a signal that a hundred calls share, and none afterwards", async () => {
    const { signal } = new AbortController();
    const most: number[] = [];
    const inner = providerOf(async () => {
      most.push(getEventListeners(signal, "abort").length);
      return RESULT;
    });
    const provider = quick(inner);
    await Promise.all(Array.from({ length: 100 }, () => provider.generateDataKey(REQUEST, { signal })));
    assert.deepEqual([Math.max(...most), getEventListeners(signal, "abort").length], [1, 0]);
  });

  it("refuses options that are unknown or out of their range", () => {
    const inner = providerOf(async () => RESULT);
    const bad: readonly object[] = [
      { attempts: 0 },
      { attempts: 21 },
      { attempts: 1.5 },
      { initialDelayMs: -1 },
      { maxDelayMs: Number.POSITIVE_INFINITY },
      { maxConcurrent: 0 },
      { retries: 3 },
    ];
    for (const options of bad) assert.throws(() => resilient(inner, options), { code: "ERR_OPTION_INVALID" });
  });
});
