import type { Scalar } from "yaml";

import type { ScalarNode, ScalarValue } from "./document.ts";
import { FormatProblem, HALF_SURROGATE_PAIR, OVERFLOWING_NUMBER, UNSAFE_INTEGER } from "./problem.ts";

const INTEGER = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const INFINITY = /^[-+]?\.inf$/i;

/** @throws FormatProblem for a value that would not be the one that is written. */
export function readYamlScalar(scalar: Scalar, text: string): ScalarNode {
  const [start, end] = rangeOf(scalar, text);
  return { kind: "scalar", value: valueOf(scalar, start), start, end, aliased: false };
}

function valueOf({ value, source = "" }: Scalar, start: number): ScalarValue {
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new FormatProblem(start, HALF_SURROGATE_PAIR);
    return value;
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) && INTEGER.test(source)) throw new FormatProblem(start, UNSAFE_INTEGER);
    if (Math.abs(value) === Infinity && !INFINITY.test(source))
      throw new FormatProblem(start, OVERFLOWING_NUMBER);
    return value;
  }
  if (typeof value === "boolean" || value === null) return value;
  throw new FormatProblem(start, "a value that is not read here");
}

function rangeOf({ range, type }: Scalar, text: string): readonly [start: number, end: number] {
  const [start, end] = range ?? [0, 0];
  if (type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED") return [start, endOfLastLine(text, start, end)];
  if (start < end) return [start, end];
  // The parser places what is not there after the spaces, which belong to a comment as often as not.
  let at = start;
  while (text[at - 1] === " " || text[at - 1] === "\t") at -= 1;
  return [at, at];
}

/** The parser's range goes on to the start of the next line, or, with `+`, over the empty lines after it. */
function endOfLastLine(text: string, start: number, end: number): number {
  let lineEnd = end;
  for (;;) {
    const lineStart = text.lastIndexOf("\n", lineEnd - 1) + 1;
    if (lineStart <= start || /[^ \t\r]/.test(text.slice(lineStart, lineEnd))) break;
    lineEnd = lineStart - 1;
  }
  return text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
}
