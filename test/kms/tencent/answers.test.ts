import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { KmsProvider } from "../../../src/kms/index.ts";

import {
  answer,
  assertFails,
  CONTEXT,
  DATA_KEY,
  decrypt,
  encrypt,
  generate,
  KEY_ID,
  keyOf,
  providerFor,
  RE_ENCRYPTED,
  reEncrypt,
  REQUEST_ID,
  startServer,
  type TestServer,
} from "./fixture.ts";

type Fields = Record<string, unknown>;

const KEY_IDS = [undefined, null, 7, "", "a b", `${KEY_ID}\n`, "k".repeat(129), ["a"]];
const WRAPPED = [undefined, null, 7, "", "a b", "a\n", "a:b", "a,b", "A".repeat(12_289), {}];
// Not base64, not canonical, base64url, without padding, empty, 4,097 bytes.
const NOT_CANONICAL = ["", "!", "AB==", "AA", "__-A", "AA==\n", "A".repeat(5_464)];
const NO_TEXTS = [undefined, null, 7, ["AA=="]];
const byteCounts = [0, 1, 16, 31, 33, 64];

describe("what the service answers with", () => {
  let server: TestServer;
  let provider: KmsProvider;
  let fields: Fields;

  before(async () => {
    server = await startServer((response) => answer(response, fields));
    provider = providerFor(server);
  });
  after(async () => {
    await provider.close?.();
    await server.close();
  });

  async function refuses(
    name: string,
    values: readonly unknown[],
    calls: readonly ((of: KmsProvider) => Promise<unknown>)[],
  ) {
    for (const value of values) {
      fields = { ...DATA_KEY, [name]: value };
      for (const call of calls) {
        await assertFails(call(provider), {
          code: "ERR_KMS_RESPONSE",
          retryable: false,
          message: new RegExp(`^tencent kms answered \\w+ with tencent/\\S+ without a valid ${name}$`),
          requestId: REQUEST_ID,
        });
      }
    }
  }

  it("is refused without a key id", () => refuses("KeyId", KEY_IDS, [encrypt, decrypt, generate]));

  it("is refused without a ciphertext of 1 to 12,288 characters of the alphabet", () =>
    refuses("CiphertextBlob", WRAPPED, [encrypt, generate]));

  it("is refused without a plaintext", () => refuses("Plaintext", NO_TEXTS, [decrypt, generate]));

  it("is refused without the key ids, the ciphertext and the word of a re-encryption", async () => {
    for (const [name, values] of [
      ["KeyId", KEY_IDS],
      ["SourceKeyId", KEY_IDS],
      ["CiphertextBlob", WRAPPED],
      ["ReEncrypted", [undefined, null, 1, "true", "false", []]],
    ] as const) {
      for (const value of values) {
        fields = { ...RE_ENCRYPTED, [name]: value };
        await assertFails(reEncrypt(provider), {
          code: "ERR_KMS_RESPONSE",
          retryable: false,
          message: new RegExp(
            `^tencent kms answered ReEncrypt with tencent/\\S+ and tencent/\\S+ without a valid ${name}$`,
          ),
          requestId: REQUEST_ID,
        });
      }
    }
  });

  it("is refused with a data key that is not canonical base64", () =>
    refuses("Plaintext", NOT_CANONICAL, [generate]));

  it("is final when what was decrypted is not canonical base64", async () => {
    for (const text of NOT_CANONICAL) {
      fields = { ...DATA_KEY, Plaintext: text };
      await assert.rejects(decrypt(provider), { name: "OpenError", code: "ERR_OPEN_FAILED" });
    }
  });

  it("is refused with a data key that is not 32 bytes", () => {
    const keys = byteCounts.map((count) => Buffer.alloc(count, 7).toString("base64"));
    return refuses("Plaintext", keys, [generate]);
  });

  it("is returned as it is: another key's id, a ciphertext of 12,288 characters, a plaintext of 4,096 bytes", async () => {
    const wrapped = "a".repeat(12_288);
    const plaintext = Buffer.alloc(4_096, 9);
    fields = { KeyId: "another", CiphertextBlob: wrapped, Plaintext: plaintext.toString("base64") };
    const request = { key: keyOf(), encryptionContext: CONTEXT };
    assert.deepEqual(await provider.encrypt({ ...request, plaintext }), { keyId: "another", wrapped });
    const opened = await provider.decrypt({ ...request, wrapped });
    assert.equal(opened.keyId, "another");
    assert.deepEqual(Buffer.from(opened.plaintext), plaintext);
    fields = { ...fields, SourceKeyId: "a-third", ReEncrypted: false };
    assert.deepEqual(await reEncrypt(provider), {
      keyId: "another",
      wrapped,
      sourceKeyId: "a-third",
      reEncrypted: false,
    });
  });

  it("is decoded into memory that nothing else shares", async () => {
    fields = DATA_KEY;
    const { plaintext } = await provider.generateDataKey({ key: keyOf(), encryptionContext: CONTEXT });
    assert.equal(plaintext.buffer.byteLength, 32);
  });
});
