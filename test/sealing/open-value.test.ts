import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, it } from "node:test";

import { toBase64url, toUtf8 } from "../../src/bytes/index.ts";
import { sealPayload } from "../../src/crypto/payload.ts";
import { KmsError } from "../../src/errors/index.ts";
import {
  boundNames,
  directDigest,
  openDirect,
  openEnvelope,
  openRaw,
  sealDirect,
  sealEnvelope,
} from "../../src/sealing/index.ts";
import {
  contextBytes,
  type DirectToken,
  type EnvelopeToken,
  type Names,
  parseToken,
  placeOf,
  type RawToken,
} from "../../src/token/index.ts";
import { theOpenError } from "../support/assert-error.ts";
import { fakeProvider, type FakeProvider, keyOf, servicesOf } from "../support/fake-provider.ts";

const NAMES: Names = { app: "billing-api", env: "production", path: "/db/password" };
const DATA_KEY = createSecretKey(Buffer.alloc(32, 7));
const RAW_KEY = "aliyun/cn-hangzhou/key-1";

describe("openEnvelope", () => {
  it("opens to text or JSON, as the token says", () => {
    const sealingKey = {
      dataKey: DATA_KEY,
      recipientsText: "local/one=AAAA",
      app: NAMES.app,
      env: NAMES.env,
    };
    for (const as of ["text", "json"] as const) {
      const token = parseToken(sealEnvelope(sealingKey, { value: "[1]", as, path: NAMES.path }));
      assert.equal(openEnvelope(token as EnvelopeToken, NAMES, DATA_KEY), "[1]");
    }
  });

  it("opens a value of 16,383 bytes, and refuses one of 16,384, whoever sealed it", () => {
    assert.equal(openEnvelope(sealedWith("z".repeat(16_383)), NAMES, DATA_KEY), "z".repeat(16_383));
    assert.throws(() => openEnvelope(sealedWith("z".repeat(16_384)), NAMES, DATA_KEY), theOpenError);
  });

  it("keeps a byte order mark, NULs and line ends", () => {
    assert.equal(openEnvelope(sealedWith("\ufeffa\0\r\n"), NAMES, DATA_KEY), "\ufeffa\0\r\n");
  });

  it("refuses a payload that is shorter than any", () => {
    for (const length of [1, 24, 56, 71]) {
      const token = { ...sealedWith("x"), payload: new Uint8Array(length) };
      assert.throws(() => openEnvelope(token, NAMES, DATA_KEY), theOpenError);
    }
  });
});

