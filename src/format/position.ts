import type { Document } from "./document.ts";
import { countUpTo } from "./sorted.ts";

export interface Position {
  /** 1-based. Lines end with LF, CRLF or CR. */
  readonly line: number;
  /** 1-based, counted in UTF-16 code units; a byte order mark has none. */
  readonly column: number;
}

const LINE_END = /\r\n?|\n/g;

const lineStartsOf = new WeakMap<Document, readonly number[]>();

/** Returns the line and column of an offset; cheap from the second look-up in the same document on. */
export function positionAt(document: Document, offset: number): Position {
  let starts = lineStartsOf.get(document);
  if (starts === undefined) {
    starts = findLineStarts(document.text);
    lineStartsOf.set(document, starts);
  }
  return look(document.text, starts, offset);
}

/** Returns the line and column of an offset in a text that is looked at once. */
export function positionIn(text: string, offset: number): Position {
  return look(text, findLineStarts(text), offset);
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (const { 0: end, index } of text.matchAll(LINE_END)) starts.push(index + end.length);
  return starts;
}

function look(text: string, starts: readonly number[], offset: number): Position {
  const line = countUpTo(starts, offset);
  const start = starts[line - 1] ?? 0;
  const bomLength = line === 1 && offset > 0 && text.startsWith("\ufeff") ? 1 : 0;
  return { line, column: offset - start - bomLength + 1 };
}
