import { ANY_INDEX, type Path, parsePath, splitPath } from "../path/path.ts";

import { hasOneForm, normalForm } from "./normal-form.ts";

/** Patterns of paths in order: the last one that matches decides, and one that begins with `!` takes back. */
export interface PathPatterns {
  /** As they are written. */
  readonly texts: readonly string[];
  /** Tells whether the path, or a path above it, is meant. */
  readonly match: (path: Path, ignoreCase?: boolean) => boolean;
}

type SegmentPattern = "**" | number | RegExp;

interface PathPattern {
  readonly negated: boolean;
  readonly exact: readonly SegmentPattern[];
  readonly ignoringCase: readonly SegmentPattern[];
}

/**
 * Compiles patterns: a written path in which `*` stands for any characters of a key, `**` for any number of segments and
 * `[]` for any index; `\*` is a star. A pattern also means everything below what it matches.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for a pattern that is not a path
 */
export function compilePatterns(texts: readonly string[]): PathPatterns {
  const patterns = texts.map(compilePattern);
  // Keys are looked at only where a pattern tells their forms apart: there is one call for each value of a file.
  const isPlain = texts.every(hasOneForm);
  return {
    texts,
    match(path, ignoreCase = false) {
      const names = isPlain ? path : path.map(inNormalForm);
      const last = patterns.findLast((pattern) => {
        return matches(ignoreCase ? pattern.ignoringCase : pattern.exact, 0, names, 0);
      });
      return last !== undefined && !last.negated;
    },
  };
}

function inNormalForm(segment: string | number): string | number {
  return typeof segment === "string" ? normalForm(segment) : segment;
}

function compilePattern(text: string): PathPattern {
  const negated = text.startsWith("!");
  const body = normalForm(negated ? text.slice(1) : text);
  const segments = body.startsWith("/")
    ? parsePath(body).map((segment) => (typeof segment === "number" ? segment : escapeStars(segment)))
    : splitPath(body);
  const compile = (flags: string): SegmentPattern[] => {
    return segments.map((segment) =>
      segment === "**" || typeof segment === "number" ? segment : keyPattern(segment, flags),
    );
  };
  return { negated, exact: compile("su"), ignoringCase: compile("sui") };
}

// A pointer holds no wildcards: what stands in it is meant as it is.
function escapeStars(key: string): string {
  return key.replace(/[\\*]/g, "\\$&");
}

function keyPattern(segment: string, flags: string): RegExp {
  const source = segment.replace(
    /\\(.)|(\*+)|([^\\*]+)/gsu,
    (_, escaped?: string, star?: string, plain?: string) => {
      return star === undefined ? quote(escaped ?? plain ?? "") : ".*";
    },
  );
  return new RegExp(`^${source}$`, flags);
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function matches(pattern: readonly SegmentPattern[], at: number, path: Path, depth: number): boolean {
  if (at === pattern.length) return true;
  const wanted = pattern[at];
  if (wanted === "**") {
    for (let next = depth; next <= path.length; next++) {
      if (matches(pattern, at + 1, path, next)) return at + 1 < pattern.length || next < path.length;
    }
    return false;
  }
  const segment = path[depth];
  if (segment === undefined) return false;
  const same =
    wanted instanceof RegExp
      ? wanted.test(String(segment)) && (typeof segment === "string" || /^\^\d+\$$/.test(wanted.source))
      : typeof segment === "number" && (wanted === ANY_INDEX || wanted === segment);
  return same && matches(pattern, at + 1, path, depth + 1);
}
