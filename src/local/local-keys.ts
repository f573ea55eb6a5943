import { quoted, UsageError } from "../errors/index.ts";
import type { KmsProvider } from "../kms/index.ts";
import { lazyProvider } from "../kms/lazy-provider.ts";

import type { Environment } from "./key-file.ts";

export interface LocalKeysOptions {
  /** The folder of the key files. @defaultValue `$SEALCONF_KEYS_DIR`, else the user's config folder */
  readonly folder?: string | undefined;
  /** Where `SEALCONF_KEYS_DIR` and `SEALCONF_LOCAL_KEY_…` are looked up. @defaultValue `process.env` */
  readonly env?: Environment | undefined;
}

/**
 * Make the provider of `local/<name>` keys: 32 bytes in a file or a variable, no network, no account.
 *
 * It does what a key service does, offline: whoever can seal with a local key can open with it.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for an option that is unknown
 * @remarks Source: sealed format v1, section 6
 * @example
 * ```ts
 * const config = await loadConfig({ files: ["app.yaml"], providers: [localKeys({ folder: "/run/keys" })] });
 * ```
 */
export function localKeys(options: LocalKeysOptions = {}): KmsProvider {
  for (const name of Object.keys(options)) {
    if (name !== "folder" && name !== "env") {
      throw new UsageError("ERR_OPTION_INVALID", `localKeys has no option ${quoted(name)}`);
    }
  }
  return lazyProvider("local", async () => {
    const { localKeysWithSalts } = await import("./local-provider.ts");
    return localKeysWithSalts(options);
  });
}
