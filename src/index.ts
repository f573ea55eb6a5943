export type { JsonValue } from "./bytes/index.ts";
export {
  type ConfigDescription,
  describeConfig,
  type SealedDescription,
  secretPaths,
  type ValueDescription,
} from "./config/describe.ts";
export { type Config, loadConfig } from "./config/load.ts";
export type { Environment, LoadLimits, LoadOptions, VariablesOptions } from "./config/options.ts";
export { Secret, toSecret } from "./config/secret.ts";
export type { OutputOf, StandardIssue, StandardResult, StandardSchema } from "./config/standard-schema.ts";
export {
  type OpenOptions,
  openValue,
  type PlacedValue,
  type SealOptions,
  sealValue,
  sealValues,
} from "./config/values.ts";
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
export { tencentKms, type TencentKmsOptions } from "./kms/tencent/index.ts";
export { localKeys, type LocalKeysOptions } from "./local/index.ts";
export type { FileInput, FileOnDisk, FileText } from "./source/index.ts";
