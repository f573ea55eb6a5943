import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { describe, it, type TestContext } from "node:test";

import { withDeadline } from "../../src/config/supervise.ts";
import { KmsError, type KmsProvider, LoadError, type StandardSchema } from "../../src/index.ts";
import {
  loadTexts,
  LOCAL_KEY,
  placesOf,
  problemsOf,
  rejectionOf,
  sealOne,
  startKms,
} from "../support/load-fixture.ts";

const NEVER = new Promise<never>(() => {});
const LONG_MS = 60_000;

function schemaOf(validate: StandardSchema["~standard"]["validate"]): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

const HANGING_SCHEMA = schemaOf(() => NEVER);
/** Answers nothing and does not hear of the signal. */
const HANGING_PROVIDER: KmsProvider = {
  name: "local",
  encrypt: () => NEVER,
  decrypt: () => NEVER,
  generateDataKey: () => NEVER,
};

/** Runs a load that must end by its deadline, soon after it. */
async function assertEndsInTime(load: (deadlineMs: number) => Promise<unknown>): Promise<void> {
  const deadlineMs = 150;
  const startedAt = performance.now();
  const [problem, ...others] = await problemsOf(load(deadlineMs));
  const elapsedMs = performance.now() - startedAt;
  assert.deepEqual(others, []);
  assert.ok(problem instanceof KmsError);
  assert.equal(problem.code, "ERR_DEADLINE");
  assert.equal(problem.message, "it was not done within its deadline of 150 ms");
  assert.ok(elapsedMs >= deadlineMs - 5 && elapsedMs < deadlineMs + 5_000, `it took ${elapsedMs} ms`);
}

describe("the deadline", () => {
  it("ends a load whose key service does not answer", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const token = await sealOne("a", "x", { keys: [key], environment });
    emulator.inject({ kind: "delay", ms: LONG_MS }, { times: Number.POSITIVE_INFINITY });
    await assertEndsInTime((deadlineMs) =>
      loadTexts({ "a.yaml": `a: ${token}` }, { keys: [key], environment, deadlineMs }),
    );
  });

  it("ends a load whose key service stops in the middle of its answer", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const token = await sealOne("a", "x", { keys: [key], environment });
    emulator.inject({ kind: "truncated-body", connection: "left-open" }, { times: Number.POSITIVE_INFINITY });
    await assertEndsInTime((deadlineMs) =>
      loadTexts({ "a.yaml": `a: ${token}` }, { keys: [key], environment, deadlineMs }),
    );
  });

  it("ends a load whose provider never answers and ignores its signal", async () => {
    const token = await sealOne("a", "x");
    await assertEndsInTime((deadlineMs) =>
      loadTexts({ "a.yaml": `a: ${token}` }, { providers: [HANGING_PROVIDER], deadlineMs }),
    );
  });

  it("ends a load whose schema never answers", async () => {
    await assertEndsInTime((deadlineMs) =>
      loadTexts({ "a.yaml": "a: 1" }, { schema: HANGING_SCHEMA as never, deadlineMs }),
    );
  });

  it("is told beside every problem that was found before it", async () => {
    const token = await sealOne("a", "x");
    const load = loadTexts(
      { "a.yaml": `a: ${token}\nb: sealed:v1:x`, "b.json": "{" },
      { providers: [HANGING_PROVIDER], deadlineMs: 100 },
    );
    assert.deepEqual(await placesOf(load), [
      "ERR_TOKEN_MALFORMED a.yaml:2:4 (b)",
      "ERR_FORMAT_SYNTAX b.json:1:2",
      "ERR_DEADLINE",
    ]);
  });

  it("leaves no timer behind that would hold the process, and keeps it alive while it runs", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    let during = 0;
    const schema = schemaOf((value) => {
      during = timers();
      return { value };
    });
    await loadTexts({ "a.yaml": "a: 1" }, { schema: schema as never, deadlineMs: LONG_MS });
    assert.equal(during, before + 1);
    assert.equal(timers(), before);
  });

  it("lets work that is done in time have its result, and work that fails its error", async () => {
    const within = { deadlineMs: LONG_MS, signal: undefined };
    assert.equal(await withDeadline(within, async () => 7), 7);
    const mistake = new TypeError("a mistake");
    assert.equal(await rejectionOf(withDeadline(within, () => Promise.reject(mistake))), mistake);
  });
});

