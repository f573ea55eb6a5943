import type { KeyObject } from "node:crypto";
import { randomBytes } from "node:crypto";

import { fromBase64url, toBase64url, toUtf8 } from "../bytes/index.ts";
import {
  DATA_KEY_BYTES,
  openPayload,
  SALT_BYTES,
  sealPayloadWithSalt,
  takeDataKey,
} from "../crypto/index.ts";
import { OpenError, quoted, UsageError } from "../errors/index.ts";
import type { KmsKey, KmsProvider } from "../kms/index.ts";
import { contextBytesOf } from "../token/index.ts";

import { type Environment, keysFolder, readLocalKey } from "./key-file.ts";

export interface LocalKeysOptions {
  /** The folder of the key files. @defaultValue `$SEALCONF_KEYS_DIR`, else the user's config folder */
  readonly folder?: string | undefined;
  /** Where `SEALCONF_KEYS_DIR` and `SEALCONF_LOCAL_KEY_…` are looked up. @defaultValue `process.env` */
  readonly env?: Environment | undefined;
}

const MAX_PLAINTEXT_BYTES = 4_096;

/**
 * Make the provider of `local/<name>` keys: 32 bytes in a file or a variable, no network, no account.
 *
 * It does what a key service does, offline: whoever can seal with a local key can open with it.
 *
 * @remarks Source: sealed format v1, section 6
 * @example
 * ```ts
 * const config = await loadConfig({ files: ["app.yaml"], providers: [localKeys({ folder: "/run/keys" })] });
 * ```
 */
export function localKeys(options: LocalKeysOptions = {}): KmsProvider {
  return localKeysWithSalts(options, () => randomBytes(SALT_BYTES));
}

/** The seam for known-answer tests. */
export function localKeysWithSalts(options: LocalKeysOptions, nextSalt: () => Uint8Array): KmsProvider {
  for (const name of Object.keys(options)) {
    if (name !== "folder" && name !== "env") {
      throw new UsageError("ERR_OPTION_INVALID", `localKeys has no option ${quoted(name)}`);
    }
  }
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
  return contextBytesOf(
    "sealconf/v1/wrap",
    toUtf8(key.text),
    encryptionContext === "" ? "{}" : encryptionContext,
  );
}
