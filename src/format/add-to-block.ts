import type { JsonValue } from "../bytes/index.ts";
import type { Path } from "../path/path.ts";
import { afterComments, nextLineAfter } from "./block-lines.ts";
import { writtenChildren } from "./children.ts";
import type { Document, DocumentNode } from "./document.ts";
import { findHabits, type Habits, indentationStep } from "./habits.ts";
import { beforeBlanks, columnOf, isFirstInLine, lineBreakOf, nextLineOf } from "./lines.ts";
import type { Addition, Place } from "./place.ts";
import { renderYamlLine } from "./render-yaml.ts";
import { lineInsertion, type Splice } from "./splice.ts";

interface Style extends Habits {
  readonly lineBreak: string;
  readonly step: number;
}

const END_OF_DOCUMENT = /^\.\.\.(?=\s|$)/m;

/** Whether what is added at a place of a YAML document goes on lines of its own. */
export function takesLines({ document, node, inFlow }: Place): boolean {
  return !inFlow && (isEmpty(document, node) || (node.kind !== "scalar" && !node.flow));
}

/** Adds a value to a map or list of YAML's block style, or puts one in place of a null or of empty brackets. */
export function addToBlock({ place, missing, value }: Addition): readonly Splice[] {
  const { document, node } = place;
  const { text } = document;
  const { start, end } = node;
  const style = {
    ...findHabits(document),
    lineBreak: lineBreakOf(text),
    step: indentationStep(document) ?? 2,
  };
  const addLine = (at: number, column: number): Splice => {
    const line = " ".repeat(column) + renderLines(style, missing, value, column);
    return lineInsertion(text, at, line, style.lineBreak);
  };

  if (!isEmpty(document, node)) {
    const column = columnOf(text, start);
    return [addLine(afterComments(text, nextLineAfter(text, node), column), column)];
  }
  if (place.parent?.kind === "list" || (start < end && isFirstInLine(text, start))) {
    const space = start < end ? "" : " ";
    const column = columnOf(text, start) + space.length;
    return [{ start, end, text: space + renderLines(style, missing, value, column) }];
  }
  const cut = { start: start < end ? beforeBlanks(text, start) : start, end, text: "" };
  const { at, column } = placeBelow(place, style);
  return [cut, addLine(at, column)];
}

/** Where the first line of a map goes that takes the place of a null, after the comments that stand there for it. */
function placeBelow(
  { document: { text }, node, parent }: Place,
  { step }: Style,
): { at: number; column: number } {
  if (parent === undefined) {
    const marker = END_OF_DOCUMENT.exec(text.slice(node.end));
    return { at: marker === null ? text.length : node.end + marker.index, column: 0 };
  }
  const parentColumn = columnOf(text, parent.start);
  const next = nextLineOf(text, node.end);
  const at = afterComments(text, next, parentColumn);
  const commentColumn = / *(?=#)/.exec(text.slice(next, at))?.[0].length ?? 0;
  return { at, column: commentColumn > parentColumn ? commentColumn : parentColumn + step };
}

function isEmpty({ text }: Document, node: DocumentNode): boolean {
  if (node.kind === "scalar") return true;
  if (writtenChildren(node).length > 0) return false;
  return !node.flow || /^.[ \t]*.$/.test(text.slice(node.start, node.end));
}

/** Writes what stands at a path as lines, the first one without its indentation. */
function renderLines(style: Style, [segment, ...rest]: Path, value: JsonValue, column: number): string {
  if (typeof segment === "number") {
    return `- ${rest.length === 0 ? renderYamlLine(value, style.valueQuote) : renderLines(style, rest, value, column + 2)}`;
  }
  const key = `${renderYamlLine(segment ?? "", style.keyQuote)}:`;
  if (rest.length === 0) return `${key} ${renderYamlLine(value, style.valueQuote)}`;
  const inner = column + style.step;
  return `${key}${style.lineBreak}${" ".repeat(inner)}${renderLines(style, rest, value, inner)}`;
}
