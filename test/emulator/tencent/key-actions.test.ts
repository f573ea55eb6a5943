import assert from "node:assert/strict";
import { test } from "node:test";
import type { SdkClient, SdkKeyMetadata, SdkResponse } from "../../support/tencent-sdk.ts";
import { base64, codeOf, rawCode, sendRaw, signHeaders, startFor } from "../support.ts";

async function describe(client: SdkClient, keyId: string): Promise<SdkKeyMetadata> {
  const { KeyMetadata } = await client.request("DescribeKey", { KeyId: keyId });
  return KeyMetadata;
}

async function create(client: SdkClient, alias: string): Promise<SdkResponse> {
  return await client.request("CreateKey", { Alias: alias });
}

async function listKeys(client: SdkClient, parameters = {}): Promise<readonly [readonly string[], number]> {
  const listed = await client.request("ListKeys", parameters);
  return [listed.Keys.map(({ KeyId }) => KeyId), listed.TotalCount];
}

test("CreateKey makes an enabled key that DescribeKey shows and Encrypt uses", async (t) => {
  const { client } = await startFor(t);
  const created = await client.request("CreateKey", {
    Alias: "billing_1-a",
    Description: "für Rechnungen",
  });
  assert.match(created.KeyId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const { RequestId: _, CreateTime, ...rest } = created;
  assert.ok(Number.isSafeInteger(CreateTime));
  assert.deepEqual(rest, {
    KeyId: created.KeyId,
    Alias: "billing_1-a",
    Description: "für Rechnungen",
    KeyState: "Enabled",
    KeyUsage: "ENCRYPT_DECRYPT",
    HsmClusterId: "",
    TagCode: 0,
    TagMsg: "ok",
  });
  const metadata = await describe(client, created.KeyId);
  assert.equal(metadata.Alias, "billing_1-a");
  assert.equal(metadata.CreateTime, CreateTime);
  assert.equal(metadata.Origin, "TENCENT_KMS");
  assert.equal(metadata.ResourceId, `creatorUin/${metadata.CreatorUin}/${created.KeyId}`);
  assert.equal(
    await codeOf(client.request("Encrypt", { KeyId: created.KeyId, Plaintext: base64("x") })),
    undefined,
  );
});

const REFUSED: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["CreateKey", {}, "MissingParameter"],
  ["CreateKey", { Alias: "" }, "InvalidParameterValue.InvalidAlias"],
  ["CreateKey", { Alias: "_a" }, "InvalidParameterValue.InvalidAlias"],
  ["CreateKey", { Alias: "kms-a" }, "InvalidParameterValue.InvalidAlias"],
  ["CreateKey", { Alias: "a.b" }, "InvalidParameterValue.InvalidAlias"],
  ["CreateKey", { Alias: "a".repeat(61) }, "InvalidParameterValue.InvalidAlias"],
  ["CreateKey", { Alias: "emulator-1" }, "InvalidParameterValue.AliasAlreadyExists"],
  ["CreateKey", { Alias: "a", Description: "é".repeat(513) }, "InvalidParameter"],
  ["CreateKey", { Alias: "a", KeyUsage: "SIGN" }, "InvalidParameterValue.InvalidKeyUsage"],
  [
    "CreateKey",
    { Alias: "a", KeyUsage: "ASYMMETRIC_DECRYPT_SM2" },
    "UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion",
  ],
  ["CreateKey", { Alias: "a", Type: 3 }, "InvalidParameterValue.InvalidType"],
  ["CreateKey", { Alias: "a", Type: 2 }, "UnsupportedOperation"],
  ["DescribeKey", {}, "MissingParameter"],
  ["DescribeKey", { KeyId: "emulator-1" }, "InvalidParameterValue.InvalidKeyId"],
  ["DescribeKey", { KeyId: "00000000-0000-4000-8000-000000000000" }, "ResourceUnavailable.CmkNotFound"],
  ["ListKeys", { Limit: 201 }, "InvalidParameter"],
  ["ListKeys", { Limit: 0 }, "InvalidParameter"],
  ["ListKeys", { Offset: -1 }, "InvalidParameter"],
  ["ListKeys", { Role: 2 }, "InvalidParameter"],
  ["EnableKey", {}, "MissingParameter"],
  ["DisableKey", { KeyId: "x" }, "InvalidParameterValue.InvalidKeyId"],
  ["CancelKeyDeletion", { KeyId: "00000000-0000-4000-8000-000000000000" }, "ResourceUnavailable.CmkNotFound"],
];
for (const [index, [action, parameters, code]] of REFUSED.entries()) {
  test(`${action} with ${Object.keys(parameters).join(", ") || "nothing"} (row ${index + 1}) is refused as ${code}`, async (t) => {
    const { client } = await startFor(t);
    assert.equal(await codeOf(client.request(action, parameters)), code);
  });
}

test("aliases and descriptions at their limits are accepted", async (t) => {
  const { client } = await startFor(t);
  const parameters = { Alias: "a".repeat(60), Description: "é".repeat(512) };
  assert.equal(await codeOf(client.request("CreateKey", parameters)), undefined);
});

