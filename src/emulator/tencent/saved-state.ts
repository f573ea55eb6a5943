import { fromBase64 } from "../../bytes/index.ts";
import { isRecord } from "../state-file.ts";
import type { EmulatorCredential } from "./credentials.ts";
import type { KeyRecord } from "./key-store.ts";

/** The part of the state file that is Tencent's. */
export interface TencentState {
  /** Who may do everything if the options name nobody. */
  readonly credential: EmulatorCredential;
  readonly keys: readonly KeyRecord[];
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isTime: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

const KEY_FIELDS: Readonly<Record<keyof KeyRecord, Check>> = {
  keyId: isText,
  region: isText,
  alias: isText,
  description: isText,
  state: (value) => value === "Enabled" || value === "Disabled" || value === "PendingDelete",
  createTime: isTime,
  deletionDate: isTime,
  material: (value) => typeof value === "string" && fromBase64(value)?.length === 32,
};

const CREDENTIAL_FIELDS: Readonly<Record<"secretId" | "secretKey", Check>> = {
  secretId: isText,
  secretKey: isText,
};

/** Reads what an earlier run saved; `undefined` if it is not what a run would save. */
export function parseTencentState(value: unknown): TencentState | undefined {
  if (!isRecord(value)) return undefined;
  const { credential, keys } = value;
  if (!hasFields<EmulatorCredential>(credential, CREDENTIAL_FIELDS)) return undefined;
  if (!Array.isArray(keys) || !keys.every((key) => hasFields<KeyRecord>(key, KEY_FIELDS))) return undefined;
  if (new Set(keys.map((key) => key.keyId)).size !== keys.length) return undefined;
  return { credential, keys };
}

/** The material of a key that was checked or made here. */
export function fromMaterial(material: string): Uint8Array {
  return Buffer.from(material, "base64");
}

function hasFields<Item>(value: unknown, fields: Readonly<Record<string, Check>>): value is Item {
  if (!isRecord(value)) return false;
  const names = Object.keys(fields);
  return (
    Object.keys(value).length === names.length && names.every((name) => fields[name]?.(value[name]) === true)
  );
}
