import { JsonProblem as FormatProblem } from "../bytes/index.ts";

/** Why a text is not read, before it is known whose text it is: one class for every format. */
export { FormatProblem };

export const DUPLICATE_KEY = "a key that stands here twice";
export const FORBIDDEN_KEY = "a key that is not allowed, because JavaScript gives it a meaning of its own";
export const UNSAFE_INTEGER = "an integer beyond 2^53 - 1: write it as a string";
export const OVERFLOWING_NUMBER = "a number that is too large";
export const HALF_SURROGATE_PAIR = "a string with half of a surrogate pair";
export const JSON_COMMENT = "a comment: JSON with comments is not read";
export const TRAILING_COMMA = "a comma with nothing after it: JSON with comments or such commas is not read";

const WITHOUT_COMMENTS =
  "take comments and trailing commas out, or write the file as YAML, where a comment starts with #";

/** What to do about some of the reasons. */
export const HINTS: ReadonlyMap<string, string> = new Map([
  [JSON_COMMENT, WITHOUT_COMMENTS],
  [TRAILING_COMMA, WITHOUT_COMMENTS],
]);

export function tooDeep(offset: number, maxDepth: number): FormatProblem {
  return new FormatProblem(offset, `nested deeper than ${maxDepth} levels`, "limit");
}

export function tooMany(offset: number, maxNodes: number): FormatProblem {
  return new FormatProblem(offset, `more than ${maxNodes} values, repeated ones counted each time`, "limit");
}
