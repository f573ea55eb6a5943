import type { JsonValue } from "../bytes/index.ts";
import type { Path } from "../path/path.ts";
import { type WrittenChild, writtenChildren } from "./children.ts";
import type { DocumentNode, MapEntry } from "./document.ts";
import { entryStartOf } from "./entry-start.ts";
import { findComma, hasBrackets } from "./flow.ts";
import { indentationStep } from "./habits.ts";
import { afterBlanks, indentationOf, isFirstInLine, isLastInLine, lineBreakOf, lineEndOf } from "./lines.ts";
import type { Addition, Place } from "./place.ts";
import { renderYamlFlow, renderYamlLine } from "./render-yaml.ts";
import { insertion, type Splice } from "./splice.ts";

/** How what is added is laid out. */
interface Layout {
  /** Undefined where everything stands on one line. */
  readonly lineBreak: string | undefined;
  /** What a nested map's lines are indented further than the line it begins on. */
  readonly unit: string;
  readonly colon: string;
  readonly renderKey: (key: string) => string;
}

const COLON = /[ \t]*:[ \t]*/y;

/** A key that needs no quotes in YAML's brackets. */
const PLAIN_KEY = /^[A-Za-z_][\w./-]*$/;

/** Adds a value to a map or list in brackets, or puts a map in place of a null: all of JSON, and YAML within brackets. */
export function addToFlow({ place, missing, value }: Addition): readonly Splice[] | undefined {
  const { document, node } = place;
  const { text } = document;
  if (node.kind === "scalar") return fill(place, missing, value);
  if (!hasBrackets(text, node)) return undefined;
  const children = writtenChildren(node);
  const last = children.at(-1);
  if (last === undefined) return fill(place, missing, value);

  const end = endOf(text, last.node);
  const hasOwnLine = isFirstInLine(text, entryStartOf(text, last.start));
  const layout = layoutLike(place, last.entry, hasOwnLine);
  const indent = indentationOf(text, last.start);
  const item = renderItem(layout, missing, value, indent);
  const comma = findComma(text, end);
  if (layout.lineBreak === undefined) {
    const gap = gapBetween(text, children.at(-2), last) ?? (layout.colon.endsWith(" ") ? " " : "");
    return [comma === undefined ? insertion(end, `,${gap}${item}`) : insertion(comma + 1, `${gap}${item},`)];
  }
  const line = layout.lineBreak + indent + item;
  return comma === undefined
    ? [insertion(end, ","), insertion(afterComment(text, end), line)]
    : [insertion(afterComment(text, comma + 1), `${line},`)];
}

/** Where a value ends, with the space after a key that has none: not every parser reads `c:,` as a key. */
function endOf(text: string, { end }: DocumentNode): number {
  const next = afterBlanks(text, end);
  return text[end - 1] === ":" && text[next] !== "#" ? next : end;
}

/** Writes the first value of an empty map or list, or a map instead of a null. */
function fill(place: Place, missing: Path, value: JsonValue): readonly Splice[] {
  const { document, node, parent, entry } = place;
  const { text } = document;
  const { start, end } = node;
  const inside = node.kind === "scalar" ? "" : text.slice(start + 1, end - 1);
  const hasOwnLine =
    parent === undefined || isFirstInLine(text, entryStartOf(text, entry?.keyStart ?? start));
  const layout = layoutLike(place, entry, hasOwnLine || inside.includes("\n"));
  // A comment: what is added goes behind it.
  if (inside.trim() !== "") {
    return [insertion(end - 1, renderItem({ ...layout, lineBreak: undefined }, missing, value, ""))];
  }
  const space = start === end ? " " : "";
  const brackets = node.kind === "list" ? "[]" : "{}";
  const filled = renderCollection(layout, brackets, missing, value, indentationOf(text, start));
  return [{ start, end, text: space + filled }];
}

function renderItem(layout: Layout, [segment, ...rest]: Path, value: JsonValue, indent: string): string {
  const key = typeof segment === "string" ? layout.renderKey(segment) + layout.colon : "";
  if (rest.length === 0) return key + renderYamlFlow(value);
  return key + renderCollection(layout, "{}", rest, value, indent);
}

function renderCollection(
  layout: Layout,
  brackets: "{}" | "[]",
  path: Path,
  value: JsonValue,
  indent: string,
): string {
  const { lineBreak, unit } = layout;
  const [open, close] = brackets;
  if (lineBreak === undefined) return `${open}${renderItem(layout, path, value, "")}${close}`;
  const inner = indent + unit;
  const item = renderItem(layout, path, value, inner);
  return `${open}${lineBreak}${inner}${item}${lineBreak}${indent}${close}`;
}

/** Takes the layout of a neighbour, or of the entry that holds an empty map. */
function layoutLike({ document }: Place, neighbour: MapEntry | undefined, hasOwnLine: boolean): Layout {
  const { format, text } = document;
  const lineBreak = hasOwnLine ? lineBreakOf(text) : undefined;
  if (format === "json") {
    const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
    return { lineBreak, unit, colon: colonAfter(text, neighbour) ?? ": ", renderKey: JSON.stringify };
  }
  const quote = neighbour === undefined ? undefined : text[neighbour.keyStart];
  return {
    lineBreak,
    unit: " ".repeat(indentationStep(document) ?? 2),
    colon: ": ",
    renderKey: (key) => renderYamlLine(key, PLAIN_KEY.test(key) ? quote : '"'),
  };
}

function colonAfter(text: string, entry: MapEntry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  COLON.lastIndex = entry.keyEnd;
  return COLON.exec(text)?.[0];
}

/** What stands between the comma and the last of several entries. */
function gapBetween(text: string, before: WrittenChild | undefined, last: WrittenChild): string | undefined {
  if (before === undefined) return undefined;
  return /^,([ \t]*)$/.exec(text.slice(before.node.end, last.start))?.[1];
}

function afterComment(text: string, offset: number): number {
  return isLastInLine(text, offset) ? lineEndOf(text, offset) : offset;
}
