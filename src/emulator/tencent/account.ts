import type { EmulatorSettings } from "../options.ts";
import type { StateFile } from "../state-file.ts";
import { ACTIONS } from "./actions.ts";
import { createCredentialStore, generateCredential } from "./credentials.ts";
import type { CredentialStore } from "./credentials.ts";
import { createKeyStore } from "./key-store.ts";
import type { KeyRecord, KeyStore } from "./key-store.ts";
import { parseTencentState } from "./saved-state.ts";
import type { TencentState } from "./saved-state.ts";

/** The account that the emulator plays: who may call it and the keys it has. */
export interface TencentAccount {
  readonly credentials: CredentialStore;
  readonly keys: KeyStore;
}

/** Takes the account from the state file, or makes one, and gives every region its first keys. */
export function openTencentAccount(settings: EmulatorSettings, file: StateFile | undefined): TencentAccount {
  const saved = readSaved(file);
  const { credential, keys: savedKeys } = saved ?? { credential: generateCredential(), keys: [] };
  const [first = credential, ...others] = settings.credentials ?? [];
  const credentials = createCredentialStore([first, ...others], Object.keys(ACTIONS));
  const save = (keys: readonly KeyRecord[]): void => file?.write("tencent", { credential, keys });
  // A new credential must be on the disk even if no key is made.
  if (saved === undefined) save(savedKeys);
  const keys = createKeyStore({ saved: savedKeys, save, clock: settings.clock });
  for (const region of settings.regions) createFirstKeys(keys, region, settings.keysPerRegion);
  return { credentials, keys };
}

function readSaved(file: StateFile | undefined): TencentState | undefined {
  const value = file?.read("tencent");
  if (file === undefined || value === undefined) return undefined;
  const saved = parseTencentState(value);
  if (saved === undefined) throw file.damaged('its "tencent" is not what an emulator writes');
  return saved;
}

function createFirstKeys(keys: KeyStore, region: string, count: number): void {
  if (keys.list(region).length > 0) return;
  for (let number = 1; number <= count; number += 1) {
    keys.create({ region, alias: `emulator-${number}`, description: "" });
  }
}
