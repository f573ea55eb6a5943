import { FormatProblem } from "./problem.ts";

/** One assignment. Offsets count in the text that was scanned. */
export interface Assignment {
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** The range of the value, quotes included; empty for an empty value. */
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

// What dotenv's \s matches within a line; a byte order mark and no-break spaces are among it.
const BLANK = /[^\S\n]*/y;
const EXPORT = /export[^\S\n]+/y;
const NAME = /[\w.-]+/y;
const ASSIGN = /[^\S\n]*=|:[^\S\n]/y;
const UNQUOTED = /[^#\n]*/y;
const QUOTED = /^(['"`])(.*)\1$/;
const CLOSED = /[^\S\n]*(?=[#\n]|$)/y;
const REST_OF_LINE = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;

/**
 * Reads a dotenv file by the grammar of the `dotenv` package, line by line; what that would pass over in silence is
 * refused.
 *
 * @param text - With LF line ends only.
 * @throws FormatProblem
 */
export function* scanDotenv(text: string): Generator<Assignment> {
  let at = 0;
  while (at < text.length) {
    const nextLine = endOf(REST_OF_LINE, text, at);
    if (nextLine !== undefined) {
      at = nextLine;
      continue;
    }
    const assignment = scanAssignment(text, at);
    yield assignment;
    at = assignment.end;
  }
}

function scanAssignment(text: string, lineStart: number): Assignment {
  const name = scanName(text, lineStart);
  const start = endOf(BLANK, text, name.assignEnd) ?? name.assignEnd;
  const { nameStart, nameEnd } = name;
  return {
    name: text.slice(nameStart, nameEnd),
    nameStart,
    nameEnd,
    ...scanValue(text, start, name.assignEnd),
  };
}

interface Name {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly assignEnd: number;
}

function scanName(text: string, lineStart: number): Name {
  const first = endOf(BLANK, text, lineStart) ?? lineStart;
  // The second one is for `export=1` and `export =1`, which set a variable of that name.
  for (const nameStart of [endOf(EXPORT, text, first), first]) {
    const nameEnd = nameStart === undefined ? undefined : endOf(NAME, text, nameStart);
    const assignEnd = nameEnd === undefined ? undefined : endOf(ASSIGN, text, nameEnd);
    if (nameStart === undefined || nameEnd === undefined || assignEnd === undefined) continue;
    return { nameStart, nameEnd, assignEnd };
  }
  throw new FormatProblem(first, "a line that is neither empty, nor a comment, nor NAME=value");
}

function scanValue(
  text: string,
  start: number,
  emptyAt: number,
): Pick<Assignment, "start" | "end" | "value"> {
  const quote = text[start] ?? "";
  const isQuoted = quote === "'" || quote === '"' || quote === "`";
  const close = isQuoted ? findClose(text, start, quote) : undefined;
  if (close !== undefined) {
    return { start, end: close + 1, value: unescape(quote, text.slice(start + 1, close)) };
  }
  const written = text.slice(start, endOf(UNQUOTED, text, start)).trimEnd();
  if (written === "") return { start: emptyAt, end: emptyAt, value: "" };
  const end = start + written.length;
  if (!isQuoted) return { start, end, value: written };
  // "{"a": 1}" is read for what was meant: the outermost quotes of the line count.
  const inside = QUOTED.exec(written)?.[2];
  if (inside === undefined)
    throw new FormatProblem(start, "a quote that is not closed at the end of its value");
  return { start, end, value: unescape(quote, inside) };
}

/**
 * Finds the quote that ends a value: the first without a backslash before it, or, where the line goes on after that, the
 * last one with a backslash after which the line ends.
 */
function findClose(text: string, start: number, quote: string): number | undefined {
  let close: number | undefined;
  for (let at = text.indexOf(quote, start + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (endOf(CLOSED, text, at + 1) !== undefined) close = at;
    if (text[at - 1] !== "\\") break;
  }
  return close;
}

function unescape(quote: string, inside: string): string {
  return quote === '"' ? inside.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inside;
}

/** Where a sticky pattern ends that begins at an offset. */
function endOf(pattern: RegExp, text: string, offset: number): number | undefined {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
