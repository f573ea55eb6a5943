import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { it } from "node:test";

import { KmsError, OpenError } from "../../src/errors/index.ts";
import type { ReEncryptRequest, ReEncryptResult } from "../../src/kms/index.ts";
import type { ProviderFixture } from "./provider-contract.ts";

const CONTEXT = '{"app":"billing-api","sealed":"v1/direct"}';
const NEW_CONTEXT = '{"app":"billing","sealed":"v1/direct"}';

/** What every provider that can re-encrypt promises; runs within the suite of `providerContract`. */
export function reEncryptContract(fixtureOf: () => ProviderFixture): void {
  async function encrypt(plaintext: Uint8Array, encryptionContext: string = CONTEXT): Promise<string> {
    const { provider, key } = fixtureOf();
    return (await provider.encrypt({ key, plaintext, encryptionContext })).wrapped;
  }

  /** Takes a ciphertext of the key to the other key, with the context kept. */
  async function reEncrypt(
    wrapped: string,
    request: Partial<ReEncryptRequest> = {},
    signal?: AbortSignal,
  ): Promise<ReEncryptResult> {
    const { provider, key, otherKey } = fixtureOf();
    const usual = {
      key,
      wrapped,
      encryptionContext: CONTEXT,
      newKey: otherKey,
      newEncryptionContext: CONTEXT,
    };
    const result = await provider.reEncrypt?.({ ...usual, ...request }, { signal });
    return result ?? assert.fail("the provider cannot re-encrypt");
  }

  it("takes a ciphertext to another key, which decrypts it alone", async () => {
    const { provider, key, otherKey } = fixtureOf();
    const plaintext = randomBytes(100);
    const wrapped = await encrypt(plaintext);
    const answer = await reEncrypt(wrapped);
    assert.deepEqual(
      { keyId: answer.keyId, sourceKeyId: answer.sourceKeyId, reEncrypted: answer.reEncrypted },
      { keyId: otherKey.id, sourceKeyId: key.id, reEncrypted: true },
    );
    assert.notEqual(answer.wrapped, wrapped);
    assert.match(answer.wrapped, /^[A-Za-z0-9+/=_-]{1,12288}$/);
    const request = { key: otherKey, wrapped: answer.wrapped, encryptionContext: CONTEXT };
    const opened = await provider.decrypt(request);
    assert.equal(opened.keyId, otherKey.id);
    assert.deepEqual(Buffer.from(opened.plaintext), plaintext);
  });

  it("takes a ciphertext to another context, the old one or the new one being none too", async () => {
    const { provider, otherKey } = fixtureOf();
    const plaintext = randomBytes(8);
    for (const [from, to] of [
      [CONTEXT, NEW_CONTEXT],
      [CONTEXT, ""],
      ["", CONTEXT],
      ["", ""],
    ] as const) {
      const wrapped = await encrypt(plaintext, from);
      const answer = await reEncrypt(wrapped, { encryptionContext: from, newEncryptionContext: to });
      const request = { key: otherKey, wrapped: answer.wrapped };
      const opened = await provider.decrypt({ ...request, encryptionContext: to });
      assert.deepEqual(Buffer.from(opened.plaintext), plaintext);
      if (from === to) continue;
      await assert.rejects(provider.decrypt({ ...request, encryptionContext: from }), OpenError);
    }
  });

  it("returns what it was given, and says so, where there is nothing to renew", async () => {
    const { key } = fixtureOf();
    const wrapped = await encrypt(randomBytes(8));
    assert.deepEqual(await reEncrypt(wrapped, { newKey: key }), {
      keyId: key.id,
      sourceKeyId: key.id,
      wrapped,
      reEncrypted: false,
    });
  });

  it("refuses to re-encrypt a changed ciphertext, or one of another context", async () => {
    const wrapped = await encrypt(randomBytes(8));
    const changed = wrapped.slice(0, -6) + (wrapped.at(-6) === "A" ? "B" : "A") + wrapped.slice(-5);
    await assert.rejects(reEncrypt(changed), OpenError);
    await assert.rejects(reEncrypt("AAAA"), OpenError);
    await assert.rejects(reEncrypt(wrapped, { encryptionContext: NEW_CONTEXT }), OpenError);
    await assert.rejects(reEncrypt(wrapped, { encryptionContext: "" }), OpenError);
  });

  it("tells a key to re-encrypt to that does not exist, names both keys and shows no ciphertext", async () => {
    const { key, unknownKey, unknownKeyCode } = fixtureOf();
    const wrapped = await encrypt(randomBytes(8));
    await assert.rejects(reEncrypt(wrapped, { newKey: unknownKey }), (error) => {
      assert.ok(error instanceof KmsError, String(error));
      assert.deepEqual([error.code, error.retryable], [unknownKeyCode, false]);
      assert.ok(error.message.includes(key.text) && error.message.includes(unknownKey.text), error.message);
      assert.ok(!error.message.includes(wrapped));
      return true;
    });
  });

  it("re-encrypts within one region alone", async () => {
    const { otherKey } = fixtureOf();
    const newKey = { ...otherKey, region: "elsewhere" };
    await assert.rejects(reEncrypt(await encrypt(randomBytes(8)), { newKey }), TypeError);
  });

  it("ends a re-encryption that was aborted before, with the signal's own reason", async () => {
    const reason = new Error("enough");
    await assert.rejects(reEncrypt("AAAA", {}, AbortSignal.abort(reason)), (error) => error === reason);
  });
}
