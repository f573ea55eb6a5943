import type { KeyObject } from "node:crypto";
import { randomBytes } from "node:crypto";

import { fromBase64url, toBase64url, toUtf8 } from "../bytes/index.ts";
import {
  DATA_KEY_BYTES,
  openPayload,
  SALT_BYTES,
  sealPayloadWithSalt,
  takeDataKey,
} from "../crypto/payload.ts";
import { OpenError } from "../errors/index.ts";
import type { KmsKey, KmsProvider } from "../kms/index.ts";
import { contextBytesOfJson } from "../token/index.ts";

import { keysFolder, readLocalKey } from "./key-file.ts";
import type { LocalKeysOptions } from "./local-keys.ts";

const MAX_PLAINTEXT_BYTES = 4_096;

/** Makes the provider itself; the salts are a seam for known-answer tests. */
export function localKeysWithSalts(
  options: LocalKeysOptions,
  nextSalt: () => Uint8Array = () => randomBytes(SALT_BYTES),
): KmsProvider {
  const env = options.env ?? process.env;
  const folder = options.folder ?? keysFolder(env);
  const keys = new Map<string, Promise<KeyObject>>();

  function keyOf(name: string): Promise<KeyObject> {
    const known = keys.get(name);
    if (known !== undefined) return known;
    const reading = readLocalKey(name, env, folder).then(takeDataKey);
    keys.set(name, reading);
    // A key that was missing may be there at the next call.
    reading.catch(() => keys.delete(name));
    return reading;
  }

  async function wrap(key: KmsKey, plaintext: Uint8Array, encryptionContext: string): Promise<string> {
    const context = wrapContext(key, encryptionContext);
    return toBase64url(sealPayloadWithSalt(await keyOf(key.id), context, plaintext, nextSalt()));
  }

  return {
    name: "local",
    async encrypt({ key, plaintext, encryptionContext }, { signal } = {}) {
      signal?.throwIfAborted();
      if (plaintext.length > MAX_PLAINTEXT_BYTES) throw new RangeError("a key encrypts at most 4,096 bytes");
      return { keyId: key.id, wrapped: await wrap(key, plaintext, encryptionContext) };
    },
    async decrypt({ key, wrapped, encryptionContext }, { signal } = {}) {
      signal?.throwIfAborted();
      const keyObject = await keyOf(key.id);
      const payload = fromBase64url(wrapped);
      if (payload === undefined) throw new OpenError();
      return {
        keyId: key.id,
        plaintext: openPayload(keyObject, wrapContext(key, encryptionContext), payload),
      };
    },
    async generateDataKey({ key, encryptionContext }, { signal } = {}) {
      signal?.throwIfAborted();
      const plaintext = randomBytes(DATA_KEY_BYTES);
      return { keyId: key.id, plaintext, wrapped: await wrap(key, plaintext, encryptionContext) };
    },
  };
}

function wrapContext(key: KmsKey, encryptionContext: string): Uint8Array {
  // The context's text is canonical JSON already, so its digest is that of the names.
  return contextBytesOfJson(
    "sealconf/v1/wrap",
    toUtf8(key.text),
    encryptionContext === "" ? "{}" : encryptionContext,
  );
}
