import type { JsonValue } from "../bytes/index.ts";
import { jsonText } from "./json-text.ts";
import { lineBreakOf } from "./lines.ts";
import type { ScalarPlace } from "./place.ts";

/** Those that leave most as it is come first. */
const QUOTES: readonly string[] = ["'", "`", '"'];

/** What neither dotenv nor a shell that sources the file looks at twice. */
const SAFE = /^[\w./:@%+,=-]+$/;

/** Writes a value for its place in a dotenv file; undefined where dotenv has no way to write it. */
export function renderDotenv(
  { document: { text }, node }: ScalarPlace,
  value: JsonValue,
): string | undefined {
  const quote = node.start < node.end ? text[node.start] : undefined;
  return renderDotenvValue(value, quote, lineBreakOf(text));
}

/** Writes a value in the given quotes, or, without any, plain if it can be, and otherwise as dotenv can read it. */
export function renderDotenvValue(
  value: JsonValue,
  quote: string | undefined,
  lineBreak: string,
): string | undefined {
  const string = typeof value === "string" ? value : jsonText(value);
  const isQuoted = quote !== undefined && QUOTES.includes(quote);
  if (!isQuoted && SAFE.test(string)) return string;
  const found = (isQuoted ? [quote, ...QUOTES] : QUOTES).find((candidate) => canStandIn(candidate, string));
  if (found !== undefined) {
    const inside = string.replaceAll("\r", "\\r").replaceAll("\n", lineBreak);
    return found + inside + found;
  }
  return canStandAlone(string) ? string : undefined;
}

function canStandIn(quote: string, value: string): boolean {
  // dotenv may take a quote after a backslash for a part of the value.
  if (value.includes(quote) || value.endsWith("\\")) return false;
  // It unfolds \n and \r in double quotes, and has no way to write these two characters as they are.
  return quote === '"' ? !/\\[nr]/.test(value) : !value.includes("\r");
}

function canStandAlone(value: string): boolean {
  return /^[^'"`\s]/.test(value) && !/[#\r\n\u2028\u2029]|\s$/.test(value);
}
