export { createLocalKey, keysFolder } from "./key-file.ts";
export { localKeys, type LocalKeysOptions } from "./local-keys.ts";
export { localKeysWithSalts } from "./local-provider.ts";
