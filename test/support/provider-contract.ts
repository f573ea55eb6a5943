import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";

import type { KmsCode } from "../../src/errors/index.ts";
import { KmsError, OpenError } from "../../src/errors/index.ts";
import type { KmsKey, KmsProvider } from "../../src/kms/index.ts";
import { reEncryptContract } from "./re-encrypt-contract.ts";

/** A provider with two keys that it serves, and one that does not exist. */
export interface ProviderFixture {
  readonly provider: KmsProvider;
  readonly key: KmsKey;
  readonly otherKey: KmsKey;
  readonly unknownKey: KmsKey;
  /** The code of the error that a call with `unknownKey` rejects with. */
  readonly unknownKeyCode: KmsCode;
  readonly close: () => void | Promise<void>;
}

export interface ProviderAbilities {
  /** Whether it has the one operation that a provider may lack. @defaultValue `false` */
  readonly reEncrypts?: boolean;
}

const CONTEXT = '{"app":"billing-api","env":"production","sealed":"v1/dek"}';
const MAX_PLAINTEXT_BYTES = 4_096;
const WRAPPED = /^[A-Za-z0-9+/=_-]{1,12288}$/;

/**
 * The suite that every provider passes, with nothing skipped: what `KmsProvider` promises in prose.
 *
 * `create` runs once; the suite closes what it made.
 */
