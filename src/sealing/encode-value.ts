import { fromUtf8, JsonProblem, type JsonValue, parseJsonValue, toUtf8 } from "../bytes/index.ts";
import { OpenError, UsageError } from "../errors/index.ts";

/** Larger values are files of their own. Source: sealed format v1, section 1 */
export const MAX_ENVELOPE_VALUE_BYTES = 16_383;
/** 4,096 less the digest. */
export const MAX_DIRECT_VALUE_BYTES = 4_064;

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const MAX_DEPTH = 64;

/**
 * Writes a value as the bytes that are sealed: a string as it is, or any JSON value as JSON text.
 *
 * @throws UsageError `ERR_OPTION_INVALID` when it could not be read back as it is
 */
export function encodeValue(value: JsonValue, as: "text" | "json", maxBytes: number): Uint8Array {
  const problem = as === "json" ? jsonProblem(value, 0) : textProblem(value);
  if (problem !== undefined)
    throw new UsageError("ERR_OPTION_INVALID", `the value cannot be sealed: ${problem}`);
  const bytes = toUtf8(typeof value === "string" && as === "text" ? value : jsonText(value));
  if (bytes.length > maxBytes) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      `the value cannot be sealed: it has ${bytes.length} bytes, and at most ${maxBytes} fit`,
      {
        hint:
          maxBytes === MAX_DIRECT_VALUE_BYTES ? "seal it without --direct" : "seal it as a file of its own",
      },
    );
  }
  return bytes;
}

/**
 * Reads opened bytes as what the token says they are.
 *
 * @throws OpenError when they are not
 */
export function decodeValue(bytes: Uint8Array, as: "text" | "json"): JsonValue {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new OpenError();
  if (as === "text") return text;
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (error instanceof JsonProblem) throw new OpenError();
    throw error;
  }
}

function textProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "it is not a string";
  return value.isWellFormed() ? undefined : "it holds half of a surrogate pair";
}

function jsonProblem(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "string") return textProblem(value);
  if (typeof value === "number") {
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return exact ? undefined : "a number in it is not finite, or an integer beyond 2^53";
  }
  if (typeof value !== "object") return `a ${typeof value} is not JSON`;
  if (depth === MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH}`;
  if (Array.isArray(value)) return first(value, (item) => jsonProblem(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return "an object in it is not plain";
  return first(Object.entries(value), ([name, member]) => {
    if (FORBIDDEN_NAMES.has(name)) return `the name ${name} is refused everywhere`;
    return textProblem(name) ?? jsonProblem(member, depth + 1);
  });
}

/** Unlike `JSON.stringify`, it keeps the sign of negative zero. */
function jsonText(value: JsonValue): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`,
  );
  return `{${members.join(",")}}`;
}

function first<Item>(
  items: readonly Item[],
  problemOf: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