test("ListKeys pages through a region's keys and leaves out those about to be deleted", async (t) => {
  const { client, keyId } = await startFor(t);
  const created = [];
  for (const alias of ["b", "c", "d"]) created.push((await create(client, alias)).KeyId);
  const all = [keyId, ...created];
  assert.deepEqual(await listKeys(client), [all, 4]);
  assert.deepEqual(await listKeys(client, { Offset: 1, Limit: 2 }), [all.slice(1, 3), 4]);
  assert.deepEqual(await listKeys(client, { Offset: 4 }), [[], 4]);
  assert.deepEqual(await listKeys(client, { Role: 1 }), [[], 0]);
  await client.request("DisableKey", { KeyId: keyId });
  assert.deepEqual(await listKeys(client), [all, 4]);
  await client.request("ScheduleKeyDeletion", { KeyId: keyId, PendingWindowInDays: 7 });
  assert.deepEqual(await listKeys(client), [created, 3]);
});

test("ListKeys shows 10 keys unless asked for more, and a region takes 200", async (t) => {
  const { client } = await startFor(t, { keysPerRegion: 200 });
  const [shown, total] = await listKeys(client);
  assert.deepEqual([shown.length, total], [10, 200]);
  assert.equal((await listKeys(client, { Limit: 200 }))[0].length, 200);
  assert.equal(await codeOf(create(client, "one-too-many")), "LimitExceeded.CmkLimitExceeded");
});

test("only a disabled key can be scheduled for deletion, 7 to 30 days ahead", async (t) => {
  const { client, keyId } = await startFor(t);
  const schedule = (PendingWindowInDays: unknown): Promise<string | undefined> =>
    codeOf(client.request("ScheduleKeyDeletion", { KeyId: keyId, PendingWindowInDays }));
  assert.equal(await schedule(7), "ResourceUnavailable.CmkShouldBeDisabled");
  await client.request("DisableKey", { KeyId: keyId });
  assert.equal(await schedule(undefined), "MissingParameter");
  assert.equal(await schedule(6), "InvalidParameter.InvalidPendingWindowInDays");
  assert.equal(await schedule(31), "InvalidParameter.InvalidPendingWindowInDays");
  assert.equal(await schedule(30), undefined);
  assert.equal((await describe(client, keyId)).KeyState, "PendingDelete");
  assert.equal(await schedule(30), "ResourceUnavailable.CmkShouldBeDisabled");
  assert.equal(
    await codeOf(client.request("EnableKey", { KeyId: keyId })),
    "ResourceUnavailable.CmkStateNotSupport",
  );
  assert.equal(
    await codeOf(client.request("DisableKey", { KeyId: keyId })),
    "ResourceUnavailable.CmkStateNotSupport",
  );
});

test("CancelKeyDeletion leaves a disabled key, and needs one about to be deleted", async (t) => {
  const { client, keyId } = await startFor(t);
  const cancel = (): Promise<string | undefined> =>
    codeOf(client.request("CancelKeyDeletion", { KeyId: keyId }));
  assert.equal(await cancel(), "ResourceUnavailable.CmkNotPendingDelete");
  await client.request("DisableKey", { KeyId: keyId });
  await client.request("ScheduleKeyDeletion", { KeyId: keyId, PendingWindowInDays: 7 });
  assert.equal(await cancel(), undefined);
  const { KeyState, DeletionDate } = await describe(client, keyId);
  assert.deepEqual([KeyState, DeletionDate], ["Disabled", 0]);
});

test("a key is gone for good once its deletion date has passed", async (t) => {
  let now = Date.now();
  const { client, emulator, keyId } = await startFor(t, { clock: () => now });
  const { CiphertextBlob } = await client.request("Encrypt", { KeyId: keyId, Plaintext: base64("x") });
  await client.request("DisableKey", { KeyId: keyId });
  await client.request("ScheduleKeyDeletion", { KeyId: keyId, PendingWindowInDays: 7 });
  const { DeletionDate } = await describe(client, keyId);
  assert.equal(DeletionDate, Math.floor(now / 1000) + 7 * 86_400);
  const decryptAt = async (timestamp: number): Promise<string | undefined> => {
    now = timestamp * 1000;
    const body = JSON.stringify({ CiphertextBlob });
    const headers = signHeaders(emulator, { action: "Decrypt", body, timestamp });
    return rawCode(await sendRaw(emulator.tencent.endpoint, { headers, body }));
  };
  assert.equal(await decryptAt(DeletionDate - 1), "ResourceUnavailable.CmkDisabled");
  assert.equal(await decryptAt(DeletionDate), "ResourceUnavailable.CmkNotFound");
});

test("EnableKey and DisableKey may be repeated", async (t) => {
  const { client, keyId } = await startFor(t);
  for (const action of ["EnableKey", "DisableKey", "DisableKey", "EnableKey", "EnableKey"]) {
    assert.equal(await codeOf(client.request(action, { KeyId: keyId })), undefined);
    assert.equal((await describe(client, keyId)).KeyState, action === "EnableKey" ? "Enabled" : "Disabled");
  }
});
