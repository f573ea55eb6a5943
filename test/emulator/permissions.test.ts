import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createSdkClient } from "../support/tencent-sdk.ts";
import type { SdkClient } from "../support/tencent-sdk.ts";
import { base64, codeOf, startFor } from "./support.ts";

interface Policy {
  readonly version: string;
  readonly statement: readonly {
    readonly effect: string;
    readonly action: readonly string[];
    readonly resource: readonly string[];
  }[];
}

const RESOURCE =
  /^qcs::kms:[a-z]+-[a-z]+:uin\/\d+:key\/creatorUin\/\d+\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PAGE = readFileSync(new URL("../../../docs/permissions.md", import.meta.url), "utf8");

/** The page's policies by the heading they stand under. */
const POLICIES: ReadonlyMap<string, Policy> = new Map(
  PAGE.split(/^## /m).flatMap((section) => {
    const [heading = ""] = section.split("\n", 1);
    const blocks = [...section.matchAll(/^```json\n(.*?)^```$/gms)];
    return blocks.map(([, json = ""]) => [heading.toLowerCase(), JSON.parse(json) as Policy] as const);
  }),
);

/** What each role may do; everything else the emulator has is refused to it. */
const ROLES: ReadonlyMap<string, readonly string[]> = new Map([
  ["sealer", ["Encrypt", "GenerateDataKey"]],
  ["server", ["Decrypt"]],
  ["rotator", ["Encrypt", "GenerateDataKey", "Decrypt", "ReEncrypt"]],
]);

test("the page has one policy for each role", () => {
  assert.deepEqual([...POLICIES.keys()], [...ROLES.keys()]);
  assert.equal(PAGE.match(/^```json$/gm)?.length, ROLES.size);
});

for (const [role, actions] of ROLES) {
  test(`the ${role}'s policy is one CAM statement that allows actions on keys by their full name`, () => {
    const policy = POLICIES.get(role);
    assert.ok(policy);
    assert.deepEqual(Object.keys(policy), ["version", "statement"]);
    assert.equal(policy.version, "2.0");
    const [statement, ...others] = policy.statement;
    assert.ok(statement);
    assert.deepEqual(others, []);
    assert.deepEqual(Object.keys(statement), ["effect", "action", "resource"]);
    assert.equal(statement.effect, "allow");
    assert.deepEqual(
      statement.action,
      actions.map((action) => `kms:${action}`),
    );
    assert.ok(statement.resource.length > 0);
    for (const resource of statement.resource) assert.match(resource, RESOURCE);
  });

  test(`a ${role} can do what its policy says and nothing else`, async (t) => {
    const allow = POLICIES.get(role)?.statement.flatMap(({ action }) => action) ?? [];
    const { emulator, client: owner, keyId } = await startFor(t, { keysPerRegion: 2 });
    emulator.addCredential({ secretId: "AKIDROLE", secretKey: "secret-of-the-role", allow });
    const client = createSdkClient({
      ...emulator.tencent,
      secretId: "AKIDROLE",
      secretKey: "secret-of-the-role",
    });
    const { CiphertextBlob } = await owner.request("Encrypt", { KeyId: keyId, Plaintext: base64("s3cret") });
    for (const [action, call] of callsOf(client, {
      keyId,
      otherKeyId: emulator.tencent.keyIds[1] ?? "",
      CiphertextBlob,
    })) {
      const expected = actions.includes(action) ? undefined : "UnauthorizedOperation";
      assert.equal(await codeOf(call()), expected, action);
    }
  });
}

interface Material {
  readonly keyId: string;
  readonly otherKeyId: string;
  readonly CiphertextBlob: unknown;
}

/** A call of every action of the emulator that its owner could make. */
function callsOf(
  client: SdkClient,
  material: Material,
): readonly (readonly [string, () => Promise<unknown>])[] {
  const { keyId: KeyId, otherKeyId, CiphertextBlob } = material;
  const parameters: Readonly<Record<string, object>> = {
    Encrypt: { KeyId, Plaintext: base64("value") },
    GenerateDataKey: { KeyId, KeySpec: "AES_256" },
    Decrypt: { CiphertextBlob },
    ReEncrypt: { CiphertextBlob, DestinationKeyId: otherKeyId },
    DescribeKey: { KeyId },
    ListKeys: {},
    CreateKey: { Alias: "another" },
    EnableKey: { KeyId },
    DisableKey: { KeyId },
    ScheduleKeyDeletion: { KeyId, PendingWindowInDays: 7 },
    CancelKeyDeletion: { KeyId },
    GenerateRandom: { NumberOfBytes: 8 },
    GetServiceStatus: {},
  };
  return Object.entries(parameters).map(
    ([action, given]) => [action, () => client.request(action, given)] as const,
  );
}
