import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it, type TestContext } from "node:test";

import { type Config, describeConfig, type LoadOptions, sealValues } from "../../src/index.ts";
import {
  CONTEXT,
  loadTexts,
  placesOf,
  problemsOf,
  sealOne,
  startKms,
  tamper,
  type TestKms,
} from "../support/load-fixture.ts";

/** Seals values under one data key and returns them as YAML, `k0: …` onwards. */
async function sealRun(
  { key, environment }: TestKms,
  names: readonly string[],
  keys: readonly string[] = [key],
): Promise<string> {
  const values = names.map((name) => ({ value: `value of ${name}`, path: name }));
  const tokens = await sealValues(values, { keys, context: CONTEXT, environment });
  return names.map((name, index) => `${name}: ${tokens[index]}\n`).join("");
}

function load(
  { key, environment, emulator }: TestKms,
  text: string,
  options: Partial<LoadOptions> = {},
): Promise<Config<undefined>> {
  emulator.calls.reset();
  return loadTexts({ "app.yaml": text }, { keys: [key], environment, ...options });
}

interface KmsEvent {
  readonly phase: "start" | "end" | "error";
  readonly provider: string;
  readonly operation: string;
  readonly key: string;
  readonly durationMs?: number;
  readonly error?: unknown;
}

/** Collects what the channel publishes during the test. */
function listen<Event>(t: TestContext, channel: string): Event[] {
  const events: Event[] = [];
  const onEvent = (event: unknown): void => void events.push(event as Event);
  subscribe(channel, onEvent);
  t.after(() => unsubscribe(channel, onEvent));
  return events;
}

describe("calls to the key service", () => {
  it("are exactly one for all values that were sealed in one run", async (t) => {
    const kms = await startKms(t);
    const names = Array.from({ length: 300 }, (_, index) => `k${index}`);
    const config = await load(kms, await sealRun(kms, names));
    assert.deepEqual(
      Object.values(config),
      names.map((name) => `value of ${name}`),
    );
    assert.deepEqual(
      kms.emulator.calls.list.map(({ action }) => action),
      ["Decrypt"],
    );
    const { kmsCalls, dataKeys } = describeConfig(config);
    assert.deepEqual({ kmsCalls, dataKeys }, { kmsCalls: 1, dataKeys: 1 });
  });

  it("are one a sealing run, whatever the files that the values stand in", async (t) => {
    const kms = await startKms(t);
    const [one, two] = [await sealRun(kms, ["a", "b", "c"]), await sealRun(kms, ["d", "e"])];
    const lines = [...one.split("\n"), ...two.split("\n")];
    kms.emulator.calls.reset();
    const config = await loadTexts(
      { "a.yaml": [lines[0], lines[4]].join("\n"), "b.yaml": [lines[1], lines[2], lines[5]].join("\n") },
      { keys: [kms.key], environment: kms.environment },
    );
    assert.equal(Object.keys(config).length, 5);
    assert.equal(kms.emulator.calls.total, 2);
    const { kmsCalls, dataKeys } = describeConfig(config);
    assert.deepEqual({ kmsCalls, dataKeys }, { kmsCalls: 2, dataKeys: 2 });
  });

  it("are none for local keys, whose data keys are counted all the same", async () => {
    const config = await loadTexts({ "a.yaml": `a: ${await sealOne("a", "x")}` });
    const { kmsCalls, dataKeys } = describeConfig(config);
    assert.deepEqual({ kmsCalls, dataKeys }, { kmsCalls: 0, dataKeys: 1 });
  });

  it("are one for each distinct direct value, and one for equal ones, wherever they stand", async (t) => {
    const kms = await startKms(t);
    const options = { keys: [kms.key], environment: kms.environment, direct: true };
    const anywhere = await sealOne(null, "anywhere", options);
    const [a, b] = [await sealOne("a", "one", options), await sealOne("b", "two", options)];
    const text = `a: ${a}\nb: ${b}\nc: &c ${anywhere}\nd: *c\ne: [*c, ${anywhere}]\nf: ${anywhere}`;
    const config = await load(kms, text);
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      a: "one",
      b: "two",
      c: "anywhere",
      d: "anywhere",
      e: ["anywhere", "anywhere"],
      f: "anywhere",
    });
    assert.equal(kms.emulator.calls.total, 3);
  });

  it("are one for equal raw values, wherever they stand", async (t) => {
    const kms = await startKms(t);
    const { tencentKms } = await import("../../src/index.ts");
    const provider = tencentKms({ env: kms.environment });
    t.after(() => provider.close?.());
    const [, region = "", id = ""] = kms.key.split("/");
    const key = { text: kms.key, region, id };
    const { wrapped } = await provider.encrypt({ key, plaintext: Buffer.from("raw"), encryptionContext: "" });
    const raw = `sealed:v1:raw:${kms.key}=${wrapped}`;
    const config = await load(kms, `a: ${raw}\nb: [${raw}, ${raw}]`, { raw: ["**"] });
    assert.deepEqual(JSON.parse(JSON.stringify(config)), { a: "raw", b: ["raw", "raw"] });
    assert.equal(kms.emulator.calls.total, 1);
  });

  it("run at the same time, at most eight of them", async (t) => {
    const kms = await startKms(t);
    const runs = await Promise.all(Array.from({ length: 24 }, (_, index) => sealRun(kms, [`k${index}`])));
    const events = listen<KmsEvent>(t, "sealconf:kms");
    kms.emulator.inject({ kind: "delay", ms: 20 }, { times: Number.POSITIVE_INFINITY });
    const config = await load(kms, runs.join(""));
    assert.equal(Object.keys(config).length, 24);
    assert.equal(kms.emulator.calls.of("Decrypt"), 24);
    let inFlight = 0;
    const counts = events.map(({ phase }) => (inFlight += phase === "start" ? 1 : -1));
    assert.equal(Math.max(...counts), 8);
    assert.equal(inFlight, 0);
  });

  it("are repeated while the service throttles, and every one is counted", async (t) => {
    const kms = await startKms(t);
    const text = await sealRun(kms, ["a", "b"]);
    kms.emulator.inject({ kind: "throttle" }, { times: 2 });
    const config = await load(kms, text);
    assert.equal(config["a"], "value of a");
    assert.equal(kms.emulator.calls.of("Decrypt"), 3);
    assert.equal(describeConfig(config).kmsCalls, 3);
  });

  it("are published with what they were about, and nothing of what was in them", async (t) => {
    const kms = await startKms(t);
    const text = await sealRun(kms, ["a"]);
    const events = listen<KmsEvent>(t, "sealconf:kms");
    kms.emulator.inject({ kind: "throttle" });
    await load(kms, text);
    assert.deepEqual(
      events.map(({ phase, provider, operation, key }) => [phase, provider, operation, key]),
      ["start", "error", "start", "end"].map((phase) => [phase, "tencent", "decrypt", kms.key]),
    );
    const last = events.at(-1);
    assert.ok(last?.durationMs !== undefined && last.durationMs > 0);
    assert.deepEqual(Object.keys(last).sort(), ["durationMs", "key", "operation", "phase", "provider"]);
  });
});

