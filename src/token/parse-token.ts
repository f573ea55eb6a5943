import { fromBase64url } from "../bytes/index.ts";
import { TokenError, type Source, type TokenCode } from "../errors/index.ts";

import { parseKeyReference } from "./key-reference.ts";
import type { FileToken, Recipient, Token } from "./token.ts";

export const MAX_TOKEN_CHARACTERS: number = 64 * 1024;
export const MAX_RECIPIENTS = 8;

const PLACE = /^[A-Za-z0-9_-]{8}$/;
const WRAPPED = /^[A-Za-z0-9+/=_-]{1,12288}$/;
const SUFFIXES = /^(\+json)?(\+nopath)?$/;
const FILE_SUFFIXES: ReadonlyMap<string, FileToken["as"]> = new Map([
  ["", "text"],
  ["+bytes", "bytes"],
  ["+json", "json"],
]);
const FILE_SEGMENT = /^[A-Za-z0-9_.-]+$/;
const MAX_FILE_PATH_BYTES = 1_024;
// age wraps data keys alone; a raw value under a key that everybody here holds is bound to nothing at all.
const NO_DIRECT: ReadonlySet<string> = new Set(["age"]);
const NO_RAW: ReadonlySet<string> = new Set(["local", "age"]);

/**
 * Tells whether a string must be a token: what looks like one and is not wholly one is an error, never a literal.
 * White space before it and upper case change nothing, since people paste.
 */
export function looksSealed(text: string): boolean {
  if (text.startsWith("sealed:")) return true;
  return text.includes(":") && (/^\s*sealed:/i.test(text) || /sealed:v1:/i.test(text));
}

/** Recipients that were parsed already: the values of one run share theirs. */
export type KnownRecipients = Map<string, readonly Recipient[]>;

export interface ParseTokenOptions {
  /** Where it stands, asked for when it is wrong. */
  readonly source?: (() => Source) | undefined;
  readonly known?: KnownRecipients | undefined;
}

/**
 * Parses a token.
 *
 * @throws TokenError `ERR_TOKEN_MALFORMED`, `ERR_TOKEN_VERSION` or `ERR_PROVIDER_UNKNOWN`; the message names the field
 * that is wrong, never its value. Source: sealed format v1, section 1
 */
export function parseToken(text: string, { source, known }: ParseTokenOptions = {}): Token {
  return located(source, () => parse(text, known));
}

/** Parses `keyref=wrapped`, as it stands in a token and in a blob's header. */
export function parseRecipient(text: string, source?: Source): Recipient {
  return located(source && (() => source), () => readRecipient(text));
}

/** Tells whether a text can stand behind a recipient's `=`. */
export function isWrapped(text: string): boolean {
  return WRAPPED.test(text);
}

function located<Result>(source: (() => Source) | undefined, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new TokenError(error.code, error.message, { source: source?.(), hint: error.hint });
  }
}

class Malformed extends Error {
  readonly code: TokenCode;
  readonly hint: string | undefined;

  constructor(what: string, code: TokenCode = "ERR_TOKEN_MALFORMED", hint?: string) {
    super(what);
    this.code = code;
    this.hint = hint ?? "seal the value again; a value that must begin like this is sealed itself";
  }
}

function parse(text: string, known?: KnownRecipients): Token {
  if (text.length > MAX_TOKEN_CHARACTERS) throw new Malformed("the sealed value is longer than 64 KiB");
  const trimmed = text.trim();
  if (trimmed.length < text.length && trimmed.startsWith("sealed:")) {
    throw new Malformed(
      "white space stands before or behind the sealed value",
      "ERR_TOKEN_MALFORMED",
      "write it on its key's line with nothing around it, or below the key with >-",
    );
  }
  const fields = text.split(":");
  const [label, version, kindAndSuffixes = ""] = fields;
  if (label !== "sealed") throw new Malformed('the sealed value does not begin with "sealed:"');
  if (version !== "v1") {
    throw new Malformed(
      "the sealed value's version is not v1",
      "ERR_TOKEN_VERSION",
      "it may come from a newer sealconf: update this one",
    );
  }
  const plus = kindAndSuffixes.indexOf("+");
  const kind = plus === -1 ? kindAndSuffixes : kindAndSuffixes.slice(0, plus);
  const suffixes = plus === -1 ? "" : kindAndSuffixes.slice(plus);
  switch (kind) {
    case "direct":
    case "envelope":
      return parsePlaced(kind, suffixes, text, fields, known);
    case "raw":
      requireFields(fields, 4);
      if (suffixes !== "") throw new Malformed("the sealed value's suffix is unknown");
      return { kind, text, recipients: [onlyOf(readRecipient(fields[3] ?? ""), NO_RAW)] };
    case "file":
      requireFields(fields, 4);
      return { kind, text, as: fileSuffix(suffixes), path: checkFilePath(fields[3] ?? "") };
    default:
      throw new Malformed("the sealed value's kind is unknown");
  }
}

