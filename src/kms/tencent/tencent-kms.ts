import { lazyProvider } from "../lazy-provider.ts";
import type { KmsProvider } from "../provider.ts";

import { readOptions, type TencentKmsOptions } from "./options.ts";

/**
 * Make the provider of `tencent/<region>/<key id>` keys: Tencent Cloud KMS, by its official SDK.
 *
 * Nothing happens before the first call: no file is read, no credentials are looked for, the SDK is not loaded.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for an option that is unknown or cannot be used; KmsError
 * `ERR_CREDENTIALS_MISSING` when the option `credentials` lacks a part
 * @remarks Source: Tencent Cloud KMS API 2019-01-18, "Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt"
 * @example
 * ```ts
 * const config = await loadConfig({ files: ["app.yaml"], providers: [tencentKms({ timeoutMs: 5_000 })] });
 * ```
 */
export function tencentKms(options: TencentKmsOptions = {}): KmsProvider {
  const settings = readOptions(options);
  const made = async (): Promise<KmsProvider> => {
    const { createTencentProvider } = await import("./tencent-provider.ts");
    return createTencentProvider(settings);
  };
  return lazyProvider("tencent", made, { reEncrypts: true });
}
