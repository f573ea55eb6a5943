import assert from "node:assert/strict";
import { test } from "node:test";
import { createSdkClient } from "../../support/tencent-sdk.ts";
import type { SdkClient, SdkResponse } from "../../support/tencent-sdk.ts";
import { base64, codeOf, startFor } from "../support.ts";

const CONTEXT = '{"app":"billing-api"}';
const INVALID_CIPHERTEXT = "InvalidParameterValue.InvalidCiphertext";

async function encrypt(client: SdkClient, keyId: string, context = CONTEXT): Promise<SdkResponse> {
  const parameters = { KeyId: keyId, Plaintext: base64("s3cret"), EncryptionContext: context };
  return await client.request("Encrypt", parameters);
}

test("what Encrypt made opens with Decrypt, under the same key and context", async (t) => {
  const { client, keyId } = await startFor(t);
  const encrypted = await encrypt(client, keyId);
  assert.equal(encrypted.KeyId, keyId);
  const parameters = { CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: CONTEXT };
  const decrypted = await client.request("Decrypt", parameters);
  assert.equal(decrypted.KeyId, keyId);
  assert.equal(decrypted.Plaintext, base64("s3cret"));
});

test("an EncryptionContext is compared as text", async (t) => {
  const { client, keyId } = await startFor(t);
  const { CiphertextBlob } = await encrypt(client, keyId, '{"a":"1","b":"2"}');
  const wrong = [
    undefined,
    "",
    "{}",
    '{"b":"2","a":"1"}',
    '{"a":"1", "b":"2"}',
    '{"a":"1","b":"2" }',
    '{"a":"1","b":"3"}',
  ];
  for (const EncryptionContext of wrong) {
    assert.equal(
      await codeOf(client.request("Decrypt", { CiphertextBlob, EncryptionContext })),
      INVALID_CIPHERTEXT,
    );
  }
});

test("the code for another context can be chosen, and a changed blob keeps its own", async (t) => {
  const { client, keyId } = await startFor(t, { contextMismatchCode: "FailedOperation.DecryptError" });
  const { CiphertextBlob } = await encrypt(client, keyId);
  assert.equal(await codeOf(client.request("Decrypt", { CiphertextBlob })), "FailedOperation.DecryptError");
  const changed = CiphertextBlob.slice(0, -1) + (CiphertextBlob.endsWith("A") ? "B" : "A");
  const parameters = { CiphertextBlob: changed, EncryptionContext: CONTEXT };
  assert.equal(await codeOf(client.request("Decrypt", parameters)), INVALID_CIPHERTEXT);
});

test("GenerateDataKey gives a plain and a wrapped key of the length asked for", async (t) => {
  const { client, keyId } = await startFor(t);
  const asked = [
    [{ KeySpec: "AES_128" }, 16],
    [{ KeySpec: "AES_256" }, 32],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
    [{ KeySpec: "AES_256", NumberOfBytes: 5 }, 5],
  ] as const;
  for (const [size, length] of asked) {
    const parameters = { KeyId: keyId, EncryptionContext: CONTEXT, ...size };
    const made = await client.request("GenerateDataKey", parameters);
    assert.equal(made.KeyId, keyId);
    assert.equal(Buffer.from(made.Plaintext, "base64").length, length);
    const { CiphertextBlob } = made;
    const opened = await client.request("Decrypt", {
      CiphertextBlob,
      EncryptionContext: CONTEXT,
    });
    assert.equal(opened.Plaintext, made.Plaintext);
  }
});

test("ReEncrypt moves a ciphertext to another key or context, and otherwise returns it as it was", async (t) => {
  const { client, emulator, keyId } = await startFor(t, { keysPerRegion: 2 });
  const otherKeyId = emulator.tencent.keyIds[1] ?? "";
  const { CiphertextBlob } = await encrypt(client, keyId);
  const source = { CiphertextBlob, SourceEncryptionContext: CONTEXT };
  const same = await client.request("ReEncrypt", { ...source, DestinationEncryptionContext: CONTEXT });
  assert.deepEqual(
    { ...same, RequestId: "" },
    { CiphertextBlob, KeyId: keyId, SourceKeyId: keyId, ReEncrypted: false, RequestId: "" },
  );
  const moved = await client.request("ReEncrypt", { ...source, DestinationKeyId: otherKeyId });
  assert.equal(moved.KeyId, otherKeyId);
  assert.equal(moved.SourceKeyId, keyId);
  assert.equal(moved.ReEncrypted, true);
  const opened = await client.request("Decrypt", { CiphertextBlob: moved.CiphertextBlob });
  assert.deepEqual([opened.KeyId, opened.Plaintext], [otherKeyId, base64("s3cret")]);
  assert.equal(await codeOf(client.request("ReEncrypt", { CiphertextBlob })), INVALID_CIPHERTEXT);
});

