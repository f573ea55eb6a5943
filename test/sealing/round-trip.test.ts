import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { startEmulator } from "../../src/emulator/index.ts";
import { tencentKms } from "../../src/kms/index.ts";
import { localKeys } from "../../src/local/index.ts";
import {
  type KeyServices,
  makeSealingKey,
  sealDirect,
  sealEnvelope,
  type ValueToSeal,
} from "../../src/sealing/index.ts";
import type { Names } from "../../src/token/index.ts";
import { keyOf, servicesOf } from "../support/fake-provider.ts";
import { jsonValues } from "../support/json-values.ts";
import { LOCAL_KEY_OPTIONS, LOCAL_KEYS } from "../support/local-key-options.ts";
import { tokenOpener } from "../support/open-token.ts";
import { anyText } from "../support/any-text.ts";

const contextName = fc.option(fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/), { nil: undefined });
const path = fc.option(
  anyText().map((text) => `/${text}`),
  { nil: undefined },
);

const sealed = fc.record({
  value: fc.oneof(
    fc.record({ value: anyText(100), as: fc.constant("text" as const) }),
    fc.record({ value: jsonValues(), as: fc.constant("json" as const) }),
  ),
  names: fc.record({ app: contextName, env: contextName, path }),
  direct: fc.boolean(),
  forTwo: fc.boolean(),
});
type Sealed = typeof sealed extends fc.Arbitrary<infer Value> ? Value : never;

describe("what was sealed opens as it was", () => {
  it("over local keys, in every kind, with any names", async () => {
    await holds(servicesOf(localKeys(LOCAL_KEY_OPTIONS)), LOCAL_KEYS, 150);
  });

  it("over Tencent Cloud's wire, in every kind, with any names", async (t) => {
    const emulator = await startEmulator({ keysPerRegion: 2 });
    const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
    const provider = tencentKms({ credentials: { secretId, secretKey }, endpoint, env: {} });
    t.after(async () => {
      await provider.close?.();
      await emulator.close();
    });
    const [one, two] = keyIds.map((id) => `tencent/${region}/${id}`);
    await holds(servicesOf(provider), [one ?? "", two ?? ""], 40);
  });
});

async function holds(services: KeyServices, keys: readonly [string, string], numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(sealed, async (given) => {
      const token = await seal(given, keys, services);
      // Either key opens what was sealed for both; the first is the one that is always there.
      for (const allowed of given.forTwo && !given.direct ? keys : [keys[0]]) {
        const opened = await tokenOpener(services, [allowed])(token, given.names);
        assert.deepEqual(opened, given.value.value);
      }
    }),
    { numRuns },
  );
}

async function seal(
  { value, names, direct, forTwo }: Sealed,
  [one, two]: readonly [string, string],
  services: KeyServices,
): Promise<string> {
  const toSeal: ValueToSeal = { ...value, path: names.path };
  const context: Names = { app: names.app, env: names.env };
  if (direct) return await sealDirect(keyOf(one), context, toSeal, services);
  const keys = forTwo ? [keyOf(one), keyOf(two)] : [keyOf(one)];
  return sealEnvelope(await makeSealingKey(keys, context, services), toSeal);
}
