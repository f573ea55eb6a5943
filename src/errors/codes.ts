/** The codes of each error class: a closed set, so that a `switch` over `error.code` narrows. */
export type UsageCode = "ERR_OPTION_INVALID" | "ERR_COMMAND_UNKNOWN";

export type SourceCode =
  | "ERR_FILE_UNREADABLE"
  | "ERR_FILE_CHANGED"
  | "ERR_WRITE_FAILED"
  | "ERR_FORMAT_UNKNOWN"
  | "ERR_FORMAT_SYNTAX"
  | "ERR_LIMIT_EXCEEDED"
  | "ERR_POLICY_INVALID"
  | "ERR_NO_RULE";

export type TokenCode =
  | "ERR_TOKEN_MALFORMED"
  | "ERR_TOKEN_VERSION"
  | "ERR_PROVIDER_UNKNOWN"
  | "ERR_KEY_NOT_ALLOWED"
  | "ERR_PLACE_MISMATCH"
  | "ERR_RAW_REFUSED"
  | "ERR_PLAINTEXT_SECRET";

export type OpenCode = "ERR_OPEN_FAILED";

export type KmsCode =
  | "ERR_KMS_DENIED"
  | "ERR_KMS_KEY_UNUSABLE"
  | "ERR_KMS_THROTTLED"
  | "ERR_KMS_UNREACHABLE"
  | "ERR_KMS_RESPONSE"
  | "ERR_CREDENTIALS_MISSING"
  | "ERR_CLOCK_SKEW"
  | "ERR_DEADLINE";

export type SchemaCode = "ERR_SCHEMA_INVALID";

export type LoadCode = "ERR_LOAD_FAILED";

export type ErrorCode = UsageCode | SourceCode | TokenCode | OpenCode | KmsCode | SchemaCode | LoadCode;
