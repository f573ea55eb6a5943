import type { DocumentNode, Limits, MapEntry } from "./document.ts";
import { FORBIDDEN_NAMES } from "./document.ts";
import { type Assignment, scanDotenv } from "./dotenv-scan.ts";
import { DUPLICATE_KEY, FORBIDDEN_KEY, FormatProblem, tooMany } from "./problem.ts";
import { countUpTo } from "./sorted.ts";

// Nobody reads such a line otherwise: no quotes, no blanks, no comment behind a value.
const PLAIN_LINE = /^(?:[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9+/=_:,.@~-]*|#[ -~]*)?$/;

/**
 * Parses a dotenv file, and compares what was read with what the `dotenv` package reads; it is not asked about plain lines.
 *
 * @throws FormatProblem
 */
export async function parseDotenvDocument(text: string, limits: Limits): Promise<DocumentNode> {
  // As dotenv does; the offsets are taken back to the text as it is.
  const normalized = text.replace(/\r\n?/g, "\n");
  const original = originalOffsets(text);
  try {
    const assignments = findAssignments(normalized, limits);
    if (!normalized.split("\n").every((line) => PLAIN_LINE.test(line)))
      await compare(normalized, assignments);
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

async function compare(text: string, ours: ReadonlyMap<string, Assignment>): Promise<void> {
  const { parse } = await import("dotenv");
  // dotenv's other reader takes time quadratic in the empty lines; where the two differ, ours differs from both.
  const theirs = parse(text, { fast: true });
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
