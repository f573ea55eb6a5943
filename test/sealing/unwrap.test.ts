import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type KmsCode, KmsError, OpenError, TokenError } from "../../src/errors/index.ts";
import type { DecryptRequest, DecryptResult } from "../../src/kms/index.ts";
import { admittedRecipients, decryptWithAny, unwrapDataKey } from "../../src/sealing/index.ts";
import type { Recipient } from "../../src/token/index.ts";
import { theOpenError } from "../support/assert-error.ts";
import { fakeProvider, type FakeProvider, keyOf, servicesOf } from "../support/fake-provider.ts";

const DATA_KEY = Buffer.alloc(32, 7);
const RECIPIENTS: readonly Recipient[] = ["local/one", "local/two", "local/three"].map((text) => ({
  key: keyOf(text),
  wrapped: DATA_KEY.toString("hex"),
}));

/** What the next key may still help with. */
const NEXT: readonly KmsCode[] = [
  "ERR_KMS_DENIED",
  "ERR_KMS_KEY_UNUSABLE",
  "ERR_KMS_THROTTLED",
  "ERR_KMS_UNREACHABLE",
  "ERR_KMS_RESPONSE",
  "ERR_CREDENTIALS_MISSING",
  "ERR_CLOCK_SKEW",
];

describe("unwrapDataKey", () => {
  it("asks the first key alone when it answers", async () => {
    const { provider, asked } = failing();
    const { dataKey, key } = await unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider));
    assert.equal(key.text, "local/one");
    assert.deepEqual([...dataKey.export()], [...DATA_KEY]);
    assert.deepEqual(asked(), ["local/one"]);
  });

  it("gives each key its own wrapped text and the same context", async () => {
    const seen: string[] = [];
    const provider = fakeProvider("local", {
      decrypt({ key, wrapped, encryptionContext }) {
        seen.push(`${key.text} ${wrapped} ${encryptionContext}`);
        throw unreachable(key.text);
      },
    });
    const recipients = [
      { key: keyOf("local/one"), wrapped: "AA" },
      { key: keyOf("local/two"), wrapped: "BB" },
    ];
    await assert.rejects(unwrapDataKey(recipients, '{"app":"a"}', servicesOf(provider)), KmsError);
    assert.deepEqual(seen, ['local/one AA {"app":"a"}', 'local/two BB {"app":"a"}']);
  });

  for (const code of NEXT) {
    for (const retryable of [true, false]) {
      it(`asks the next key after ${code}${retryable ? ", retryable or not" : " that is final for its own key"}`, async () => {
        const { provider, asked } = failing(new KmsError(code, "x", { provider: "local", retryable }));
        const { key } = await unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider));
        assert.equal(key.text, "local/two");
        assert.deepEqual(asked(), ["local/one", "local/two"]);
      });
    }
  }

  it("asks the next key when a provider cannot be made for want of credentials", async () => {
    const tencent = keyOf("tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41");
    const local = fakeProvider("local");
    const services = {
      async providerOf(name: string) {
        if (name === "local") return local;
        throw new KmsError("ERR_CREDENTIALS_MISSING", "x", { provider: name });
      },
    };
    const recipients = [{ key: tencent, wrapped: "AA" }, ...RECIPIENTS];
    assert.equal((await unwrapDataKey(recipients, "{}", services)).key.text, "local/one");
  });

  const FINAL: readonly (readonly [what: string, error: Error])[] = [
    ["a ciphertext or context that the service refuses", new OpenError()],
    ["a call that took longer than the load may", new KmsError("ERR_DEADLINE", "x", { provider: "local" })],
    ["an abort", new DOMException("enough", "AbortError")],
    ["a provider that is not there", new TokenError("ERR_PROVIDER_UNKNOWN", "x")],
    ["a fault in the program", new RangeError("x")],
  ];
  for (const [what, error] of FINAL) {
    it(`asks no other key after ${what}`, async () => {
      const { provider, asked } = failing(error);
      await assert.rejects(
        unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider)),
        (thrown) => thrown === error,
      );
      assert.deepEqual(asked(), ["local/one"]);
    });
  }

  it("takes no answer of another key, wipes it, and asks no other", async () => {
    const { provider, asked } = answering(() => ({ keyId: "two" }));
    await assert.rejects(unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider)), theOpenError);
    assert.deepEqual(asked(), ["local/one"]);
    assertWiped(provider);
  });

  for (const length of [0, 16, 31, 33, 64]) {
    it(`takes no data key of ${length} bytes, wipes it, and asks no other key`, async () => {
      const { provider, asked } = answering(() => ({ plaintext: new Uint8Array(length).fill(7) }));
      await assert.rejects(unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider)), theOpenError);
      assert.deepEqual(asked(), ["local/one"]);
      assertWiped(provider);
    });
  }

  it("wipes the buffer that the provider returned", async () => {
    const { provider } = answering(() => ({}));
    await unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider));
    assert.equal(provider.buffers.length, 1);
    assertWiped(provider);
  });

  it("tells of every key when none could be asked, with the first one's code, and of nothing sealed", async () => {
    const codes: readonly KmsCode[] = ["ERR_KMS_THROTTLED", "ERR_KMS_DENIED", "ERR_KMS_UNREACHABLE"];
    const errors = codes.map((code, index) => {
      return new KmsError(code, `message ${index}`, {
        provider: "local",
        requestId: `r${index}`,
        hint: `hint ${index}`,
      });
    });
    const { provider, asked } = failing(...errors);
    await assert.rejects(unwrapDataKey(RECIPIENTS, "{}", servicesOf(provider)), (error) => {
      assert.ok(error instanceof KmsError);
      assert.equal(error.message, "no key could be asked: message 0; message 1; message 2");
      const { code, requestId, hint, retryable } = error;
      assert.deepEqual(
        { code, requestId, hint, retryable },
        { code: "ERR_KMS_THROTTLED", requestId: "r0", hint: "hint 0", retryable: false },
      );
      return true;
    });
    assert.deepEqual(asked(), ["local/one", "local/two", "local/three"]);
  });

  it("rejects with the one key's own error when there is one key", async () => {
    const error = unreachable("local/one");
    const { provider } = failing(error);
    await assert.rejects(
      unwrapDataKey(RECIPIENTS.slice(0, 1), "{}", servicesOf(provider)),
      (thrown) => thrown === error,
    );
  });

  it("needs a recipient", async () => {
    await assert.rejects(unwrapDataKey([], "{}", servicesOf()), TypeError);
  });
});

