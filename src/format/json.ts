import { parseJson } from "../bytes/index.ts";
import type { DocumentNode, Limits } from "./document.ts";
import {
  DUPLICATE_KEY,
  FORBIDDEN_KEY,
  FormatProblem,
  JSON_COMMENT,
  tooDeep,
  tooMany,
  TRAILING_COMMA,
  UNSAFE_INTEGER,
} from "./problem.ts";

// JSON's own reader speaks of names; a config has keys.
const REASONS: ReadonlyMap<string, string> = new Map([
  ["duplicate name", DUPLICATE_KEY],
  ["a name that is not allowed", FORBIDDEN_KEY],
  ["an integer beyond 2^53 - 1", UNSAFE_INTEGER],
  ["expected a name in double quotes", "expected a key in double quotes"],
  ["expected a colon after the name", "expected a colon after the key"],
  ["comments are not JSON", JSON_COMMENT],
  ["a trailing comma is not JSON", TRAILING_COMMA],
]);

/** @throws FormatProblem */
export function parseJsonDocument(text: string, limits: Limits): DocumentNode {
  const { maxDepth, maxNodes } = limits;
  try {
    return parseJson(text, { maxDepth, maxNodes, start: text.startsWith("\ufeff") ? 1 : 0 });
  } catch (error) {
    if (!(error instanceof FormatProblem)) throw error;
    const { kind, offset, reason } = error;
    if (kind === "syntax") throw new FormatProblem(offset, REASONS.get(reason) ?? reason);
    throw reason.startsWith("nested") ? tooDeep(offset, maxDepth) : tooMany(offset, maxNodes);
  }
}
