/**
 * Why a text is not read, before it is known whose text it is. The reason is a fixed phrase: what a parser says about a
 * text quotes it, and a secret may stand there.
 */
export class FormatProblem extends Error {
  override readonly name = "FormatProblem";
  /** `limit` when the text may be right, but more of it than is allowed. */
  readonly kind: "syntax" | "limit";
  readonly offset: number;
  readonly reason: string;

  constructor(offset: number, reason: string, kind: "syntax" | "limit" = "syntax") {
    super(reason);
    this.kind = kind;
    this.offset = offset;
    this.reason = reason;
  }
}

export const DUPLICATE_KEY = "a key that stands here twice";
export const FORBIDDEN_KEY = "a key that is not allowed, because JavaScript gives it a meaning of its own";
export const UNSAFE_INTEGER = "an integer beyond 2^53 - 1: write it as a string";
export const OVERFLOWING_NUMBER = "a number that is too large";
export const HALF_SURROGATE_PAIR = "a string with half of a surrogate pair";

export function tooDeep(offset: number, maxDepth: number): FormatProblem {
  return new FormatProblem(offset, `nested deeper than ${maxDepth} levels`, "limit");
}

export function tooMany(offset: number, maxNodes: number): FormatProblem {
  return new FormatProblem(offset, `more than ${maxNodes} values, repeated ones counted each time`, "limit");
}
