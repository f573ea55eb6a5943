import {
  type JsonOptions,
  type JsonList,
  type JsonMap,
  type JsonEntry,
  type JsonNode,
  JsonProblem,
  type JsonScalar,
  type JsonValue,
} from "./json-node.ts";

export * from "./json-node.ts";

// Each level takes a few stack frames; this many fit however little of the stack is left in practice.
const DEEPEST = 1_000;

/** Names that reach JavaScript's object machinery; refused everywhere. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const NOT_ZERO = /^[^eE]*[1-9]/;
const WORDS: readonly (readonly [word: string, value: boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
const ESCAPE = /\\(u[0-9A-Fa-f]{4}|.)/g;
const HEX4 = /[0-9A-Fa-f]{4}/y;

const FIRST_PRINTABLE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SLASH = 0x2f;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

interface Reader {
  readonly text: string;
  readonly maxDepth: number;
  at: number;
  nodesLeft: number;
}

/**
 * Parses RFC 8259 JSON into nodes that know their place.
 *
 * Stricter than `JSON.parse`: duplicate names, `__proto__`, `constructor` and `prototype` as names, integers beyond
 * ±(2^53 - 1), numbers that overflow or vanish to 0 and strings that are not well-formed Unicode are refused.
 *
 * @param text - One JSON text; a byte order mark is not part of it.
 * @throws JsonProblem with the offset and a reason that quotes nothing.
 */
export function parseJson(text: string, options: JsonOptions = {}): JsonNode {
  const { maxDepth = 64, maxNodes = 1_000_000, start = 0 } = options;
  const reader: Reader = {
    text,
    maxDepth: Math.min(maxDepth, DEEPEST),
    at: start,
    nodesLeft: maxNodes,
  };
  nextCode(reader);
  const node = readNode(reader, 0);
  nextCode(reader);
  if (reader.at < text.length) throw problem(reader, "expected nothing after the value");
  return node;
}

/**
 * Parses RFC 8259 JSON into ordinary objects and arrays, as strictly as `parseJson`.
 *
 * @throws JsonProblem
 */
export function parseJsonValue(text: string, options: JsonOptions = {}): JsonValue {
  return valueOf(parseJson(text, options));
}

function valueOf(node: JsonNode): JsonValue {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(valueOf);
  const object: Record<string, JsonValue> = {};
  for (const [name, entry] of node.entries) object[name] = valueOf(entry.node);
  return object;
}

function readNode(reader: Reader, depth: number): JsonNode {
  const start = reader.at;
  if (reader.nodesLeft === 0) throw problem(reader, "more values than allowed", "limit");
  reader.nodesLeft -= 1;
  const code = reader.text.charCodeAt(start);
  if (code === QUOTE) return scalar(readString(reader), start, reader.at);
  if (code === OPEN_MAP || code === OPEN_LIST) {
    if (depth === reader.maxDepth) throw problem(reader, "nested deeper than allowed", "limit");
    reader.at += 1;
    return code === OPEN_MAP ? readMap(reader, start, depth + 1) : readList(reader, start, depth + 1);
  }
  return readNumberOrWord(reader, start);
}

function readMap(reader: Reader, start: number, depth: number): JsonMap {
  const entries = new Map<string, JsonEntry>();
  if (nextCode(reader) === CLOSE_MAP) reader.at += 1;
  else {
    do {
      if (nextCode(reader) !== QUOTE) throw badName(reader, entries.size > 0);
      const keyStart = reader.at;
      const name = readString(reader);
      const keyEnd = reader.at;
      if (FORBIDDEN_NAMES.has(name)) throw new JsonProblem(keyStart, "a name that is not allowed");
      if (entries.has(name)) throw new JsonProblem(keyStart, "duplicate name");
      if (nextCode(reader) !== COLON) throw problem(reader, "expected a colon after the name");
      reader.at += 1;
      nextCode(reader);
      entries.set(name, { keyStart, keyEnd, keyIsString: true, node: readNode(reader, depth) });
    } while (anotherFollows(reader, CLOSE_MAP));
  }
  return { kind: "map", entries, start, end: reader.at, flow: true };
}

