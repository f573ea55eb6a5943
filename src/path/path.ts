import { quoted, UsageError } from "../errors/index.ts";

/** A place in a config: map keys as strings, list indices as numbers; `ANY_INDEX` where the index is not named. */
export type Path = readonly (string | number)[];

/** The index of `servers[]`: some element of the list. */
export const ANY_INDEX = -1;

/**
 * One segment of a written path before its escapes are taken away, so that a pattern can tell `\*` from `*`.
 * An index is a number.
 */
export type RawSegment = string | number;

const INDEX = /^(?:0|[1-9][0-9]{0,9})$/;

/**
 * Splits `db.password`, `servers[0].token`, `servers[].token`, `a\.b` at its dots and brackets.
 * Escapes stay as they are written.
 *
 * @throws UsageError `ERR_OPTION_INVALID` when a segment is empty or a bracket holds no index.
 */
export function splitPath(text: string): RawSegment[] {
  const segments: RawSegment[] = [];
  let position = 0;
  let keyMayFollow = true;
  while (position < text.length) {
    if (text[position] === "[") {
      const close = text.indexOf("]", position);
      const inside = close === -1 ? undefined : text.slice(position + 1, close);
      if (inside === undefined || (inside !== "" && !INDEX.test(inside))) throw badPath(text);
      segments.push(inside === "" ? ANY_INDEX : Number(inside));
      position = close + 1;
      keyMayFollow = false;
      continue;
    }
    if (!keyMayFollow) {
      if (text[position] !== ".") throw badPath(text);
      position += 1;
    }
    const start = position;
    while (position < text.length && text[position] !== "." && text[position] !== "[") {
      position += text[position] === "\\" ? 2 : 1;
    }
    if (position === start || position > text.length) throw badPath(text);
    segments.push(text.slice(start, position));
    keyMayFollow = false;
  }
  if (segments.length === 0) throw badPath(text);
  return segments;
}

/**
 * Parses a written path: `db.password`, `servers[0].token`, `servers[].token`, a key with a dot `a\.b`, or, with a
 * leading `/`, an RFC 6901 pointer, in which `-` means an index that is not named and every other segment is a key.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export function parsePath(text: string): Path {
  if (!text.startsWith("/")) {
    return splitPath(text).map((segment) =>
      typeof segment === "number" ? segment : segment.replace(/\\(.)/gsu, "$1"),
    );
  }
  return text
    .slice(1)
    .split("/")
    .map((segment) => {
      if (/~(?![01])/.test(segment)) throw badPath(text);
      return segment === "-" ? ANY_INDEX : segment.replaceAll("~1", "/").replaceAll("~0", "~");
    });
}

/** Writes a path as people write it; `parsePath` reads it back. */
export function formatPath(path: Path): string {
  if (path.includes("")) return formatPointer(path);
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += segment === ANY_INDEX ? "[]" : `[${segment}]`;
    else {
      const key = segment.replace(/[\\.[\]]/g, "\\$&");
      text += text === "" ? key.replace(/^\//, "\\/") : `.${key}`;
    }
  }
  return text;
}

/** Writes a path as an RFC 6901 pointer in which every list index is `-`: the form that values are bound to. */
export function formatPointer(path: Path): string {
  return path.map((segment) => (typeof segment === "number" ? "/-" : `/${escapePointer(segment)}`)).join("");
}

function escapePointer(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

/**
 * Writes the pointer of a path that a value is to be bound to.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for a key called `-`, which a pointer writes as it writes a list's elements
 */
export function bindablePointer(path: Path): string {
  if (!path.includes("-")) return formatPointer(path);
  throw new UsageError("ERR_OPTION_INVALID", 'a sealed value cannot stand below the key "-"', {
    hint: "give the key another name",
  });
}

function badPath(text: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", `the path ${quoted(text)} cannot be read`, {
    hint: "write db.password, servers[0].token, a\\.b for a key with a dot, or /db/password",
  });
}
