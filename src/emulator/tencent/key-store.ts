import { randomBytes, randomUUID } from "node:crypto";
import { toBase64 } from "../../bytes/index.ts";
import { createBlobCipher } from "./blob.ts";
import type { BlobCipher } from "./blob.ts";
import { fromMaterial } from "./saved-state.ts";

export type KeyState = "Enabled" | "Disabled" | "PendingDelete";

/** A key as the state file holds it. Times are Unix seconds. */
export interface KeyRecord {
  readonly keyId: string;
  readonly region: string;
  readonly alias: string;
  readonly description: string;
  readonly state: KeyState;
  readonly createTime: number;
  /** 0 for a key that stays. */
  readonly deletionDate: number;
  /** 32 bytes as base64. */
  readonly material: string;
}

export interface KeyStore {
  /** A region's keys in the order of their creation, without those whose deletion date has passed. */
  list(region: string): readonly KeyRecord[];
  find(region: string, keyId: string): KeyRecord | undefined;
  /** The id of the key, of any region and even if it is deleted, whose blobs carry this tag. */
  findIdByTag(keyTag: string): string | undefined;
  cipherOf(key: KeyRecord): BlobCipher;
  create(key: Pick<KeyRecord, "region" | "alias" | "description">): KeyRecord;
  /** Replaces a key's state. */
  change(key: KeyRecord, to: Pick<KeyRecord, "state"> & Partial<Pick<KeyRecord, "deletionDate">>): KeyRecord;
}

export interface KeyStoreOptions {
  readonly saved: readonly KeyRecord[];
  /** Called with all keys before a change counts. */
  readonly save: (keys: readonly KeyRecord[]) => void;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export function createKeyStore({ saved, save, clock }: KeyStoreOptions): KeyStore {
  let keys = saved;
  const ciphers = new Map<string, BlobCipher>();
  const nowSeconds = (): number => Math.floor(clock() / 1000);
  const isThere = (key: KeyRecord): boolean =>
    key.state !== "PendingDelete" || key.deletionDate > nowSeconds();
  const commit = (next: readonly KeyRecord[]): void => {
    save(next);
    keys = next;
  };
  const cipherOf = (key: KeyRecord): BlobCipher => {
    const cipher = ciphers.get(key.keyId) ?? createBlobCipher(fromMaterial(key.material));
    ciphers.set(key.keyId, cipher);
    return cipher;
  };
  return {
    list: (region) => keys.filter((key) => key.region === region && isThere(key)),
    find: (region, keyId) => keys.find((key) => key.keyId === keyId && key.region === region && isThere(key)),
    findIdByTag: (keyTag) => keys.find((key) => cipherOf(key).keyTag === keyTag)?.keyId,
    cipherOf,
    create(details) {
      const material = toBase64(randomBytes(32));
      const times = { createTime: nowSeconds(), deletionDate: 0 };
      const key: KeyRecord = {
        keyId: randomUUID(),
        ...details,
        state: "Enabled",
        ...times,
        material,
      };
      commit([...keys, key]);
      return key;
    },
    change(key, { state, deletionDate = 0 }) {
      const next: KeyRecord = { ...key, state, deletionDate };
      commit(keys.map((other) => (other.keyId === key.keyId ? next : other)));
      return next;
    },
  };
}
