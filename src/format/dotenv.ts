import type { DocumentNode, Limits, MapEntry } from "./document.ts";
import { FORBIDDEN_NAMES } from "./document.ts";
import { type Assignment, scanDotenv } from "./dotenv-scan.ts";
import { DUPLICATE_KEY, FORBIDDEN_KEY, FormatProblem, tooMany } from "./problem.ts";
import { countUpTo } from "./sorted.ts";

/**
 * Parses a dotenv file, and compares what was read with what the `dotenv` package reads.
 *
 * @throws FormatProblem
 */
export async function parseDotenvDocument(text: string, limits: Limits): Promise<DocumentNode> {
  const { parse } = await import("dotenv");
  // As dotenv does; the offsets are taken back to the text as it is.
  const normalized = text.replace(/\r\n?/g, "\n");
  const original = originalOffsets(text);
  try {
    const assignments = findAssignments(normalized, limits);
    // dotenv's other reader takes time quadratic in the empty lines; where the two differ, ours differs from both.
    compare(normalized, assignments, parse(normalized, { fast: true }));
    const entries = new Map<string, MapEntry>();
    for (const { name, nameStart, nameEnd, start, end, value } of assignments.values()) {
      entries.set(name, {
        keyStart: original(nameStart),
        keyEnd: original(nameEnd),
        keyIsString: true,
        node: { kind: "scalar", value, start: original(start), end: original(end), aliased: false },
      });
    }
    return { kind: "map", entries, start: 0, end: text.length, flow: false };
  } catch (error) {
    if (!(error instanceof FormatProblem)) throw error;
    throw new FormatProblem(original(error.offset), error.reason, error.kind);
  }
}

function findAssignments(text: string, { maxNodes }: Limits): Map<string, Assignment> {
  const found = new Map<string, Assignment>();
  for (const assignment of scanDotenv(text)) {
    const { name, nameStart } = assignment;
    if (FORBIDDEN_NAMES.has(name)) throw new FormatProblem(nameStart, FORBIDDEN_KEY);
    if (found.has(name)) throw new FormatProblem(nameStart, DUPLICATE_KEY);
    if (found.size === maxNodes) throw tooMany(nameStart, maxNodes);
    found.set(name, assignment);
  }
  return found;
}

function compare(
  text: string,
  ours: ReadonlyMap<string, Assignment>,
  theirs: Readonly<Record<string, string>>,
): void {
  for (const { name, start, value } of ours.values()) {
    if (theirs[name] !== value)
      throw new FormatProblem(start, "dotenv would read this value otherwise: quote it");
  }
  // A line separator ends a comment for dotenv, and for few others.
  const hidden = Object.keys(theirs).find((name) => !ours.has(name));
  if (hidden === undefined) return;
  throw new FormatProblem(Math.max(text.indexOf(hidden), 0), "dotenv would read a variable here");
}

/** Returns a function from offsets in the text with LF line ends to offsets in the text as it is. */
function originalOffsets(text: string): (offset: number) => number {
  const shortened: number[] = [];
  for (const { index } of text.matchAll(/\r\n/g)) shortened.push(index - shortened.length);
  return (offset) => offset + countUpTo(shortened, offset - 1);
}