export function providerContract(
  name: string,
  create: () => Promise<ProviderFixture>,
  { reEncrypts = false }: ProviderAbilities = {},
): void {
  describe(`${name} keeps the provider contract`, () => {
    let fixture: ProviderFixture;

    before(async () => {
      fixture = await create();
    });
    after(() => fixture.close());

    async function encrypt(plaintext: Uint8Array, encryptionContext: string = CONTEXT): Promise<string> {
      const { provider, key } = fixture;
      return (await provider.encrypt({ key, plaintext, encryptionContext })).wrapped;
    }

    async function decrypt(wrapped: string, encryptionContext: string = CONTEXT): Promise<Uint8Array> {
      const { provider, key } = fixture;
      return (await provider.decrypt({ key, wrapped, encryptionContext })).plaintext;
    }

    async function refuses(wrapped: string, encryptionContext: string = CONTEXT): Promise<void> {
      await assert.rejects(decrypt(wrapped, encryptionContext), (error) => {
        assert.ok(error instanceof OpenError, `${String(error)} is no OpenError`);
        assert.equal(error.message, new OpenError().message);
        assert.equal(error.cause, undefined);
        return true;
      });
    }

    it("decrypts what it encrypted, of 1, 32, 1,000 and 4,096 bytes", async () => {
      for (const length of [1, 32, 1_000, MAX_PLAINTEXT_BYTES]) {
        const plaintext = randomBytes(length);
        assert.deepEqual(Buffer.from(await decrypt(await encrypt(plaintext))), plaintext);
      }
    });

    it("keeps every byte value, and the plaintext it was given", async () => {
      const plaintext = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const opened = await decrypt(await encrypt(plaintext));
      assert.deepEqual([...opened], [...plaintext]);
      assert.deepEqual([...plaintext], [...Array(256).keys()]);
    });

    it("refuses to encrypt more than 4,096 bytes", async () => {
      await assert.rejects(encrypt(randomBytes(MAX_PLAINTEXT_BYTES + 1)), RangeError);
    });

    it("encrypts the same plaintext to another text each time", async () => {
      const plaintext = randomBytes(32);
      assert.notEqual(await encrypt(plaintext), await encrypt(plaintext));
    });

    it("returns text of the token's alphabet and the id of the key it used", async () => {
      const { provider, key } = fixture;
      const encrypted = await provider.encrypt({
        key,
        plaintext: randomBytes(32),
        encryptionContext: CONTEXT,
      });
      const dataKey = await provider.generateDataKey({ key, encryptionContext: CONTEXT });
      const opened = await provider.decrypt({ key, wrapped: encrypted.wrapped, encryptionContext: CONTEXT });
      assert.match(encrypted.wrapped, WRAPPED);
      assert.match(dataKey.wrapped, WRAPPED);
      assert.deepEqual([encrypted.keyId, dataKey.keyId, opened.keyId], [key.id, key.id, key.id]);
    });

    it("opens with the context that it was encrypted with alone, byte for byte", async () => {
      const wrapped = await encrypt(randomBytes(32));
      await decrypt(wrapped);
      const others = [
        "",
        '{"app":"billing-api","env":"production"}',
        '{"app":"billing-api","env":"staging","sealed":"v1/dek"}',
        '{"app":"billing-api","env":"production","sealed":"v1/direct"}',
        '{"app":"billing-api","env":"production","sealed":"v1/deK"}',
      ];
      for (const other of others) await refuses(wrapped, other);
    });

    it("opens without a context what was encrypted without one, and not with one", async () => {
      const plaintext = randomBytes(32);
      const wrapped = await encrypt(plaintext, "");
      assert.deepEqual(Buffer.from(await decrypt(wrapped, "")), plaintext);
      await refuses(wrapped);
    });

    it("makes data keys of 32 fresh bytes that it unwraps again under their context alone", async () => {
      const { provider, key } = fixture;
      const one = await provider.generateDataKey({ key, encryptionContext: CONTEXT });
      const two = await provider.generateDataKey({ key, encryptionContext: CONTEXT });
      assert.equal(one.plaintext.length, 32);
      assert.notDeepEqual([...one.plaintext], [...two.plaintext]);
      assert.notEqual(one.wrapped, two.wrapped);
      assert.deepEqual([...(await decrypt(one.wrapped))], [...one.plaintext]);
      await refuses(one.wrapped, "");
    });

    it("never says that another key opened what this one encrypted", async () => {
      const { provider, key, otherKey } = fixture;
      const wrapped = await encrypt(randomBytes(32));
      // A service whose ciphertext names its key opens it and says which one that was; the caller compares.
      const outcome = await provider.decrypt({ key: otherKey, wrapped, encryptionContext: CONTEXT }).then(
        ({ keyId }) => keyId,
        (error: unknown) => error,
      );
      assert.ok(outcome === key.id || outcome instanceof OpenError, inspect(outcome));
    });

    it("refuses a wrapped text that was changed at any fiftieth character", async () => {
      const wrapped = await encrypt(randomBytes(32));
      for (let at = 0; at < wrapped.length; at += 50) {
        const changed = wrapped[at] === "A" ? "B" : "A";
        await refuses(wrapped.slice(0, at) + changed + wrapped.slice(at + 1));
      }
    });

    it("refuses a wrapped text that was cut, lengthened, or is none", async () => {
      const wrapped = await encrypt(randomBytes(32));
      for (let length = 1; length < wrapped.length; length += 50) await refuses(wrapped.slice(0, length));
      for (const other of [
        wrapped.slice(0, -1),
        `${wrapped}A`,
        "A",
        "AAAA-k-AAAA-k-AAAA",
        "=".repeat(12_288),
      ]) {
        await refuses(other);
      }
    });

    it("serves many calls at the same time, each its own answer", async () => {
      const plaintexts = Array.from({ length: 20 }, () => randomBytes(32));
      const opened = await Promise.all(
        plaintexts.map(async (plaintext) => decrypt(await encrypt(plaintext))),
      );
      assert.deepEqual(
        opened.map((bytes) => Buffer.from(bytes)),
        plaintexts,
      );
    });

    it("returns buffers of their own: wiping one leaves the others", async () => {
      const plaintext = randomBytes(32);
      const wrapped = await encrypt(plaintext);
      const [one, two] = await Promise.all([decrypt(wrapped), decrypt(wrapped)]);
      one.fill(0);
      assert.deepEqual(Buffer.from(two), plaintext);
      assert.deepEqual(Buffer.from(await decrypt(wrapped)), plaintext);
    });

    it("rejects with the signal's own reason when it was aborted before the call", async () => {
      const { provider, key } = fixture;
      const reason = new Error("enough");
      const options = { signal: AbortSignal.abort(reason) };
      const encryptionContext = CONTEXT;
      const isReason = (error: unknown): boolean => error === reason;
      await assert.rejects(provider.generateDataKey({ key, encryptionContext }, options), isReason);
      await assert.rejects(
        provider.encrypt({ key, plaintext: randomBytes(1), encryptionContext }, options),
        isReason,
      );
      await assert.rejects(provider.decrypt({ key, wrapped: "AAAA", encryptionContext }, options), isReason);
    });

    it("serves a call whose signal does not abort", async () => {
      const { provider, key } = fixture;
      const { signal } = new AbortController();
      const { plaintext } = await provider.generateDataKey({ key, encryptionContext: CONTEXT }, { signal });
      assert.equal(plaintext.length, 32);
    });

    it("tells a key that does not exist by its code, and that trying again is no use", async () => {
      const { provider, unknownKey: key, unknownKeyCode } = fixture;
      const isUnknown = (error: unknown): boolean => {
        assert.ok(error instanceof KmsError, String(error));
        assert.equal(error.code, unknownKeyCode);
        assert.equal(error.provider, provider.name);
        assert.equal(error.retryable, false);
        assert.ok(error.message.includes(key.text), error.message);
        return true;
      };
      const request = { key, encryptionContext: CONTEXT };
      await assert.rejects(provider.generateDataKey(request), isUnknown);
      await assert.rejects(provider.encrypt({ ...request, plaintext: randomBytes(8) }), isUnknown);
    });

    if (reEncrypts) reEncryptContract(() => fixture);
    else {
      it("does not say that it can re-encrypt", () => {
        assert.equal(fixture.provider.reEncrypt, undefined);
      });
    }

    it("shows neither plaintext nor ciphertext in any error", async () => {
      const { provider, key, unknownKey } = fixture;
      const canary = "canary-plaintext-7d1f";
      const plaintext = new TextEncoder().encode(canary);
      const wrapped = await encrypt(plaintext);
      const forbidden = [
        canary,
        Buffer.from(canary).toString("base64"),
        Buffer.from(canary).toString("hex"),
        wrapped,
      ];
      const calls = [
        provider.encrypt({ key: unknownKey, plaintext, encryptionContext: CONTEXT }),
        provider.encrypt({
          key,
          plaintext: Buffer.alloc(MAX_PLAINTEXT_BYTES + 1, canary),
          encryptionContext: CONTEXT,
        }),
        provider.decrypt({ key, wrapped, encryptionContext: "" }),
        provider.decrypt({ key, wrapped: wrapped.slice(0, -2), encryptionContext: CONTEXT }),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        assert.equal(outcome.status, "rejected");
        const shown = showWhole(outcome.status === "rejected" ? outcome.reason : undefined);
        for (const text of forbidden) assert.ok(!shown.includes(text), shown);
      }
    });
  });
}

/** Everything that a log could get to see of an error. */
export function showWhole(error: unknown): string {
  const parts = [
    inspect(error, { depth: 10, showHidden: true, maxStringLength: Infinity }),
    JSON.stringify(error),
  ];
  for (let link = error; link instanceof Error; link = link.cause) {
    parts.push(
      String(link),
      link.message,
      String(link.stack),
      JSON.stringify(link, Object.getOwnPropertyNames(link)),
    );
  }
  return parts.join("\n");
}
