import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";

import { type Progress, startProgress } from "../../src/cli/progress.ts";

interface Shown {
  readonly progress: Progress;
  /** What was written since the last look. */
  readonly text: () => string;
  /** Lets the timer that runs go off; false when there is none. */
  readonly tick: (ms: number) => boolean;
}

/** Starts a bar whose timers go off when the test says so. */
function start(
  t: TestContext,
  { isTTY = true, quiet = false, env = {} }: { isTTY?: boolean; quiet?: boolean; env?: object } = {},
): Shown {
  let running: { readonly callback: () => void; readonly ms: number } | undefined;
  const run = (callback: () => void, ms: number): object => (running = { callback, ms });
  t.mock.method(globalThis, "setTimeout", run);
  t.mock.method(globalThis, "setInterval", run);
  t.mock.method(globalThis, "clearTimeout", () => (running = undefined));
  const stderr = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
  return {
    progress: startProgress({ stderr, env: { ...env } }, { label: "rotating", total: 4, quiet }),
    text: () => String(stderr.read() ?? ""),
    tick(ms) {
      if (running === undefined) return false;
      assert.equal(running.ms, ms);
      running.callback();
      return true;
    },
  };
}

describe("a progress bar", () => {
  it("shows up after a second, moves, and goes", (t) => {
    const { progress, text, tick } = start(t);
    progress.step();
    assert.equal(text(), "");
    tick(1_000);
    assert.equal(text(), "\r\u001b[Krotating [######..................] 1/4");
    progress.step();
    progress.step();
    tick(100);
    assert.equal(text(), "\r\u001b[Krotating [##################......] 3/4");
    tick(100);
    assert.equal(text(), "");
    progress.end();
    assert.equal(text(), "\r\u001b[K");
    assert.equal(tick(100), false);
  });

  it("makes room for other output and comes back", (t) => {
    const { progress, text, tick } = start(t);
    progress.clear();
    assert.equal(text(), "");
    tick(1_000);
    text();
    progress.clear();
    assert.equal(text(), "\r\u001b[K");
    tick(100);
    assert.match(text(), /0\/4$/);
    progress.end();
  });

  it("of a short run is never seen", (t) => {
    const { progress, text, tick } = start(t);
    progress.step();
    progress.end();
    assert.deepEqual([tick(1_000), text()], [false, ""]);
  });

  it("is not shown where nobody could see it, or wants to", (t) => {
    for (const options of [{ isTTY: false }, { quiet: true }, { env: { TERM: "dumb" } }]) {
      const { progress, text, tick } = start(t, options);
      assert.equal(tick(1_000), false);
      progress.step();
      progress.clear();
      progress.end();
      assert.equal(text(), "");
    }
  });
});
