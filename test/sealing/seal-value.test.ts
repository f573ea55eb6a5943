import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, it } from "node:test";

import type { JsonValue } from "../../src/bytes/index.ts";
import { KmsError } from "../../src/errors/index.ts";
import { sealDirect, sealEnvelope, type SealingKey, type ValueToSeal } from "../../src/sealing/index.ts";
import { type EnvelopeToken, parseToken, placeOf } from "../../src/token/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { fakeProvider, keyOf, servicesOf } from "../support/fake-provider.ts";

const KEY = keyOf("local/one");
const CONTEXT = { app: "billing-api", env: "production" };
const SEALING_KEY: SealingKey = {
  dataKey: createSecretKey(Buffer.alloc(32, 7)),
  recipientsText: "local/one=AAAA",
  ...CONTEXT,
};

describe("sealEnvelope", () => {
  it("writes kind, suffixes, place, recipients and payload", () => {
    const text = sealEnvelope(SEALING_KEY, toSeal("hunter2"));
    const place = placeOf({ ...CONTEXT, path: "/a" });
    assert.match(text, new RegExp(`^sealed:v1:envelope:${place}:local/one=AAAA:[A-Za-z0-9_-]{106}$`));
    assert.match(
      sealEnvelope(SEALING_KEY, { value: 1, as: "json", path: "/a" }),
      /^sealed:v1:envelope\+json:/,
    );
    const pathless = sealEnvelope(SEALING_KEY, { value: [], as: "json", path: undefined });
    assert.ok(pathless.startsWith(`sealed:v1:envelope+json+nopath:${placeOf(CONTEXT)}:`));
  });

  it("seals the same value to another payload each time", () => {
    assert.notEqual(sealEnvelope(SEALING_KEY, toSeal("x")), sealEnvelope(SEALING_KEY, toSeal("x")));
  });

  it("takes a value of 16,383 bytes, and none of 16,384", () => {
    const { payload } = parseToken(sealEnvelope(SEALING_KEY, toSeal("z".repeat(16_383)))) as EnvelopeToken;
    assert.equal(payload.length, 16_383 + 72);
    assert.throws(
      () => sealEnvelope(SEALING_KEY, toSeal("z".repeat(16_384))),
      anErrorWith({ code: "ERR_OPTION_INVALID", message: /16384 bytes, and at most 16383 fit$/ }),
    );
  });

  it("makes no token longer than 64 KiB, which nobody could read", () => {
    const many = (length: number): SealingKey => ({
      ...SEALING_KEY,
      recipientsText: Array.from({ length: 8 }, (_, index) => `local/k${index}=${"A".repeat(length)}`).join(
        ",",
      ),
    });
    assert.equal(parseToken(sealEnvelope(many(8_000), toSeal("x"))).kind, "envelope");
    const message = "the sealed value would be longer than 64 KiB: it has too many recipients";
    assert.throws(
      () => sealEnvelope(many(8_192), toSeal("x")),
      anErrorWith({ code: "ERR_OPTION_INVALID", message }),
    );
  });
});

describe("sealDirect", () => {
  it("has the service encrypt the digest and the value, in a context without path", async () => {
    const seen: { length: number; value: string; context: string }[] = [];
    const provider = fakeProvider("local", {
      encrypt({ plaintext, encryptionContext }) {
        const value = Buffer.from(plaintext.subarray(32)).toString();
        seen.push({ length: plaintext.length, value, context: encryptionContext });
        return { wrapped: "AAAA" };
      },
    });
    const text = await sealDirect(KEY, CONTEXT, toSeal("hunter2"), servicesOf(provider));
    assert.equal(text, `sealed:v1:direct:${placeOf({ ...CONTEXT, path: "/a" })}:local/one=AAAA`);
    const context = '{"app":"billing-api","env":"production","sealed":"v1/direct"}';
    assert.deepEqual(seen, [{ length: 39, value: "hunter2", context }]);
    assert.deepEqual(provider.asked, ["encrypt local/one"]);
  });

  it("wipes what it handed to the service, also when that fails", async () => {
    const working = fakeProvider("local", { encrypt: () => ({ wrapped: "AAAA" }) });
    await sealDirect(KEY, CONTEXT, toSeal("hunter2"), servicesOf(working));
    const failing = fakeProvider("local", {
      encrypt() {
        throw new KmsError("ERR_KMS_DENIED", "no", { provider: "local" });
      },
    });
    await assert.rejects(sealDirect(KEY, CONTEXT, toSeal("hunter2"), servicesOf(failing)), KmsError);
    for (const buffer of [...working.buffers, ...failing.buffers]) {
      assert.deepEqual([...buffer], Array(39).fill(0));
    }
  });

  it("takes a value of 4,064 bytes, which makes 4,096 in all, and none of 4,065", async () => {
    const provider = fakeProvider("local", { encrypt: () => ({ wrapped: "AAAA" }) });
    await sealDirect(KEY, CONTEXT, toSeal("z".repeat(4_064)), servicesOf(provider));
    assert.equal(provider.buffers[0]?.length, 4_096);
    await assert.rejects(
      sealDirect(KEY, CONTEXT, toSeal("z".repeat(4_065)), servicesOf(provider)),
      anErrorWith({ code: "ERR_OPTION_INVALID", message: /4065 bytes, and at most 4064 fit$/ }),
    );
    assert.deepEqual(provider.asked, ["encrypt local/one"]);
  });

  for (const [what, answer, message] of [
    ["another key", { keyId: "two" }, "local/one answered with the id of another key"],
    ["no ciphertext", { wrapped: "" }, "local/one answered with a ciphertext that no sealed value can hold"],
    [
      "12,289 characters",
      { wrapped: "A".repeat(12_289) },
      "local/one answered with a ciphertext that no sealed value can hold",
    ],
  ] as const) {
    it(`takes no answer of ${what}`, async () => {
      const services = servicesOf(fakeProvider("local", { encrypt: () => ({ wrapped: "AAAA", ...answer }) }));
      await assert.rejects(
        sealDirect(KEY, CONTEXT, toSeal("x"), services),
        anErrorWith({ code: "ERR_KMS_RESPONSE", message }),
      );
    });
  }
});

function toSeal(value: JsonValue): ValueToSeal {
  return { value, as: "text", path: "/a" };
}
