import type { LocalKeysOptions } from "../../src/local/index.ts";

/** Two key references that the options below hold the keys of. */
export const LOCAL_KEYS: readonly [string, string] = ["local/one", "local/two"];

/** Local keys that stand in variables, so that no file is read. */
export const LOCAL_KEY_OPTIONS: LocalKeysOptions = {
  folder: "/nonexistent",
  env: { SEALCONF_LOCAL_KEY_ONE: keyText(1), SEALCONF_LOCAL_KEY_TWO: keyText(2) },
};

function keyText(byte: number): string {
  return `sealconf-local-key-v1:${Buffer.alloc(32, byte).toString("base64url")}`;
}