test("GenerateRandom gives the bytes asked for", async (t) => {
  const { client } = await startFor(t);
  for (const NumberOfBytes of [1, 1024]) {
    const { Plaintext } = await client.request("GenerateRandom", { NumberOfBytes });
    assert.equal(Buffer.from(Plaintext, "base64").length, NumberOfBytes);
  }
});

test("plaintext of 4,096 bytes and a context of 1,024 are accepted", async (t) => {
  const { client, keyId } = await startFor(t);
  const context = `{"a":"${"x".repeat(1024 - 8)}"}`;
  assert.equal(context.length, 1024);
  const parameters = { KeyId: keyId, Plaintext: base64("x".repeat(4096)), EncryptionContext: context };
  assert.equal(await codeOf(client.request("Encrypt", parameters)), undefined);
});

const UNKNOWN_KEY = "00000000-0000-4000-8000-000000000000";
const KEY = "the first key";
const REFUSED: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["Encrypt", { KeyId: KEY }, "MissingParameter"],
  ["Encrypt", { Plaintext: "AA==" }, "MissingParameter"],
  ["Encrypt", { KeyId: KEY, Plaintext: "" }, "InvalidParameterValue.InvalidPlaintext"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA" }, "InvalidParameterValue.InvalidPlaintext"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AB==" }, "InvalidParameterValue.InvalidPlaintext"],
  ["Encrypt", { KeyId: KEY, Plaintext: "_-8=" }, "InvalidParameterValue.InvalidPlaintext"],
  ["Encrypt", { KeyId: KEY, Plaintext: base64("x".repeat(4097)) }, "InvalidParameterValue.InvalidPlaintext"],
  ["Encrypt", { KeyId: KEY, Plaintext: 5 }, "InvalidParameter"],
  ["Encrypt", { KeyId: "my-alias", Plaintext: "AA==" }, "InvalidParameterValue.InvalidKeyId"],
  ["Encrypt", { KeyId: UNKNOWN_KEY, Plaintext: "AA==" }, "ResourceUnavailable.CmkNotFound"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA==", EncryptionContext: "[]" }, "InvalidParameter"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA==", EncryptionContext: "{" }, "InvalidParameter"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA==", EncryptionContext: '{"a":1}' }, "InvalidParameter"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA==", EncryptionContext: { a: "b" } }, "InvalidParameter"],
  [
    "Encrypt",
    { KeyId: KEY, Plaintext: "AA==", EncryptionContext: `{"a":"${"x".repeat(1017)}"}` },
    "InvalidParameter",
  ],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA==", Other: "x" }, "UnknownParameter"],
  ["Encrypt", { KeyId: KEY, Plaintext: "AA==", constructor: "x" }, "UnknownParameter"],
  ["Decrypt", {}, "MissingParameter"],
  ["Decrypt", { CiphertextBlob: "not a blob" }, INVALID_CIPHERTEXT],
  ["Decrypt", { CiphertextBlob: "AA==-k-AA==-k-AA==" }, INVALID_CIPHERTEXT],
  ["Decrypt", { CiphertextBlob: "x", KeyId: KEY }, "UnknownParameter"],
  ["Decrypt", { CiphertextBlob: "x", EncryptionPublicKey: "x" }, "UnsupportedOperation"],
  ["GenerateDataKey", { KeyId: KEY }, "InvalidParameter"],
  ["GenerateDataKey", { KeyId: KEY, KeySpec: "AES_192" }, "InvalidParameter"],
  ["GenerateDataKey", { KeyId: KEY, NumberOfBytes: 0 }, "InvalidParameter"],
  ["GenerateDataKey", { KeyId: KEY, NumberOfBytes: 1025 }, "InvalidParameter"],
  ["GenerateDataKey", { KeyId: KEY, NumberOfBytes: 1.5 }, "InvalidParameter"],
  ["GenerateDataKey", { KeyId: "short", KeySpec: "AES_256" }, "InvalidParameterValue.InvalidKeyId"],
  ["GenerateDataKey", { KeyId: UNKNOWN_KEY, KeySpec: "AES_256" }, "ResourceUnavailable.CmkNotFound"],
  ["GenerateDataKey", { KeyId: KEY, KeySpec: "AES_256", IsHostedByKms: 1 }, "UnsupportedOperation"],
  ["ReEncrypt", { CiphertextBlob: "x" }, INVALID_CIPHERTEXT],
  ["ReEncrypt", { DestinationKeyId: KEY }, "MissingParameter"],
  ["GenerateRandom", {}, "MissingParameter"],
  ["GenerateRandom", { NumberOfBytes: 0 }, "InvalidParameter"],
  ["GenerateRandom", { NumberOfBytes: 1025 }, "InvalidParameter"],
];
for (const [index, [action, parameters, code]] of REFUSED.entries()) {
  test(`${action} with ${Object.keys(parameters).join(", ") || "nothing"} (row ${index + 1}) is refused as ${code}`, async (t) => {
    const { client, keyId } = await startFor(t);
    const given = parameters["KeyId"] === KEY ? { ...parameters, KeyId: keyId } : parameters;
    assert.equal(await codeOf(client.request(action, given)), code);
  });
}