describe("decryptWithAny", () => {
  it("hands the signal on", async () => {
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    const provider = {
      ...fakeProvider("local"),
      async decrypt(_request: DecryptRequest, options?: object): Promise<DecryptResult> {
        seen.push(options);
        return { keyId: "one", plaintext: Uint8Array.of(1) };
      },
    };
    await decryptWithAny(RECIPIENTS, "{}", { ...servicesOf(provider), signal });
    assert.deepEqual(seen, [{ signal }]);
  });
});

describe("admittedRecipients", () => {
  it("gives those that are allowed, in the order that the rule has them", () => {
    const order = (allowed: readonly string[]): string[] =>
      admittedRecipients(RECIPIENTS, allowed).map(({ key }) => key.text);
    assert.deepEqual(order(["local/three", "local/zero", "local/one"]), ["local/three", "local/one"]);
    assert.deepEqual(order(["local/zero", "local/on", "one", ""]), []);
    assert.deepEqual(order([]), []);
  });
});

/** A provider whose calls reject with these errors, one each, and then answer. */
function failing(...errors: readonly Error[]): { provider: FakeProvider; asked: () => string[] } {
  const left = [...errors];
  return answering(() => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return {};
  });
}

function answering(decrypt: () => Partial<DecryptResult>): { provider: FakeProvider; asked: () => string[] } {
  const provider = fakeProvider("local", { decrypt });
  return { provider, asked: () => provider.asked.map((call) => call.replace("decrypt ", "")) };
}

function unreachable(key: string): KmsError {
  return new KmsError("ERR_KMS_UNREACHABLE", `${key} did not answer`, { provider: "local", retryable: true });
}

function assertWiped({ buffers }: FakeProvider): void {
  for (const buffer of buffers) assert.deepEqual([...buffer], Array(buffer.length).fill(0));
}
