import { writtenChildren } from "./children.ts";
import type { DocumentNode } from "./document.ts";
import { afterBlanks, lineEndOf, nextLineOf } from "./lines.ts";

/** The header of a block scalar that keeps the empty lines after it. */
const KEEPS_EMPTY_LINES = /[|>][1-9]?\+/y;

/** Where the first line begins that does not belong to a value on lines of its own any more; comments do not. */
export function nextLineAfter(text: string, node: DocumentNode): number {
  const next = nextLineOf(text, node.end);
  return keepsEmptyLines(text, node) ? afterEmptyLines(text, next) : next;
}

function keepsEmptyLines(text: string, node: DocumentNode): boolean {
  if (node.kind !== "scalar") {
    const last = node.flow ? undefined : writtenChildren(node).at(-1);
    return last !== undefined && keepsEmptyLines(text, last.node);
  }
  KEEPS_EMPTY_LINES.lastIndex = node.start;
  return node.start < node.end && KEEPS_EMPTY_LINES.test(text);
}

function afterEmptyLines(text: string, lineStart: number): number {
  let at = lineStart;
  while (lineEndOf(text, at) < text.length && afterBlanks(text, at) >= lineEndOf(text, at)) {
    at = nextLineOf(text, at);
  }
  return at;
}

/** Skips the comments from a line on that are indented further than a column, and the empty lines between them. */
export function afterComments(text: string, lineStart: number, column: number): number {
  let end = lineStart;
  for (;;) {
    const at = afterEmptyLines(text, end);
    const content = afterBlanks(text, at);
    if (text[content] !== "#" || content - at <= column) return end;
    end = nextLineOf(text, content);
  }
}
