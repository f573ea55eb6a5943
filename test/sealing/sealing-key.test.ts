import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { KmsError } from "../../src/errors/index.ts";
import type { EncryptRequest, GenerateDataKeyRequest } from "../../src/kms/index.ts";
import { makeSealingKey, parseKeys } from "../../src/sealing/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { type FakeAnswers, fakeProvider, keyOf, servicesOf } from "../support/fake-provider.ts";

const ONE = keyOf("local/one");
const TWO = keyOf("local/two");
const TENCENT = keyOf("tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41");
const CONTEXT = { app: "billing-api", env: "production" };
const DATA_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 1));
const WRAPPED = DATA_KEY.toString("hex");

describe("makeSealingKey", () => {
  it("generates under the first key and encrypts for the others, without a call to decrypt", async () => {
    const [local, tencent] = [fakeProvider("local"), fakeProvider("tencent")];
    const made = await makeSealingKey([TENCENT, ONE, TWO], CONTEXT, servicesOf(local, tencent));
    assert.deepEqual(tencent.asked, [`generateDataKey ${TENCENT.text}`]);
    assert.deepEqual(local.asked, ["encrypt local/one", "encrypt local/two"]);
    assert.equal(made.recipientsText, `${TENCENT.text}=${WRAPPED},local/one=${WRAPPED},local/two=${WRAPPED}`);
    assert.deepEqual([...made.dataKey.export()], [...DATA_KEY]);
    assert.deepEqual({ app: made.app, env: made.env }, CONTEXT);
  });

  it("gives every call the same EncryptionContext, which holds no path", async () => {
    const contexts: string[] = [];
    const note = ({ encryptionContext }: EncryptRequest | GenerateDataKeyRequest): object => {
      contexts.push(encryptionContext);
      return {};
    };
    const provider = fakeProvider("local", { encrypt: note, generateDataKey: note });
    await makeSealingKey([ONE, TWO], { ...CONTEXT, path: "/a" } as typeof CONTEXT, servicesOf(provider));
    const expected = '{"app":"billing-api","env":"production","sealed":"v1/dek"}';
    assert.deepEqual(contexts, [expected, expected]);
  });

  it("wipes the data key's bytes", async () => {
    const provider = fakeProvider("local");
    await makeSealingKey([ONE, TWO], CONTEXT, servicesOf(provider));
    assert.equal(provider.buffers.length, 2);
    for (const buffer of provider.buffers) assert.deepEqual([...buffer], Array(32).fill(0));
  });

  const BAD_ANSWERS: readonly (readonly [what: string, answers: FakeAnswers, message: string])[] = [
    [
      "generates under another key",
      { generateDataKey: () => ({ keyId: "two" }) },
      "local/one answered with the id of another key",
    ],
    [
      "encrypts under another key",
      { encrypt: () => ({ keyId: "one" }) },
      "local/two answered with the id of another key",
    ],
    [
      "generates 31 bytes",
      { generateDataKey: () => ({ plaintext: new Uint8Array(31).fill(7) }) },
      "local/one answered with a data key that is not 32 bytes",
    ],
    [
      "generates 33 bytes",
      { generateDataKey: () => ({ plaintext: new Uint8Array(33).fill(7) }) },
      "local/one answered with a data key that is not 32 bytes",
    ],
    [
      "wraps to nothing",
      { generateDataKey: () => ({ wrapped: "" }) },
      "local/one answered with a ciphertext that no sealed value can hold",
    ],
    [
      "wraps to more than 12,288 characters",
      { encrypt: () => ({ wrapped: "A".repeat(12_289) }) },
      "local/two answered with a ciphertext that no sealed value can hold",
    ],
    [
      "wraps to what another recipient begins with",
      { encrypt: () => ({ wrapped: "A,local/evil=A" }) },
      "local/two answered with a ciphertext that no sealed value can hold",
    ],
    [
      "wraps to what ends the recipients",
      { encrypt: () => ({ wrapped: "A:A" }) },
      "local/two answered with a ciphertext that no sealed value can hold",
    ],
  ];
  for (const [what, answers, message] of BAD_ANSWERS) {
    it(`takes no answer of a service that ${what}, and wipes the data key`, async () => {
      const provider = fakeProvider("local", answers);
      await assert.rejects(
        makeSealingKey([ONE, TWO], CONTEXT, servicesOf(provider)),
        anErrorWith({ code: "ERR_KMS_RESPONSE", message }),
      );
      for (const buffer of provider.buffers) assert.ok(buffer.every((byte) => byte === 0));
    });
  }

  it("takes a wrapped key of 12,288 characters", async () => {
    const provider = fakeProvider("local", { generateDataKey: () => ({ wrapped: "A".repeat(12_288) }) });
    assert.equal(
      (await makeSealingKey([ONE], CONTEXT, servicesOf(provider))).recipientsText.length,
      12_288 + "local/one=".length,
    );
  });

  it("rejects with the service's error, and wipes the data key", async () => {
    const error = new KmsError("ERR_KMS_DENIED", "no", { provider: "local" });
    const provider = fakeProvider("local", {
      encrypt() {
        throw error;
      },
    });
    await assert.rejects(
      makeSealingKey([ONE, TWO], CONTEXT, servicesOf(provider)),
      (thrown) => thrown === error,
    );
    assert.deepEqual([...(provider.buffers[0] ?? [])], Array(32).fill(0));
  });

  it("needs a key", async () => {
    await assert.rejects(makeSealingKey([], CONTEXT, servicesOf()), TypeError);
  });
});

describe("parseKeys", () => {
  it("parses what a person named, in their order", () => {
    assert.deepEqual(parseKeys([TENCENT.text, "local/one"]), [TENCENT, ONE]);
    assert.equal(parseKeys(Array.from({ length: 8 }, (_, index) => `local/k${index}`)).length, 8);
  });

  it("refuses none, more than 8, and one twice", () => {
    const tooMany = Array.from({ length: 9 }, (_, index) => `local/k${index}`);
    assert.throws(
      () => parseKeys([]),
      anErrorWith({ code: "ERR_OPTION_INVALID", message: "no key is named", hint: "name one: local/dev" }),
    );
    for (const keys of [tooMany, ["local/a", "local/b", "local/a"]]) {
      const message = "keys must be 1 to 8 different key references";
      assert.throws(() => parseKeys(keys), anErrorWith({ code: "ERR_OPTION_INVALID", message }));
    }
  });

  it("refuses what is no key reference, and quotes it so that a terminal acts on nothing", () => {
    const hint = "write tencent/<region>/<key id> or local/<name>";
    const unknown = 'the key "gcp/a\\u001b[2J\\u{202e}" names an unknown provider';
    const malformed = 'the key "local/A" is not a key reference';
    assert.throws(
      () => parseKeys(["gcp/a\u001b[2J\u202e"]),
      anErrorWith({ code: "ERR_PROVIDER_UNKNOWN", message: unknown, hint }),
    );
    assert.throws(
      () => parseKeys(["local/A"]),
      anErrorWith({ code: "ERR_OPTION_INVALID", message: malformed, hint }),
    );
  });
});