describe("recipients", () => {
  it("are asked in the rule's order until one can open, and the description says which did", async (t) => {
    const kms = await startKms(t, { keysPerRegion: 3 });
    const [first = "", second = "", third = ""] = kms.keys;
    const text = await sealRun(kms, ["a", "b"], [first, second, third]);
    const events = listen<KmsEvent>(t, "sealconf:kms");
    kms.emulator.inject({ kind: "error", code: "ResourceUnavailable.CmkDisabled" }, { times: 2 });
    const config = await load(kms, text, { keys: [third, first, second] });
    assert.deepEqual(
      events.filter(({ phase }) => phase === "start").map(({ key }) => key),
      [third, first, second],
    );
    assert.deepEqual(
      describeConfig(config).values.map(({ sealed }) => sealed?.key),
      [second, second],
    );
  });

  it("that cannot be asked are all told in one error, once, with the number of values that wait", async (t) => {
    const kms = await startKms(t, { keysPerRegion: 2 });
    const text = await sealRun(kms, ["a", "b", "c"], kms.keys);
    kms.emulator.inject({ kind: "error", code: "UnauthorizedOperation" });
    kms.emulator.inject({ kind: "error", code: "ResourceUnavailable.KeyPendingDelete" });
    const [problem, ...others] = await problemsOf(load(kms, text, { keys: kms.keys }));
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_KMS_DENIED");
    assert.equal(problem.source?.path, "a");
    for (const key of kms.keys) assert.ok(problem.message.includes(key), problem.message);
    assert.match(
      problem.message,
      /^app\.yaml:1:4 \(a\): no key could be asked: .*; .* \(3 values wait for this key\)$/,
    );
    assert.match(problem.hint ?? "", /kms:Decrypt/);
    assert.match(problem.requestId ?? "", /^[0-9a-f-]{36}$/);
  });

  it("after one whose answer cannot be trusted are not asked: that is final", async (t) => {
    for (const fault of [
      { kind: "wrong-key-id" },
      { kind: "wrong-plaintext-length" },
      { kind: "error", code: "InvalidParameterValue.InvalidCiphertext" },
    ] as const) {
      const kms = await startKms(t, { keysPerRegion: 2 });
      const text = await sealRun(kms, ["a"], kms.keys);
      kms.emulator.inject(fault);
      assert.deepEqual(await placesOf(load(kms, text, { keys: kms.keys })), [
        "ERR_OPEN_FAILED app.yaml:1:4 (a)",
      ]);
      assert.equal(kms.emulator.calls.total, 1, JSON.stringify(fault));
    }
  });

  it("of two files whose rules allow different keys are kept apart", async (t) => {
    const kms = await startKms(t, { keysPerRegion: 2 });
    const [first = "", second = ""] = kms.keys;
    const text = (await sealRun(kms, ["a", "b"], kms.keys)).split("\n");
    const rules = kms.keys.map(
      (key, index) => `  - { files: [${index}.yaml], env: production, keys: [${key}] }`,
    );
    kms.emulator.calls.reset();
    const config = await loadTexts(
      { "0.yaml": text[0] ?? "", "1.yaml": text[1] ?? "" },
      { environment: kms.environment, policy: { text: `app: billing-api\nrules:\n${rules.join("\n")}` } },
    );
    assert.deepEqual(
      describeConfig(config).values.map(({ sealed }) => sealed?.key),
      [first, second],
    );
    assert.equal(kms.emulator.calls.total, 2);
  });
});

describe("values that do not open", () => {
  it("are each told at their place, with one message for all", async () => {
    const tokens = await Promise.all(["a", "b"].map((name) => sealOne(name, "x")));
    const [a = "", b = ""] = tokens.map(tamper);
    const problems = await problemsOf(loadTexts({ "1.yaml": `a: ${a}`, "2.yaml": `\nb: ${b}` }));
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message}`),
      [
        "ERR_OPEN_FAILED 1.yaml:1:4 (a): the sealed value does not open here",
        "ERR_OPEN_FAILED 2.yaml:2:4 (b): the sealed value does not open here",
      ],
    );
  });
});