describe("the signal", () => {
  for (const [title, reason] of [
    ["an error", new Error("shutting down")],
    ["a text", "enough"],
    ["the default", undefined],
  ] as const) {
    it(`that is aborted before the load rejects it with its reason, ${title}`, async () => {
      const signal = AbortSignal.abort(reason);
      assert.equal(await rejectionOf(loadTexts({ "a.yaml": "a: [" }, { signal })), signal.reason);
    });
  }

  it("ends a load that waits for a key service, with its reason, and the request with it", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const token = await sealOne("a", "x", { keys: [key], environment });
    emulator.calls.reset();
    emulator.inject({ kind: "delay", ms: LONG_MS });
    const controller = new AbortController();
    const load = loadTexts(
      { "a.yaml": `a: ${token}` },
      { keys: [key], environment, signal: controller.signal },
    );
    const rejected = rejectionOf(load);
    await emulator.calls.reach(1);
    const reason = new Error("shutting down");
    controller.abort(reason);
    assert.equal(await rejected, reason);
    assert.equal(emulator.calls.total, 1);
  });

  it("ends a load that waits for its schema", async () => {
    const controller = new AbortController();
    const schema = schemaOf(() => {
      queueMicrotask(() => controller.abort("enough"));
      return NEVER;
    });
    const load = loadTexts({ "a.yaml": "a: 1" }, { schema: schema as never, signal: controller.signal });
    assert.equal(await rejectionOf(load), "enough");
  });

  it("is let go of when the load is over, well or not", async () => {
    const { signal } = new AbortController();
    await loadTexts({ "a.yaml": "a: 1" }, { signal });
    await problemsOf(loadTexts({ "a.yaml": "a: [" }, { signal }));
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("may be shared by many loads at the same time", async () => {
    const { signal } = new AbortController();
    const loads = Array.from({ length: 30 }, () => loadTexts({ "a.yaml": "a: 1" }, { signal }));
    assert.equal((await Promise.all(loads)).length, 30);
  });

  it("reaches the provider, and says no more to it once the load is over", async () => {
    const token = await sealOne("a", "x");
    let seen: AbortSignal | undefined;
    const provider: KmsProvider = {
      ...HANGING_PROVIDER,
      decrypt: (_request, options) => {
        seen = options?.signal;
        return NEVER;
      },
    };
    const load = loadTexts(
      { "a.yaml": `a: ${token}` },
      { keys: [LOCAL_KEY], providers: [provider], deadlineMs: 50 },
    );
    await problemsOf(load);
    assert.equal(seen?.aborted, true);
  });
});

describe("the channel sealconf:load", () => {
  interface LoadEvent {
    readonly phase: string;
    readonly durationMs?: number;
    readonly error?: unknown;
  }

  function listen(t: TestContext): LoadEvent[] {
    const events: LoadEvent[] = [];
    const onEvent = (event: unknown): void => void events.push(event as LoadEvent);
    subscribe("sealconf:load", onEvent);
    t.after(() => unsubscribe("sealconf:load", onEvent));
    return events;
  }

  it("tells the start and the end of a load, and how long it took", async (t) => {
    const events = listen(t);
    await loadTexts({ "a.yaml": `a: ${await sealOne("a", "x")}` });
    assert.deepEqual(
      events.map(({ phase }) => phase),
      ["start", "end"],
    );
    assert.ok((events[1]?.durationMs ?? 0) > 0);
    assert.deepEqual(Object.keys(events[1] ?? {}).sort(), ["durationMs", "phase"]);
  });

  it("tells the error that the load failed with", async (t) => {
    const events = listen(t);
    const error = await rejectionOf(loadTexts({ "a.yaml": "a: [" }));
    assert.ok(error instanceof LoadError);
    assert.deepEqual(
      events.map(({ phase }) => phase),
      ["start", "error"],
    );
    assert.equal(events[1]?.error, error);
  });
});
