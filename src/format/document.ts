export { FORBIDDEN_NAMES } from "../bytes/index.ts";

export type FormatName = "yaml" | "json" | "dotenv";

export type ScalarValue = string | number | boolean | null;

/** A parsed value that knows where it stands. Offsets count UTF-16 code units of the document's text. */
export type DocumentNode = ScalarNode | MapNode | ListNode;

interface Repeatable {
  /** What it stands for when it is reached through an alias or a merge. */
  readonly repeats?: DocumentNode | undefined;
}

export interface ScalarNode extends Repeatable {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  /** The range of the value as written, quotes included, comments and surrounding space not. */
  readonly start: number;
  readonly end: number;
  /** Reached through an alias or a merge: its text stands at another place too. */
  readonly aliased: boolean;
}

export interface MapNode extends Repeatable {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, MapEntry>;
  /** The map's `<<`, which stands in its text and not among its entries. */
  readonly merge?: MapEntry | undefined;
  readonly start: number;
  readonly end: number;
  /** Written in brackets; YAML's other style, and a dotenv file, goes by lines. */
  readonly flow: boolean;
}

export interface MapEntry {
  /** The range of the key as written, quotes included. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** False for a YAML key that is a number, a boolean or null; it is written as text in the map. */
  readonly keyIsString: boolean;
  /** Brought by `<<`: its text stands in another map. */
  readonly merged?: true | undefined;
  readonly node: DocumentNode;
}

export interface ListNode extends Repeatable {
  readonly kind: "list";
  readonly items: readonly DocumentNode[];
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
}

/** A parsed file: its text, and what stands where in it. */
export interface Document {
  readonly format: FormatName;
  /** The file's name for messages. */
  readonly file: string;
  /** The decoded text, a byte order mark included. */
  readonly text: string;
  readonly root: DocumentNode;
}

export interface Limits {
  /** Bytes of a file, checked before it is parsed. */
  readonly maxFileBytes: number;
  /** How deep maps and lists may stand in each other. */
  readonly maxDepth: number;
  /** How many values a document may have, those that aliases repeat counted each time. */
  readonly maxNodes: number;
}

export const DEFAULT_LIMITS: Limits = { maxFileBytes: 16 * 1024 * 1024, maxDepth: 64, maxNodes: 1_000_000 };
