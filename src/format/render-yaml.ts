import type { JsonValue } from "../bytes/index.ts";
import { jsonText } from "./json-text.ts";
import { lineBreakOf } from "./line-break.ts";
import type { ScalarPlace } from "./scalar-place.ts";
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

/** Writes a value for its place in a YAML document; undefined where none can be written. */
export function renderYaml(place: ScalarPlace, value: JsonValue): string | undefined {
  const { document, node, keyEnd } = place;
  const { text } = document;
  // A key without a colon: in brackets the colon can come with the value, after `?` it stands on a line of its own.
  if (node.start === node.end && node.start === keyEnd) {
    return place.inFlow ? `: ${renderFlow(value)}` : undefined;
  }
  const space = node.start === node.end && /[^\s]/.test(text[node.start - 1] ?? " ") ? " " : "";
  const comment = HEADER_COMMENT.exec(text.slice(node.start, node.end))?.[1] ?? "";
  if (typeof value === "string" && !place.inFlow) return space + renderString(place, value, comment);
  return space + renderFlow(value) + comment;
}

function renderString(place: ScalarPlace, value: string, comment: string): string {
  const { document, node } = place;
  const quote = node.start === node.end ? "" : document.text[node.start];
  const isLine = PRINTABLE_LINE.test(value);
  if (quote === "'" && isLine) return `'${value.replaceAll("'", "''")}'`;
  if (quote !== "'" && quote !== '"') {
    if (isLine && PLAIN.test(value) && !TYPED.test(value)) return value + comment;
    const literal = renderYamlLiteral(place, value, lineBreakOf(document.text), comment);
    if (literal !== undefined) return literal;
  }
  return renderFlow(value) + comment;
}

function renderFlow(value: JsonValue): string {
  // All of these can only stand in strings.
  return jsonText(value).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