describe("openDirect", () => {
  it("opens what was sealed, says by which key, and wipes the buffer", async () => {
    const { token, provider } = await sealedDirect();
    assert.deepEqual(await openDirect(token, NAMES, servicesOf(provider)), {
      value: "hunter2",
      key: keyOf("local/one"),
    });
    assertWiped(provider);
  });

  it("refuses every single-bit change of what the service decrypts, and wipes it", async () => {
    const { token } = await sealedDirect();
    const bits = (token.recipients[0].wrapped.length / 2) * 8;
    for (let bit = 0; bit < bits; bit++) {
      const provider = fakeProvider("local", {
        decrypt({ wrapped }) {
          const plaintext = Uint8Array.from(Buffer.from(wrapped, "hex"));
          plaintext[bit >> 3] = (plaintext[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return { plaintext };
        },
      });
      await assert.rejects(openDirect(token, NAMES, servicesOf(provider)), theOpenError);
      assertWiped(provider);
    }
  });

  it("refuses what is shorter than its digest, or cut within the value", async () => {
    const { token } = await sealedDirect();
    for (const length of [0, 1, 31, 32, 38]) {
      const decrypt = ({ wrapped }: { wrapped: string }): { plaintext: Uint8Array } => {
        return { plaintext: Uint8Array.from(Buffer.from(wrapped, "hex").subarray(0, length)) };
      };
      await assert.rejects(
        openDirect(token, NAMES, servicesOf(fakeProvider("local", { decrypt }))),
        theOpenError,
      );
    }
  });

  it("opens an empty value", async () => {
    const { token, provider } = await sealedDirect("");
    assert.equal((await openDirect(token, NAMES, servicesOf(provider))).value, "");
  });

  it("refuses the answer of another key, though it decrypts", async () => {
    const { token } = await sealedDirect();
    const provider = fakeProvider("local", { decrypt: () => ({ keyId: "two" }) });
    await assert.rejects(openDirect(token, NAMES, servicesOf(provider)), theOpenError);
    assertWiped(provider);
  });

  it("asks in the context of app and env, which the path is no part of", async () => {
    const contexts: string[] = [];
    const { token } = await sealedDirect();
    const provider = fakeProvider("local", {
      decrypt({ encryptionContext }) {
        contexts.push(encryptionContext);
        return {};
      },
    });
    await openDirect(token, NAMES, servicesOf(provider));
    assert.deepEqual(contexts, ['{"app":"billing-api","env":"production","sealed":"v1/direct"}']);
  });

  it("rejects with the service's error when it could not be asked", async () => {
    const { token } = await sealedDirect();
    const error = new KmsError("ERR_KMS_UNREACHABLE", "no", { provider: "local", retryable: true });
    const provider = fakeProvider("local", {
      decrypt() {
        throw error;
      },
    });
    await assert.rejects(openDirect(token, NAMES, servicesOf(provider)), (thrown) => thrown === error);
  });

  it("refuses bytes that are not UTF-8, though their digest is right", async () => {
    const header = `sealed:v1:direct:${placeOf(NAMES)}`;
    const value = Uint8Array.of(0x61, 0xff);
    const plaintext = Buffer.concat([directDigest(header, NAMES, value), value]);
    const token = parseToken(`${header}:local/one=${plaintext.toString("hex")}`) as DirectToken;
    await assert.rejects(openDirect(token, NAMES, servicesOf(fakeProvider("local"))), theOpenError);
  });
});

describe("openRaw", () => {
  const token = parseToken(
    `sealed:v1:raw:${RAW_KEY}=${Buffer.from("legacy\ufeff").toString("hex")}`,
  ) as RawToken;

  it("decrypts without a context, and wipes the buffer", async () => {
    const contexts: string[] = [];
    const provider = fakeProvider("aliyun", {
      decrypt({ encryptionContext }) {
        contexts.push(encryptionContext);
        return {};
      },
    });
    const opened = await openRaw(token, servicesOf(provider));
    assert.deepEqual(opened, { value: "legacy\ufeff", key: keyOf(RAW_KEY) });
    assert.deepEqual(contexts, [""]);
    assertWiped(provider);
  });

  it("refuses the answer of another key, and bytes that are not UTF-8", async () => {
    for (const answer of [{ keyId: "key-2" }, { plaintext: Uint8Array.of(0xff) }]) {
      const provider = fakeProvider("aliyun", { decrypt: () => answer });
      await assert.rejects(openRaw(token, servicesOf(provider)), theOpenError);
      assertWiped(provider);
    }
  });
});

describe("boundNames", () => {
  it("leaves the path out for a token that is bound to none", () => {
    const token = sealedWith("x");
    assert.deepEqual(boundNames(token, NAMES), NAMES);
    assert.deepEqual(boundNames({ ...token, bindsPath: false }, NAMES), { app: NAMES.app, env: NAMES.env });
  });
});

/** A token as another writer could make it, with any value. */
function sealedWith(value: string): EnvelopeToken {
  const header = `sealed:v1:envelope:${placeOf(NAMES)}:local/one=AAAA`;
  const payload = sealPayload(
    DATA_KEY,
    contextBytes("sealconf/v1/value", toUtf8(header), NAMES),
    toUtf8(value),
  );
  return parseToken(`${header}:${toBase64url(payload)}`) as EnvelopeToken;
}

async function sealedDirect(value = "hunter2"): Promise<{ token: DirectToken; provider: FakeProvider }> {
  const sealing = servicesOf(fakeProvider("local"));
  const text = await sealDirect(keyOf("local/one"), NAMES, { value, as: "text", path: NAMES.path }, sealing);
  return { token: parseToken(text) as DirectToken, provider: fakeProvider("local") };
}

function assertWiped({ buffers }: FakeProvider): void {
  assert.notEqual(buffers.length, 0);
  for (const buffer of buffers) assert.ok(buffer.every((byte) => byte === 0));
}
