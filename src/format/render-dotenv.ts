import type { JsonValue } from "../bytes/index.ts";
import { jsonText } from "./json-text.ts";
import { lineBreakOf } from "./line-break.ts";
import type { ScalarPlace } from "./scalar-place.ts";

/** What neither dotenv nor a shell that sources the file looks at twice. */
const SAFE = /^[\w./:@%+,=-]+$/;

/** Writes a value for a dotenv file; undefined where dotenv has no way to write it. */
export function renderDotenv({ document, node }: ScalarPlace, value: JsonValue): string | undefined {
  const { text } = document;
  const string = typeof value === "string" ? value : jsonText(value);
  const written = text[node.start] ?? "";
  const quotes = ["'", "`", '"'];
  if (node.start < node.end && quotes.includes(written)) quotes.unshift(written);
  else if (SAFE.test(string)) return string;
  const quote = quotes.find((candidate) => canStandIn(candidate, string));
  if (quote !== undefined) {
    const inside = string.replaceAll("\r", "\\r").replaceAll("\n", lineBreakOf(text));
    return quote + inside + quote;
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
