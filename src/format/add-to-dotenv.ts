import { writtenChildren } from "./children.ts";
import { findHabits } from "./habits.ts";
import { lineBreakOf, lineStartOf } from "./lines.ts";
import type { Addition } from "./place.ts";
import { renderDotenvValue } from "./render-dotenv.ts";
import { lineInsertion, type Splice } from "./splice.ts";

/** Adds a variable at the end of a dotenv file; undefined where dotenv has no way to write its value. */
export function addToDotenv({ place, missing, value }: Addition): readonly Splice[] | undefined {
  const { document, node } = place;
  const { text } = document;
  const lineBreak = lineBreakOf(text);
  const rendered = renderDotenvValue(value, findHabits(document).valueQuote, lineBreak);
  if (rendered === undefined || node.kind !== "map") return undefined;
  const last = writtenChildren(node).at(-1);
  const before = last === undefined ? "" : text.slice(lineStartOf(text, last.start), last.start);
  const line = `${before.trim() === "export" ? "export " : ""}${missing.join("")}=${rendered}`;
  return [lineInsertion(text, text.length, line, lineBreak)];
}
