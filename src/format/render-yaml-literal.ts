import { indentationStep, validStep } from "./habits.ts";
import { columnOf } from "./lines.ts";
import type { ScalarPlace } from "./place.ts";

const PRINTABLE = /^[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/**
 * Writes a text of several lines as a literal block scalar; undefined where that would not be exact, or would not stay
 * so: editors take spaces at the ends of lines away.
 */
export function renderYamlLiteral(
  { document, node, parent }: ScalarPlace,
  value: string,
  lineBreak: string,
  comment: string,
): string | undefined {
  if (
    parent === undefined ||
    !value.includes("\n") ||
    !PRINTABLE.test(value) ||
    /[ \t](?:\n|$)/.test(value)
  ) {
    return undefined;
  }
  const content = value.slice(0, endOfContent(value));
  const breaksAtEnd = value.length - content.length;
  if (content === "") return undefined;

  const { text } = document;
  const parentColumn = columnOf(text, parent.start);
  const step = ownStep(text, node.start, node.end, parentColumn) ?? indentationStep(document) ?? 2;
  if (!fits(text, node.end, parentColumn + step, breaksAtEnd > 1)) return undefined;

  const chomping = breaksAtEnd === 0 ? "-" : breaksAtEnd === 1 ? "" : "+";
  const indicator = /^\n* /.test(content) ? String(step) : "";
  const indent = " ".repeat(parentColumn + step);
  const lines = content.split("\n").map((line) => (line === "" ? "" : indent + line));
  const after = node.end === text.length ? breaksAtEnd : Math.max(breaksAtEnd - 1, 0);
  return `|${indicator}${chomping}${comment}${lineBreak}${lines.join(lineBreak)}${lineBreak.repeat(after)}`;
}

function endOfContent(value: string): number {
  let end = value.length;
  while (value[end - 1] === "\n") end -= 1;
  return end;
}

/** Whether the lines after the value leave a block with this indentation as it is. */
function fits(text: string, end: number, indent: number, keepsEmptyLines: boolean): boolean {
  if (end === text.length) return true;
  let lineStart = text.indexOf("\n", end) + 1;
  if (lineStart === 0 || !/^\r?\n$/.test(text.slice(end, lineStart))) return false;
  while (lineStart < text.length) {
    const next = text.indexOf("\n", lineStart) + 1;
    const line = text.slice(lineStart, next === 0 ? undefined : next).trimEnd();
    const spaces = /^ */.exec(text.slice(lineStart, lineStart + indent + 1))?.[0].length ?? 0;
    // What is not empty stands outside the block; an empty line belongs to it where the block keeps them all.
    if (line !== "") return spaces < indent;
    if (keepsEmptyLines || spaces > indent) return false;
    if (next === 0) break;
    lineStart = next;
  }
  return true;
}

/** How far the block scalar that is there is indented. */
function ownStep(text: string, start: number, end: number, parentColumn: number): number | undefined {
  const spaces = /^[|>][^\n]*\n(?:[ \t\r]*\n)*( *)[^ ]/.exec(text.slice(start, end))?.[1]?.length ?? 0;
  return validStep(spaces - parentColumn);
}
