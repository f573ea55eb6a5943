export { createLocalKey, type Environment, keysFolder } from "./key-file.ts";
export { localKeys, type LocalKeysOptions, localKeysWithSalts } from "./local-keys.ts";