function parsePlaced(
  kind: "direct" | "envelope",
  suffixes: string,
  text: string,
  fields: readonly string[],
  known: KnownRecipients = new Map(),
): Token {
  requireFields(fields, kind === "direct" ? 5 : 6);
  const [, , , place = "", recipientsText = "", payloadText = ""] = fields;
  const found = SUFFIXES.exec(suffixes);
  if (found === null) throw new Malformed("the sealed value's suffix is unknown");
  if (!PLACE.test(place)) throw new Malformed("the sealed value's place is not 8 characters of base64url");
  const [, json, nopath] = found;
  const placed = {
    text,
    as: json === undefined ? "text" : "json",
    bindsPath: nopath === undefined,
    place,
  } as const;
  if (kind === "direct") {
    const header = text.slice(0, text.length - recipientsText.length - 1);
    return { kind, ...placed, header, recipients: [onlyOf(readRecipient(recipientsText), NO_DIRECT)] };
  }
  const payload = fromBase64url(payloadText);
  if (payload === undefined || payload.length === 0) {
    throw new Malformed("the sealed value's payload is not canonical base64url");
  }
  const header = text.slice(0, text.length - payloadText.length - 1);
  const recipients = known.get(recipientsText) ?? readRecipients(recipientsText);
  known.set(recipientsText, recipients);
  return { kind, ...placed, header, recipients, recipientsText, payload };
}

function readRecipients(text: string): Recipient[] {
  const recipients = text.split(",").map(readRecipient);
  if (recipients.length > MAX_RECIPIENTS) throw new Malformed("the sealed value has more than 8 recipients");
  if (new Set(recipients.map(({ key }) => key.text)).size !== recipients.length) {
    throw new Malformed("the sealed value names a recipient twice");
  }
  return recipients;
}

function readRecipient(text: string): Recipient {
  const equals = text.indexOf("=");
  if (equals === -1) throw new Malformed("the sealed value's recipient has no key reference and wrapped key");
  const key = parseKeyReference(text.slice(0, equals));
  if (key === "provider unknown") {
    throw new Malformed(
      "the sealed value's recipient names an unknown provider",
      "ERR_PROVIDER_UNKNOWN",
      "it may come from a newer sealconf: update this one",
    );
  }
  if (key === "malformed") throw new Malformed("the sealed value's recipient is not a key reference");
  const wrapped = text.slice(equals + 1);
  if (!isWrapped(wrapped))
    throw new Malformed("the sealed value's wrapped key is not 1 to 12,288 characters of base64");
  return { key, wrapped };
}

function onlyOf(recipient: Recipient, refused: ReadonlySet<string>): Recipient {
  if (refused.has(recipient.key.provider))
    throw new Malformed("the sealed value's kind does not go with its provider");
  return recipient;
}

function fileSuffix(suffixes: string): FileToken["as"] {
  const as = FILE_SUFFIXES.get(suffixes);
  if (as === undefined) throw new Malformed("the sealed value's suffix is unknown");
  return as;
}

function checkFilePath(path: string): string {
  const segments = path.split("/");
  const plain = segments.every(
    (segment) => FILE_SEGMENT.test(segment) && segment !== "." && segment !== "..",
  );
  if (!plain || path.length > MAX_FILE_PATH_BYTES || !path.endsWith(".sealed")) {
    throw new Malformed("the sealed value's file path is not a plain relative path that ends in .sealed");
  }
  return path;
}

function requireFields(fields: readonly string[], count: number): void {
  if (fields.length !== count)
    throw new Malformed("the sealed value's fields are not as many as its kind has");
}
