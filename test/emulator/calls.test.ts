import assert from "node:assert/strict";
import { test } from "node:test";
import { createCallLog } from "../../src/emulator/calls.ts";

test("a long run is counted to the end and listed by its last 10,000 calls", () => {
  const log = createCallLog();
  for (let count = 1; count <= 20_005; count += 1) log.begin("Decrypt", `region-${count}`);
  assert.deepEqual(
    [log.calls.total, log.calls.of("Decrypt"), log.calls.list.length],
    [20_005, 20_005, 10_000],
  );
  assert.equal(log.calls.list[0]?.region, "region-10006");
  assert.equal(log.calls.list.at(-1)?.region, "region-20005");
});

test("what is listed cannot be changed and does not change", () => {
  const log = createCallLog();
  const notes = log.begin("Decrypt", undefined);
  const [listed] = log.calls.list;
  notes.code = "InternalError";
  assert.equal(listed?.code, undefined);
  assert.equal(log.calls.list[0]?.code, "InternalError");
  assert.ok(Object.isFrozen(listed));
});
