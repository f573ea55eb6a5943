import assert from "node:assert/strict";
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { EmulatorError, startEmulator } from "../../src/emulator/index.ts";
import { createSdkClient } from "../support/tencent-sdk.ts";
import { base64, codeOf, startFor } from "./support.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sealconf-emulator-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function assertStateError(call: Promise<unknown>, message: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof EmulatorError);
    assert.deepEqual([error.code, error.message], ["ERR_EMULATOR_STATE", message]);
    assert.equal(error.cause, undefined);
    return true;
  });
}

test("an emulator opens what an earlier one on the same state file encrypted, for the same credential", async (t) => {
  const stateFile = join(temporaryFolder(t), "state.json");
  const first = await startFor(t, { stateFile });
  const { CiphertextBlob } = await first.client.request("Encrypt", {
    KeyId: first.keyId,
    Plaintext: base64("x"),
  });
  const created = await first.client.request("CreateKey", { Alias: "second" });
  await first.client.request("DisableKey", { KeyId: first.keyId });
  await first.client.request("EnableKey", { KeyId: first.keyId });
  await first.emulator.close();
  const second = await startFor(t, { stateFile });
  assert.equal(second.emulator.tencent.secretId, first.emulator.tencent.secretId);
  assert.equal(second.emulator.tencent.secretKey, first.emulator.tencent.secretKey);
  assert.deepEqual(second.emulator.tencent.keyIds, [first.keyId, created.KeyId]);
  assert.equal((await second.client.request("Decrypt", { CiphertextBlob })).Plaintext, base64("x"));
});

test("without a state file nothing is kept", async (t) => {
  const first = await startFor(t);
  const { CiphertextBlob } = await first.client.request("Encrypt", {
    KeyId: first.keyId,
    Plaintext: base64("x"),
  });
  const { client } = await startFor(t);
  assert.equal(
    await codeOf(client.request("Decrypt", { CiphertextBlob })),
    "InvalidParameterValue.InvalidCiphertext",
  );
});

test("the state file is readable by its owner alone, and no other file is left beside it", async (t) => {
  const folder = temporaryFolder(t);
  const stateFile = join(folder, "state.json");
  const { client } = await startFor(t, { stateFile });
  await client.request("CreateKey", { Alias: "second" });
  assert.deepEqual(readdirSync(folder), ["state.json"]);
  if (process.platform !== "win32") assert.equal(statSync(stateFile).mode & 0o777, 0o600);
});

test("a state file behind a link is changed where it is", async (t) => {
  const folder = temporaryFolder(t);
  const [target, link] = [join(folder, "target.json"), join(folder, "link.json")];
  await (await startEmulator({ stateFile: target })).close();
  symlinkSync(target, link);
  const { client } = await startFor(t, { stateFile: link });
  await client.request("CreateKey", { Alias: "second" });
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.match(readFileSync(target, "utf8"), /"alias": "second"/);
});

test("a region added later gets keys, and a disabled key is not offered", async (t) => {
  const stateFile = join(temporaryFolder(t), "state.json");
  const first = await startFor(t, { stateFile, keysPerRegion: 2 });
  const [disabledKey, otherKey] = first.emulator.tencent.keyIds;
  await first.client.request("DisableKey", { KeyId: disabledKey });
  await first.emulator.close();
  const { emulator } = await startFor(t, { stateFile, regions: ["ap-guangzhou", "ap-shanghai"] });
  assert.deepEqual(emulator.tencent.keyIds, [otherKey]);
  assert.equal(emulator.tencent.keyIdsByRegion["ap-shanghai"]?.length, 1);
});

test("given credentials are used instead of the kept one and are not written down", async (t) => {
  const stateFile = join(temporaryFolder(t), "state.json");
  const kept = await startFor(t, { stateFile });
  await kept.emulator.close();
  const given = { secretId: "AKIDGIVEN", secretKey: "given-secret-key" };
  const { emulator, client } = await startFor(t, { stateFile, credentials: [given] });
  assert.equal(emulator.tencent.secretId, "AKIDGIVEN");
  assert.equal(await codeOf(client.request("CreateKey", { Alias: "b" })), undefined);
  const old = createSdkClient({
    ...emulator.tencent,
    ...kept.emulator.tencent,
    endpoint: emulator.tencent.endpoint,
  });
  assert.equal(await codeOf(old.request("ListKeys", {})), "AuthFailure.SecretIdNotFound");
  assert.ok(!readFileSync(stateFile, "utf8").includes("given-secret-key"));
  await emulator.close();
  const again = await startFor(t, { stateFile });
  assert.equal(again.emulator.tencent.secretId, kept.emulator.tencent.secretId);
});

