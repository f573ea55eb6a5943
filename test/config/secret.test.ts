import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { format, inspect } from "node:util";

import { z } from "zod";

import { loadConfig, Secret, toSecret } from "../../src/index.ts";
import { CONTEXT, ENVIRONMENT, LOCAL_KEY, NO_POLICY, sealOne } from "../support/load-fixture.ts";

const CANARY = "correct-horse-battery";

describe("Secret", () => {
  const secret = toSecret(CANARY);

  it("gives its value to reveal alone", () => {
    assert.equal(secret.reveal(), CANARY);
    assert.equal(new Secret({ a: 1 }).reveal().a, 1);
  });

  const SHOWN: readonly (readonly [title: string, show: (value: Secret) => unknown])[] = [
    ["inspected", (value) => inspect(value, { depth: 10, showHidden: true })],
    ["inspected within others", (value) => inspect({ list: [value], map: new Map([["s", value]]) })],
    ["inspected without its own say", (value) => inspect(value, { customInspect: false, showHidden: true })],
    ["formatted", (value) => format("%s %o %O %j", value, value, value, value)],
    ["turned into text", (value) => [String(value), value.toString(), ["", value].join("")].join()],
    ["turned into JSON", (value) => JSON.stringify({ value })],
    ["turned into a number", (value) => Number(value)],
    ["spread", (value) => inspect({ ...value })],
    ["enumerated", (value) => inspect([Object.entries(value), Reflect.ownKeys(value).map(String)])],
    ["cloned", (value) => inspect(structuredClone(value))],
    ["concatenated", (value) => (value as unknown as string) + "!"],
  ];
  for (const [title, show] of SHOWN) {
    it(`hides it when it is ${title}`, () => {
      assert.ok(!String(show(secret)).includes("horse"));
    });
  }

  it("says that something is hidden", () => {
    assert.equal(inspect({ password: secret }), "{ password: [secret] }");
    assert.equal(JSON.stringify({ password: secret }), '{"password":"[secret]"}');
    assert.equal(String(secret), "[secret]");
  });

  it("cannot be changed", () => {
    assert.throws(() => Reflect.set(secret, "reveal", () => "other") || fail(), TypeError);
    assert.ok(Object.isFrozen(secret));
    assert.equal(secret.reveal(), CANARY);
  });

  it("is what a schema makes of a value, with its type", async () => {
    const config = await loadConfig({
      files: [{ as: "a.yaml", text: `password: ${await sealOne("password", CANARY)}\npin: 7` }],
      schema: z.object({ password: z.string().transform(toSecret), pin: z.number().transform(toSecret) }),
      root: NO_POLICY,
      keys: [LOCAL_KEY],
      context: CONTEXT,
      environment: ENVIRONMENT,
    });
    const password: Secret = config.password;
    const pin: number = config.pin.reveal();
    assert.deepEqual([password.reveal(), pin], [CANARY, 7]);
    assert.equal(inspect({ ...config }), "{ password: [secret], pin: [secret] }");
    assert.equal(JSON.stringify(config), '{"password":"[secret]","pin":"[secret]"}');
  });
});

function fail(): never {
  throw new TypeError("it was not set");
}
