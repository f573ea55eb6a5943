import { writtenChildren } from "./children.ts";
import { entryStartOf } from "./entry-start.ts";
import { findComma, hasBrackets } from "./flow.ts";
import { afterWhiteSpace, isFirstInLine, isLastInLine, lineEndOf, lineStartOf, nextLineOf } from "./lines.ts";
import type { Place } from "./place.ts";
import { removal, type Splice } from "./splice.ts";

/** Removes an entry or item from a map or list in brackets, with the comma that it does not need any more. */
export function removeFromFlow({ document, node, parent }: Place): readonly Splice[] | undefined {
  const { text } = document;
  if (parent === undefined || !hasBrackets(text, parent)) return undefined;
  const children = writtenChildren(parent);
  const index = children.findIndex((child) => child.node === node);
  const child = children[index];
  if (child === undefined) return undefined;
  const start = entryStartOf(text, child.start);
  const comma = findComma(text, node.end);
  const end = comma === undefined ? node.end : comma + 1;
  const hasOwnLine = isFirstInLine(text, start) && isLastInLine(text, end);
  const alone = hasOwnLine ? removal(lineStartOf(text, start), nextLineOf(text, end)) : removal(start, end);

  if (children.length === 1) {
    const [open, close] = [parent.start + 1, parent.end - 1];
    return [isWhite(text, open, start) && isWhite(text, end, close) ? removal(open, close) : alone];
  }
  if (comma !== undefined && hasOwnLine) return [alone];
  if (index < children.length - 1) {
    const next = afterWhiteSpace(text, end);
    return [removal(start, text[next] === "#" ? end : next)];
  }
  const before = children[index - 1]?.node.end ?? start;
  const commaBefore = findComma(text, before);
  if (commaBefore === undefined) return undefined;
  const onlyWhite = isWhite(text, commaBefore + 1, start);
  if (comma !== undefined) return [onlyWhite ? removal(commaBefore + 1, end) : alone];
  if (!onlyWhite) return [removal(commaBefore, commaBefore + 1), alone];
  const from = isWhite(text, before, commaBefore) ? before : commaBefore;
  return [removal(from, hasOwnLine ? lineEndOf(text, end) : end)];
}

function isWhite(text: string, start: number, end: number): boolean {
  return afterWhiteSpace(text, start) >= end;
}
