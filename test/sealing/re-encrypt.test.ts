import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { KmsError } from "../../src/errors/index.ts";
import type { ReEncryptRequest } from "../../src/kms/index.ts";
import { openDirect, sealDirect } from "../../src/sealing/index.ts";
import { canReEncrypt, reEncryptDirect, reEncryptRaw } from "../../src/sealing/re-encrypt.ts";
import { type DirectToken, parseToken, type RawToken } from "../../src/token/index.ts";
import { theOpenError } from "../support/assert-error.ts";
import {
  type FakeAnswers,
  fakeProvider,
  type FakeProvider,
  keyOf,
  servicesOf,
} from "../support/fake-provider.ts";

const NAMES = { app: "billing-api", env: "production", path: "/db/password" };
const OLD = keyOf("aliyun/cn-hangzhou/old");
const NEW = keyOf("aliyun/cn-hangzhou/new");
const RAW = parseToken(`sealed:v1:raw:${OLD.text}=abab`) as RawToken;

function cloud(reEncrypt: FakeAnswers["reEncrypt"] = () => ({})): FakeProvider {
  return fakeProvider("aliyun", { reEncrypt });
}

async function direct(provider: FakeProvider, path?: string): Promise<DirectToken> {
  const value = { value: "canary-5ab1", as: "text", path } as const;
  return parseToken(await sealDirect(OLD, NAMES, value, servicesOf(provider))) as DirectToken;
}

describe("a direct value that is re-encrypted", () => {
  it("is sealed to the new key under the header and context that it had, and opens to the same value", async () => {
    for (const path of [NAMES.path, undefined]) {
      let request: ReEncryptRequest | undefined;
      const provider = cloud((given) => ((request = given), {}));
      const token = await direct(provider, path);
      const { text, changed } = await reEncryptDirect(token, NAMES, NEW, servicesOf(provider));
      assert.equal(changed, true);
      const renewed = parseToken(text) as DirectToken;
      assert.equal(renewed.header, token.header);
      assert.equal(renewed.recipients[0].key.text, NEW.text);
      assert.deepEqual(provider.asked, [
        "encrypt aliyun/cn-hangzhou/old",
        `reEncrypt ${OLD.text} ${NEW.text}`,
      ]);
      const context = '{"app":"billing-api","env":"production","sealed":"v1/direct"}';
      assert.deepEqual(
        [request?.encryptionContext, request?.newEncryptionContext, request?.wrapped],
        [context, context, token.recipients[0].wrapped],
      );
      assert.equal((await openDirect(renewed, NAMES, servicesOf(provider))).value, "canary-5ab1");
    }
  });

  it("keeps its text when the key service has nothing to renew", async () => {
    const provider = cloud(({ wrapped }) => ({ wrapped, reEncrypted: false }));
    const token = await direct(provider);
    const outcome = await reEncryptDirect(token, NAMES, OLD, servicesOf(provider));
    assert.deepEqual(outcome, { text: token.text, changed: false });
  });
});

describe("a raw ciphertext that is re-encrypted", () => {
  it("is sealed to the new key without any context", async () => {
    let request: ReEncryptRequest | undefined;
    const provider = cloud((given) => ((request = given), {}));
    const { text, changed } = await reEncryptRaw(RAW, NEW, servicesOf(provider));
    assert.deepEqual([text, changed], [`sealed:v1:raw:${NEW.text}=ABAB`, true]);
    assert.deepEqual([request?.encryptionContext, request?.newEncryptionContext], ["", ""]);
  });
});

describe("what a key service answers to a re-encryption", () => {
  const refused: readonly (readonly [title: string, answer: FakeAnswers["reEncrypt"]])[] = [
    ["another key than the one asked for", () => ({ keyId: "third" })],
    ["a ciphertext that no token can hold", () => ({ wrapped: "a b" })],
    ["another ciphertext that it says is the same", () => ({ reEncrypted: false })],
  ];
  for (const [title, answer] of refused) {
    it(`is refused: ${title}`, async () => {
      const provider = cloud(answer);
      await assert.rejects(reEncryptRaw(RAW, NEW, servicesOf(provider)), (error) => {
        assert.ok(error instanceof KmsError);
        assert.deepEqual([error.code, error.retryable], ["ERR_KMS_RESPONSE", false]);
        assert.doesNotMatch(error.message, /abab/i);
        return true;
      });
    });
  }

  it("is the one error of what does not open when the ciphertext was under another key", async () => {
    const provider = cloud(() => ({ sourceKeyId: "third" }));
    await assert.rejects(reEncryptRaw(RAW, NEW, servicesOf(provider)), theOpenError);
    await assert.rejects(
      reEncryptDirect(await direct(provider), NAMES, NEW, servicesOf(provider)),
      theOpenError,
    );
  });
});

describe("a key service", () => {
  it("re-encrypts within one region of one cloud, if it can at all", () => {
    const region = keyOf("aliyun/cn-beijing/new");
    assert.equal(canReEncrypt(cloud(), OLD, NEW), true);
    assert.equal(canReEncrypt(cloud(), OLD, OLD), true);
    assert.equal(canReEncrypt(cloud(), OLD, region), false);
    assert.equal(canReEncrypt(cloud(), OLD, keyOf("local/new")), false);
    assert.equal(canReEncrypt(fakeProvider("aliyun"), OLD, NEW), false);
    assert.equal(canReEncrypt(fakeProvider("local"), keyOf("local/one"), keyOf("local/two")), false);
  });

  it("that cannot is not asked to: that is the caller's mistake", async () => {
    await assert.rejects(reEncryptRaw(RAW, NEW, servicesOf(fakeProvider("aliyun"))), TypeError);
  });
});
