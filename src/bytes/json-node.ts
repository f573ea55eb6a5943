/** What `parseJsonValue` returns and `JSON.stringify` takes. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * A JSON value that knows where it stands, in the shape that the document model gives to every format. Offsets count
 * UTF-16 code units.
 */
export type JsonNode = JsonScalar | JsonMap | JsonList;

export interface JsonScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The range of the value as written, quotes included. */
  readonly start: number;
  readonly end: number;
  readonly aliased: false;
}

export interface JsonMap {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, JsonEntry>;
  readonly start: number;
  readonly end: number;
  readonly flow: true;
}

export interface JsonEntry {
  /** The range of the name as written, quotes included. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly keyIsString: true;
  readonly node: JsonNode;
}

export interface JsonList {
  readonly kind: "list";
  readonly items: readonly JsonNode[];
  readonly start: number;
  readonly end: number;
  readonly flow: true;
}

export interface JsonOptions {
  /**
   * How deep maps and lists may stand in each other, at most 1,000.
   *
   * @defaultValue 64
   */
  readonly maxDepth?: number | undefined;
  /**
   * How many values the text may hold, maps and lists counted.
   *
   * @defaultValue 1,000,000
   */
  readonly maxNodes?: number | undefined;
  /**
   * Where in the text the JSON begins: 1 after a byte order mark.
   *
   * @defaultValue 0
   */
  readonly start?: number | undefined;
}

/**
 * Why a text is not read, as JSON or, in `format`, as something else. The reason is a fixed phrase: what a parser says about
 * a text quotes it, and a secret may stand there.
 */
export class JsonProblem extends Error {
  override readonly name = "JsonProblem";
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
