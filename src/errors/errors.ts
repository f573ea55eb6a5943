import type {
  ErrorCode,
  KmsCode,
  LoadCode,
  OpenCode,
  SchemaCode,
  SourceCode,
  TokenCode,
  UsageCode,
} from "./codes.ts";
import { formatSource, printable, type Source } from "./source.ts";

export interface ErrorDetails {
  /** Where it is wrong; put in front of the message. */
  readonly source?: Source | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** Only errors whose message, stack and fields are known to hold no secret: never a parser's or an SDK's. */
  readonly cause?: Error | undefined;
}

/**
 * Every error that this package throws on purpose, apart from `TypeError`s for a programmer's mistake.
 *
 * No field of it ever holds plaintext, key bytes, ciphertext, credentials or a line of the source text.
 */
export abstract class SealconfError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  // Declared: what is not known is not there, also when the error is printed.
  declare readonly source?: Source;
  declare readonly hint?: string;

  constructor(code: Code, what: string, details: ErrorDetails = {}) {
    const { source, hint, cause } = details;
    super(
      source === undefined ? what : `${formatSource(source)}: ${what}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    if (source !== undefined) this.source = source;
    if (hint !== undefined) this.hint = printable(hint);
  }
}

/** The caller asked for something that cannot be: an option, an argument, a command. */
export class UsageError extends SealconfError<UsageCode> {
  override readonly name = "UsageError";
}

/** A file cannot be read, written or understood, or its policy says nothing about it. */
export class SourceError extends SealconfError<SourceCode> {
  override readonly name = "SourceError";
}

/** A sealed value may not stand where it stands; found without any key. */
export class TokenError extends SealconfError<TokenCode> {
  override readonly name = "TokenError";
}

/** A sealed value does not open here. One code, one message and one hint, whatever the reason. */
export class OpenError extends SealconfError<OpenCode> {
  override readonly name = "OpenError";

  constructor(details: Pick<ErrorDetails, "source"> = {}) {
    super("ERR_OPEN_FAILED", "the sealed value does not open here", {
      ...details,
      hint: "it was changed, moved or sealed for another place, or its key is another one: seal it again for this place",
    });
  }
}

export interface KmsErrorDetails extends ErrorDetails {
  /** `tencent`, `local`. */
  readonly provider: string;
  /** The service's id of the failed request, for a support ticket. */
  readonly requestId?: string | undefined;
  /** Whether the same call may succeed a moment later. */
  readonly retryable?: boolean | undefined;
}

/** A key service refused, failed or did not answer. */
export class KmsError extends SealconfError<KmsCode> {
  override readonly name = "KmsError";
  readonly provider: string;
  declare readonly requestId?: string;
  readonly retryable: boolean;

  constructor(code: KmsCode, what: string, details: KmsErrorDetails) {
    super(code, what, details);
    this.provider = details.provider;
    this.retryable = details.retryable ?? false;
    if (details.requestId !== undefined) this.requestId = details.requestId;
  }
}

export interface SchemaIssue {
  /** The path in the config, `db.port`; empty for the whole. */
  readonly path: string;
  /** What the schema expects there; never the value. */
  readonly message: string;
}

/** The loaded config is not what the schema expects. */
export class SchemaError extends SealconfError<SchemaCode> {
  override readonly name = "SchemaError";
  readonly issues: readonly SchemaIssue[];

  constructor(what: string, issues: readonly SchemaIssue[], details: ErrorDetails = {}) {
    super("ERR_SCHEMA_INVALID", what, details);
    this.issues = issues;
  }
}

// Enough to see what kind of thing is wrong; all of them are in `errors`.
const SHOWN_ERRORS = 50;

/** The load failed; `errors` holds every problem of every file, in file order. */
export class LoadError extends SealconfError<LoadCode> {
  override readonly name = "LoadError";
  readonly errors: readonly ProblemError[];

  constructor(errors: readonly ProblemError[]) {
    const count = errors.length === 1 ? "1 problem" : `${errors.length} problems`;
    const shown = errors
      .slice(0, SHOWN_ERRORS)
      .map((error) => `\n  ${error.message}${error.hint === undefined ? "" : `\n    ${error.hint}`}`);
    const rest = errors.length > SHOWN_ERRORS ? `\n  and ${errors.length - SHOWN_ERRORS} more` : "";
    super("ERR_LOAD_FAILED", `the config cannot be loaded: ${count}${shown.join("")}${rest}`);
    this.errors = errors;
  }
}

/** What a `LoadError` collects. */
export type ProblemError = UsageError | SourceError | TokenError | OpenError | KmsError | SchemaError;

/** Every error of this package; `switch (error.name)` or `switch (error.code)` narrows it. */
export type AnySealconfError = ProblemError | LoadError;
