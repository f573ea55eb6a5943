import { ACCOUNT_UIN } from "./action.ts";
import type { ActionCall, ActionTable } from "./action.ts";
import { ApiError } from "./api-error.ts";
import { findKey } from "./find-key.ts";
import type { KeyRecord, KeyState } from "./key-store.ts";
import type { Parameters } from "./parameters.ts";

const MAX_KEYS_PER_REGION = 200;
const ALIAS = /^(?!kms-)[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/;
const MAX_DESCRIPTION_BYTES = 1024;
const SYMMETRIC = "ENCRYPT_DECRYPT";
const OTHER_USAGES: ReadonlySet<string> = new Set([
  "ASYMMETRIC_DECRYPT_RSA_2048",
  "ASYMMETRIC_DECRYPT_SM2",
  "ASYMMETRIC_SIGN_VERIFY_SM2",
  "ASYMMETRIC_SIGN_VERIFY_ECC",
  "ASYMMETRIC_SIGN_VERIFY_RSA_2048",
  "ASYMMETRIC_SIGN_VERIFY_ECDSA384",
]);
const MAX_LIST_LIMIT = 200;
const DAY_SECONDS = 86_400;

/** The actions that make, show and change keys. */
export const KEY_ACTIONS: ActionTable = {
  CreateKey: {
    parameters: {
      Alias: "string",
      Description: "string",
      KeyUsage: "string",
      Type: "integer",
      Tags: "not emulated",
      HsmClusterId: "not emulated",
    },
    run(call) {
      const { parameters, region } = call;
      checkKeyKind(parameters);
      const details = { alias: readAlias(call), description: readDescription(parameters) };
      if (call.keys.list(region).length >= MAX_KEYS_PER_REGION) {
        throw new ApiError(
          "LimitExceeded.CmkLimitExceeded",
          `There are ${MAX_KEYS_PER_REGION} keys in this region.`,
        );
      }
      const key = call.keys.create({ region, ...details });
      const {
        KeyId,
        Alias,
        CreateTime,
        Description,
        KeyState: state,
        KeyUsage,
        HsmClusterId,
      } = keyMetadata(key);
      const created = {
        KeyId,
        Alias,
        CreateTime,
        Description,
        KeyState: state,
        KeyUsage,
        HsmClusterId,
      };
      return { ...created, TagCode: 0, TagMsg: "ok" };
    },
  },
  DescribeKey: {
    parameters: { KeyId: "string", MemberAccount: "not emulated" },
    run: (call) => ({ KeyMetadata: keyMetadata(findKey(call, call.parameters.text("KeyId"))) }),
  },
  ListKeys: {
    parameters: {
      Offset: "integer",
      Limit: "integer",
      Role: "integer",
      HsmClusterId: "not emulated",
    },
    run({ parameters, region, keys }) {
      const offset = readRange(parameters, "Offset", {
        least: 0,
        most: Number.MAX_SAFE_INTEGER,
        otherwise: 0,
      });
      const limit = readRange(parameters, "Limit", {
        least: 1,
        most: MAX_LIST_LIMIT,
        otherwise: 10,
      });
      const isOfProduct = readRange(parameters, "Role", { least: 0, most: 1, otherwise: 0 }) === 1;
      const listed = isOfProduct ? [] : keys.list(region).filter(({ state }) => state !== "PendingDelete");
      const page = listed.slice(offset, offset + limit);
      return { Keys: page.map(({ keyId }) => ({ KeyId: keyId })), TotalCount: listed.length };
    },
  },
  EnableKey: { parameters: { KeyId: "string" }, run: (call) => switchKey(call, "Enabled") },
  DisableKey: { parameters: { KeyId: "string" }, run: (call) => switchKey(call, "Disabled") },
  ScheduleKeyDeletion: {
    parameters: { KeyId: "string", PendingWindowInDays: "integer" },
    run(call) {
      const key = findKey(call, call.parameters.text("KeyId"));
      const days = call.parameters.integer("PendingWindowInDays");
      if (days < 7 || days > 30) {
        throw new ApiError(
          "InvalidParameter.InvalidPendingWindowInDays",
          "The PendingWindowInDays must be 7 to 30.",
        );
      }
      if (key.state !== "Disabled") {
        throw new ApiError(
          "ResourceUnavailable.CmkShouldBeDisabled",
          `The CMK must be disabled first (${key.state}).`,
        );
      }
      const deletionDate = call.nowSeconds + days * DAY_SECONDS;
      call.keys.change(key, { state: "PendingDelete", deletionDate });
      return { KeyId: key.keyId, DeletionDate: deletionDate };
    },
  },
  CancelKeyDeletion: {
    parameters: { KeyId: "string" },
    run(call) {
      const key = findKey(call, call.parameters.text("KeyId"));
      if (key.state !== "PendingDelete") {
        throw new ApiError(
          "ResourceUnavailable.CmkNotPendingDelete",
          `The CMK is not pending deletion (${key.state}).`,
        );
      }
      call.keys.change(key, { state: "Disabled" });
      return { KeyId: key.keyId };
    },
  },
};

function switchKey(call: ActionCall, state: KeyState): Record<string, never> {
  const key = findKey(call, call.parameters.text("KeyId"));
  if (key.state === "PendingDelete") {
    throw new ApiError(
      "ResourceUnavailable.CmkStateNotSupport",
      `The CMK is pending deletion (${key.state}).`,
    );
  }
  if (key.state !== state) call.keys.change(key, { state });
  return {};
}

function checkKeyKind(parameters: Parameters): void {
  const usage = parameters.optionalText("KeyUsage") || SYMMETRIC;
  if (OTHER_USAGES.has(usage)) {
    const code = "UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion";
    throw new ApiError(code, `The emulator has keys for ${SYMMETRIC} alone.`);
  }
  if (usage !== SYMMETRIC)
    throw new ApiError("InvalidParameterValue.InvalidKeyUsage", "The KeyUsage is not valid.");
  const type = parameters.optionalInteger("Type") ?? 1;
  if (type === 2)
    throw new ApiError("UnsupportedOperation", "The emulator has no keys of external material.");
  if (type !== 1) throw new ApiError("InvalidParameterValue.InvalidType", "The Type must be 1 or 2.");
}

function readAlias({ parameters, region, keys }: ActionCall): string {
  const alias = parameters.text("Alias");
  if (!ALIAS.test(alias)) throw new ApiError("InvalidParameterValue.InvalidAlias", "The Alias is not valid.");
  if (keys.list(region).some((key) => key.alias === alias)) {
    throw new ApiError("InvalidParameterValue.AliasAlreadyExists", "The Alias already exists.");
  }
  return alias;
}

function readDescription(parameters: Parameters): string {
  const description = parameters.optionalText("Description") ?? "";
  if (Buffer.byteLength(description) <= MAX_DESCRIPTION_BYTES) return description;
  throw new ApiError("InvalidParameter", `The Description is longer than ${MAX_DESCRIPTION_BYTES} bytes.`);
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
}

function readRange(parameters: Parameters, name: string, { least, most, otherwise }: Range): number {
  const value = parameters.optionalInteger(name) ?? otherwise;
  if (value >= least && value <= most) return value;
  throw new ApiError("InvalidParameter", `The ${name} must be ${least} to ${most}.`);
}

function keyMetadata(key: KeyRecord): Readonly<Record<string, unknown>> {
  return {
    KeyId: key.keyId,
    Alias: key.alias,
    CreateTime: key.createTime,
    Description: key.description,
    KeyState: key.state,
    KeyUsage: SYMMETRIC,
    // 2 stands for a region of the FIPS 140-2 kind, whose keys are AES-256.
    Type: 2,
    CreatorUin: ACCOUNT_UIN,
    KeyRotationEnabled: false,
    Owner: "user",
    NextRotateTime: 0,
    DeletionDate: key.deletionDate,
    Origin: "TENCENT_KMS",
    ValidTo: 0,
    ResourceId: `creatorUin/${ACCOUNT_UIN}/${key.keyId}`,
    HsmClusterId: "",
    RotateDays: 0,
    LastRotateTime: 0,
    CreatorUinString: `${ACCOUNT_UIN}`,
  };
}