function readList(reader: Reader, start: number, depth: number): JsonList {
  const items: JsonNode[] = [];
  if (nextCode(reader) === CLOSE_LIST) reader.at += 1;
  else {
    do {
      if (nextCode(reader) === CLOSE_LIST && items.length > 0)
        throw problem(reader, "a trailing comma is not JSON");
      items.push(readNode(reader, depth));
    } while (anotherFollows(reader, CLOSE_LIST));
  }
  return { kind: "list", items, start, end: reader.at, flow: true };
}

function anotherFollows(reader: Reader, close: number): boolean {
  const code = nextCode(reader);
  if (code !== COMMA && code !== close) {
    throw problem(reader, `expected a comma or ${close === CLOSE_MAP ? "}" : "]"}`);
  }
  reader.at += 1;
  return code === COMMA;
}

function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.at;
  let at = start + 1;
  let escaped = false;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    if (code === BACKSLASH) {
      at += escapeLength(text, at);
      escaped = true;
    } else if (code >= FIRST_PRINTABLE) at += 1;
    else if (at >= text.length) throw new JsonProblem(start, "a string that is not closed");
    else throw new JsonProblem(at, "a control character in a string");
  }
  reader.at = at + 1;
  const inside = text.slice(start + 1, at);
  const value = escaped ? inside.replace(ESCAPE, unescape) : inside;
  if (!value.isWellFormed()) throw new JsonProblem(start, "a string with half of a surrogate pair");
  return value;
}

function escapeLength(text: string, at: number): number {
  const letter = text[at + 1] ?? "";
  if (ESCAPED.has(letter)) return 2;
  HEX4.lastIndex = at + 2;
  if (letter === "u" && HEX4.test(text)) return 6;
  throw new JsonProblem(at, "an escape that JSON does not know");
}

function unescape(_escape: string, letter: string): string {
  return ESCAPED.get(letter) ?? String.fromCharCode(Number.parseInt(letter.slice(1), 16));
}

function readNumberOrWord(reader: Reader, start: number): JsonScalar {
  NUMBER.lastIndex = start;
  const written = NUMBER.exec(reader.text);
  if (written !== null) {
    const value = Number(written[0]);
    if (!Number.isFinite(value)) throw problem(reader, "a number that is too large");
    if (value === 0 && NOT_ZERO.test(written[0])) throw problem(reader, "a number that is too small");
    const isInteger = written[1] === undefined && written[2] === undefined;
    if (isInteger && !Number.isSafeInteger(value)) throw problem(reader, "an integer beyond 2^53 - 1");
    reader.at += written[0].length;
    return scalar(value, start, reader.at);
  }
  for (const [word, value] of WORDS) {
    if (reader.text.startsWith(word, start)) {
      reader.at += word.length;
      return scalar(value, start, reader.at);
    }
  }
  throw problem(reader, "expected a value");
}

function scalar(value: JsonScalar["value"], start: number, end: number): JsonScalar {
  return { kind: "scalar", value, start, end, aliased: false };
}

/** Skips white space and returns the code unit after it, NaN at the end. */
function nextCode(reader: Reader): number {
  const { text } = reader;
  let { at } = reader;
  let code = text.charCodeAt(at);
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt((at += 1));
  reader.at = at;
  if (code === SLASH) throw problem(reader, "comments are not JSON");
  return code;
}

function badName(reader: Reader, afterComma: boolean): JsonProblem {
  if (afterComma && reader.text[reader.at] === "}") return problem(reader, "a trailing comma is not JSON");
  return problem(reader, "expected a name in double quotes");
}

function problem(reader: Reader, reason: string, kind?: JsonProblem["kind"]): JsonProblem {
  return new JsonProblem(reader.at, reason, kind);
}
