import type { Place } from "./place.ts";
import { removalOfLines, type Splice } from "./splice.ts";

const NEXT_LINE = /\r\n?|\n|$/g;

/** Removes a variable with its lines; a line may end with CR alone, as dotenv has it. */
export function removeFromDotenv({ document: { text }, node, entry }: Place): readonly Splice[] | undefined {
  if (entry === undefined) return undefined;
  let start = entry.keyStart;
  while (start > 0 && !/[\r\n\ufeff]/.test(text[start - 1] ?? "")) start -= 1;
  NEXT_LINE.lastIndex = node.end;
  NEXT_LINE.test(text);
  return [removalOfLines(text, start, NEXT_LINE.lastIndex)];
}
