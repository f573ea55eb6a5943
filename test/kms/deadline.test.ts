import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";

import { untilAborted, withDeadline } from "../../src/kms/deadline.ts";

const late = (): Error => new Error("late");
const never = (): Promise<never> => new Promise(() => {});

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("withDeadline", () => {
  it("settles as the work does", async () => {
    assert.equal(await withDeadline({ timeoutMs: 1_000, late }, async () => 7), 7);
    await assert.rejects(
      withDeadline({ timeoutMs: 1_000, late }, () => Promise.reject(new Error("work"))),
      /^Error: work$/,
    );
  });

  it("rejects work that never settles", async () => {
    await assert.rejects(withDeadline({ timeoutMs: 10, late }, never), /^Error: late$/);
  });

  it("rejects with the signal's reason, also when it aborted before, and then does not start the work", async () => {
    const caller = new AbortController();
    const reason = { enough: true };
    const pending = withDeadline({ timeoutMs: 1_000, late, signal: caller.signal }, never);
    caller.abort(reason);
    await assert.rejects(pending, (error) => error === reason);
    await assert.rejects(
      withDeadline({ timeoutMs: 1_000, late, signal: caller.signal }, () => assert.fail("started")),
      (error) => error === reason,
    );
  });

  it("aborts the work's own signal however it ended", async () => {
    const seen: AbortSignal[] = [];
    const caller = new AbortController();
    const options = { timeoutMs: 10, late, signal: caller.signal };
    const note = <Result>(signal: AbortSignal, result: Promise<Result>): Promise<Result> => {
      assert.equal(signal.aborted, false);
      seen.push(signal);
      return result;
    };
    await withDeadline(options, (signal) => note(signal, Promise.resolve()));
    await assert.rejects(withDeadline(options, (signal) => note(signal, Promise.reject(new Error("work")))));
    await assert.rejects(withDeadline(options, (signal) => note(signal, never())));
    const pending = withDeadline(options, (signal) => note(signal, never()));
    caller.abort();
    await assert.rejects(pending);
    assert.deepEqual(
      seen.map(({ aborted }) => aborted),
      [true, true, true, true],
    );
  });
});

describe("untilAborted", () => {
  it("puts one listener on a signal that many share, and takes it away with the last of them", async () => {
    const { signal } = new AbortController();
    const ends: (() => void)[] = [];
    const pending = Array.from({ length: 100 }, () =>
      untilAborted(signal, () => new Promise<void>((resolve) => ends.push(resolve))),
    );
    assert.equal(listenersOf(signal), 1);
    for (const end of ends.splice(0, 99)) end();
    await Promise.all(pending.slice(0, 99));
    assert.equal(listenersOf(signal), 1);
    ends[0]?.();
    await pending[99];
    assert.equal(listenersOf(signal), 0);
    await untilAborted(signal, async () => {});
    assert.equal(listenersOf(signal), 0);
  });

  it("rejects all that share a signal when it aborts, and leaves nothing on it", async () => {
    const caller = new AbortController();
    const pending = Array.from({ length: 20 }, () => untilAborted(caller.signal, never));
    caller.abort(new Error("enough"));
    for (const outcome of await Promise.allSettled(pending)) {
      assert.equal(outcome.status === "rejected" && String(outcome.reason), "Error: enough");
    }
    assert.equal(listenersOf(caller.signal), 0);
  });

  it("leaves nothing on the signal of work that failed", async () => {
    const { signal } = new AbortController();
    await assert.rejects(
      untilAborted(signal, () => Promise.reject(new Error("failed on purpose"))),
      /failed on purpose/,
    );
    assert.equal(listenersOf(signal), 0);
  });
});