const GOOD_KEY = {
  keyId: "00000000-0000-4000-8000-000000000000",
  region: "ap-guangzhou",
  alias: "a",
  description: "",
  state: "Enabled",
  createTime: 1,
  deletionDate: 0,
  material: Buffer.alloc(32, 1).toString("base64"),
};
const CREDENTIAL = { secretId: "AKID1", secretKey: "secret-in-the-file" };
const FORMAT = "sealconf-kms-emulator/1";
const NOT_OURS = 'its "tencent" is not what an emulator writes';
const stateOf = (keys: unknown, credential: unknown = CREDENTIAL): string =>
  JSON.stringify({ format: FORMAT, tencent: { credential, keys } });

const DAMAGED: readonly (readonly [string, string, string])[] = [
  ["an empty file", "", "it is not JSON"],
  ["a file that is cut", stateOf([GOOD_KEY]).slice(0, -5), "it is not JSON"],
  ["another JSON file", "{}", `it does not say "format": "${FORMAT}"`],
  ["a list", "[]", `it does not say "format": "${FORMAT}"`],
  ["a later format", stateOf([]).replace("/1", "/2"), `it does not say "format": "${FORMAT}"`],
  ["keys that are no list", stateOf({}), NOT_OURS],
  ["a key without a field", stateOf([{ ...GOOD_KEY, alias: undefined }]), NOT_OURS],
  ["a key with a field too many", stateOf([{ ...GOOD_KEY, more: 1 }]), NOT_OURS],
  ["a key of short material", stateOf([{ ...GOOD_KEY, material: "AAAA" }]), NOT_OURS],
  ["a key in an unknown state", stateOf([{ ...GOOD_KEY, state: "Lost" }]), NOT_OURS],
  ["a key with a bad date", stateOf([{ ...GOOD_KEY, createTime: -1 }]), NOT_OURS],
  ["a key twice", stateOf([GOOD_KEY, GOOD_KEY]), NOT_OURS],
  ["no credential", stateOf([GOOD_KEY], null), NOT_OURS],
  ["a credential without a key", stateOf([GOOD_KEY], { secretId: "AKID1" }), NOT_OURS],
];
for (const [what, text, reason] of DAMAGED) {
  test(`a state file that holds ${what} is an error and stays as it is`, async (t) => {
    const stateFile = join(temporaryFolder(t), "state.json");
    writeFileSync(stateFile, text);
    await assertStateError(
      startEmulator({ stateFile }),
      `the emulator's state file ${stateFile} is damaged: ${reason}`,
    );
    assert.equal(readFileSync(stateFile, "utf8"), text);
  });
}

test("a good state file written by hand is read", async (t) => {
  const stateFile = join(temporaryFolder(t), "state.json");
  writeFileSync(stateFile, stateOf([GOOD_KEY]));
  const { emulator, client } = await startFor(t, { stateFile });
  assert.deepEqual(emulator.tencent.keyIds, [GOOD_KEY.keyId]);
  assert.equal(await codeOf(client.request("DescribeKey", { KeyId: GOOD_KEY.keyId })), undefined);
});

test("a state file whose folder does not exist is an error", async (t) => {
  const stateFile = join(temporaryFolder(t), "missing", "state.json");
  await assertStateError(
    startEmulator({ stateFile }),
    `the emulator's state file ${stateFile} cannot be written (ENOENT)`,
  );
});

test("a state file that is a folder is an error", async (t) => {
  const stateFile = temporaryFolder(t);
  await assertStateError(
    startEmulator({ stateFile }),
    `the emulator's state file ${stateFile} cannot be read (EISDIR)`,
  );
});

test("a state file that another program changed is not overwritten, and the key is not made", async (t) => {
  const stateFile = join(temporaryFolder(t), "state.json");
  const { client } = await startFor(t, { stateFile });
  const changed = `${readFileSync(stateFile, "utf8")} `;
  writeFileSync(stateFile, changed);
  await assert.rejects(client.request("CreateKey", { Alias: "b" }), {
    code: "InternalError",
    message: `the emulator's state file ${stateFile} was changed by another program`,
  });
  assert.equal(readFileSync(stateFile, "utf8"), changed);
  assert.equal((await client.request("ListKeys", {})).TotalCount, 1);
});