test("ReEncrypt to a key that does not exist is refused", async (t) => {
  const { client, keyId } = await startFor(t);
  const { CiphertextBlob } = await encrypt(client, keyId, "");
  const to = (DestinationKeyId: string): Promise<string | undefined> =>
    codeOf(client.request("ReEncrypt", { CiphertextBlob, DestinationKeyId }));
  assert.equal(await to(UNKNOWN_KEY), "ResourceUnavailable.CmkNotFound");
  assert.equal(await to("alias"), "InvalidParameterValue.InvalidKeyId");
});

test("a key and its ciphertexts are unknown in another region", async (t) => {
  const { client, emulator, keyId } = await startFor(t, { regions: ["ap-guangzhou", "ap-shanghai"] });
  const elsewhere = createSdkClient({ ...emulator.tencent, region: "ap-shanghai" });
  const { CiphertextBlob } = await encrypt(client, keyId, "");
  const calls = [
    elsewhere.request("Encrypt", { KeyId: keyId, Plaintext: "AA==" }),
    elsewhere.request("GenerateDataKey", { KeyId: keyId, KeySpec: "AES_256" }),
    elsewhere.request("DescribeKey", { KeyId: keyId }),
    elsewhere.request("Decrypt", { CiphertextBlob }),
    elsewhere.request("ReEncrypt", { CiphertextBlob }),
  ];
  for (const call of calls) assert.equal(await codeOf(call), "ResourceUnavailable.CmkNotFound");
  const [shanghaiKeyId] = emulator.tencent.keyIdsByRegion["ap-shanghai"] ?? [];
  assert.notEqual(shanghaiKeyId, undefined);
  assert.notEqual(shanghaiKeyId, keyId);
});

test("a key that is disabled or about to be deleted neither encrypts nor decrypts", async (t) => {
  const { client, keyId } = await startFor(t);
  const { CiphertextBlob } = await encrypt(client, keyId, "");
  const codes = async (): Promise<readonly (string | undefined)[]> => [
    await codeOf(client.request("Encrypt", { KeyId: keyId, Plaintext: "AA==" })),
    await codeOf(client.request("Decrypt", { CiphertextBlob })),
    await codeOf(client.request("ReEncrypt", { CiphertextBlob })),
    await codeOf(client.request("GenerateDataKey", { KeyId: keyId, KeySpec: "AES_256" })),
  ];
  const disabled = "ResourceUnavailable.CmkDisabled";
  await client.request("DisableKey", { KeyId: keyId });
  assert.deepEqual(await codes(), [disabled, disabled, disabled, disabled]);
  await client.request("ScheduleKeyDeletion", { KeyId: keyId, PendingWindowInDays: 7 });
  assert.deepEqual(await codes(), [disabled, disabled, disabled, "ResourceUnavailable.KeyPendingDelete"]);
  await client.request("CancelKeyDeletion", { KeyId: keyId });
  assert.deepEqual(await codes(), [disabled, disabled, disabled, disabled]);
  await client.request("EnableKey", { KeyId: keyId });
  assert.deepEqual(await codes(), [undefined, undefined, undefined, undefined]);
});
