import type { JsonValue } from "../bytes/index.ts";
import { jsonText } from "./json-text.ts";
import { lineBreakOf } from "./lines.ts";
import type { ScalarPlace } from "./place.ts";
import { renderYamlLiteral } from "./render-yaml-literal.ts";

/** Without line breaks, tabs and what is not printable. */
const PRINTABLE_LINE =
  /^[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** No indicator and no space to begin with; no end of a key, start of a comment or space at the end anywhere. */
const PLAIN = /^(?![\s\-?:,[\]{}#&*!|>'"%@`<=])(?!\.\.\.)(?:(?!: | #).)*[^:\s]$/su;

/** What YAML 1.1 or 1.2 reads as something else than a string. */
const TYPED =
  /^(?:~|null|true|false|y|yes|n|no|on|off|[-+]?\.(?:inf|nan)|[-+]?\.?[0-9][0-9a-foxtz_,.:+ -]*)$/i;

const HEADER_COMMENT = /^[|>][-+0-9]*([ \t]+#[^\r\n]*)/;

/** Writes a value for its place in a YAML document. */
export function renderYaml(place: ScalarPlace, value: JsonValue): string {
  const { document, node } = place;
  const { text } = document;
  const written = text.slice(node.start, node.end);
  const space = written === "" && /\S/.test(text[node.start - 1] ?? " ") ? " " : "";
  if (place.inFlow) return space + renderYamlFlow(value);
  const comment = HEADER_COMMENT.exec(written)?.[1] ?? "";
  const isQuoted = written.startsWith("'") || written.startsWith('"');
  if (typeof value === "string" && !isQuoted && !isPlain(value)) {
    const literal = renderYamlLiteral(place, value, lineBreakOf(text), comment);
    if (literal !== undefined) return space + literal;
  }
  return space + renderYamlLine(value, written[0]) + comment;
}

/** Writes a value on one line, outside of brackets: a string plain, if it can be, or in the given quotes. */
export function renderYamlLine(value: JsonValue, quote?: string): string {
  if (typeof value !== "string") return renderYamlFlow(value);
  if (quote === "'" && PRINTABLE_LINE.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return quote !== "'" && quote !== '"' && isPlain(value) ? value : renderYamlFlow(value);
}

/** Writes a value as JSON, which YAML reads wherever it stands. */
export function renderYamlFlow(value: JsonValue): string {
  // All of these can only stand in strings.
  return jsonText(value).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

function isPlain(value: string): boolean {
  return PRINTABLE_LINE.test(value) && PLAIN.test(value) && !TYPED.test(value);
}
