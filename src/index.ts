// What an application imports. Everything heavy is imported when it is first called: start-up is the product.
import type { JsonValue } from "./bytes/index.ts";
import type { Config } from "./config/load.ts";
import type { LoadOptions } from "./config/options.ts";
import type { StandardSchema } from "./config/standard-schema.ts";
import type { OpenOptions, PlacedValue, SealOptions } from "./config/values.ts";

export type { JsonValue } from "./bytes/index.ts";
export {
  type ConfigDescription,
  describeConfig,
  type SealedDescription,
  secretPaths,
  type ValueDescription,
} from "./config/describe.ts";
export type { Config } from "./config/load.ts";
export type { Environment, LoadLimits, LoadOptions, VariablesOptions } from "./config/options.ts";
export { Secret, toSecret } from "./config/secret.ts";
export type { OutputOf, StandardIssue, StandardResult, StandardSchema } from "./config/standard-schema.ts";
export type { OpenOptions, PlacedValue, SealOptions } from "./config/values.ts";
export {
  type AnySealconfError,
  type ErrorCode,
  KmsError,
  LoadError,
  OpenError,
  type ProblemError,
  SchemaError,
  type SchemaIssue,
  SealconfError,
  type Source,
  SourceError,
  TokenError,
  UsageError,
} from "./errors/index.ts";
export type * from "./kms/provider.ts";
export type { TencentCredentials } from "./kms/tencent/credential-source.ts";
export type { TencentKmsClient, TencentKmsOptions } from "./kms/tencent/options.ts";
export { tencentKms } from "./kms/tencent/tencent-kms.ts";
export { localKeys, type LocalKeysOptions } from "./local/local-keys.ts";
export type { FileInput, FileOnDisk, FileText } from "./source/index.ts";

/**
 * Load config files, open the values that are sealed in them, validate the whole and return it deep-frozen.
 *
 * Files are read in order and later ones win: objects merge, arrays and scalars replace, and a sealed value that a later
 * file replaces is not opened. Values that were sealed in one run cost one call to the key service together.
 *
 * @returns the schema's output, or plain data
 * @throws LoadError `ERR_LOAD_FAILED`: every problem of every file, in file order, with its line and column; nothing is
 * loaded in part
 * @throws UsageError `ERR_OPTION_INVALID` for an option that cannot be
 * @throws the signal's reason when `signal` aborts
 * @example
 * ```ts
 * const config = await loadConfig({
 *   files: ["config/default.yaml", "config/production.yaml"],
 *   schema: z.object({ db: z.object({ host: z.string(), password: z.string() }) }),
 * });
 * ```
 */
export async function loadConfig<const Schema extends StandardSchema | undefined = undefined>(
  options: LoadOptions<Schema>,
): Promise<Config<Schema>> {
  return await (await import("./config/engine.ts")).loadConfig(options);
}

/**
 * Seal one value for one place. Needs the right to encrypt, never the right to decrypt.
 *
 * @returns the token's text, to stand in a config file at that place
 * @throws UsageError, TokenError, KmsError
 * @example
 * ```ts
 * const token = await sealValue(
 *   { value: "hunter2", path: "db.password" },
 *   { keys: ["local/dev"], context: { app: "billing-api", env: "production" } },
 * );
 * ```
 */
export async function sealValue(value: PlacedValue, options: SealOptions): Promise<string> {
  return await (await import("./config/engine.ts")).sealValue(value, options);
}

/**
 * Seal several values in one run: they share a data key, and so cost one call to the key service when they are loaded.
 *
 * @returns the tokens' texts, in the values' order
 * @throws UsageError, TokenError, KmsError
 */
export async function sealValues(values: readonly PlacedValue[], options: SealOptions): Promise<string[]> {
  return await (await import("./config/engine.ts")).sealValues(values, options);
}

/**
 * Open one token.
 *
 * @returns a string, or the JSON value of a `+json` token
 * @throws UsageError, TokenError, OpenError, KmsError
 * @example
 * ```ts
 * const password = await openValue(token, { keys: ["local/dev"], path: "db.password" });
 * ```
 */
export async function openValue(token: string, options: OpenOptions): Promise<JsonValue> {
  return await (await import("./config/engine.ts")).openValue(token, options);
}
