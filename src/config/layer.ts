import type { Source } from "../errors/index.ts";
import { type Document, positionAt } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";
import type { Names, Token } from "../token/index.ts";

/** A file's values, or those of the environment, before merging. */
export interface Layer {
  /** Its place in the order: later layers win, and problems are told in this order. */
  readonly index: number;
  /** `assignments` are laid over what is there by matching names; a `tree` is merged. */
  readonly content:
    | { readonly kind: "tree"; readonly root: ConfigMap }
    | { readonly kind: "assignments"; readonly assignments: readonly Assignment[] };
  /** Every sealed value of the layer, whether or not a later layer replaces it. */
  readonly sealed: readonly SealedValue[];
}

/** A variable whose name is a path. */
export interface Assignment {
  readonly name: string;
  /** `["DB", "PASSWORD"]` for `APP_DB__PASSWORD`. */
  readonly parts: readonly string[];
  readonly leaf: ConfigLeaf;
}

export type ConfigNode = ConfigLeaf | ConfigMap | ConfigList;

export interface ConfigLeaf {
  readonly kind: "leaf";
  /** A file's scalar; of the caller's overrides, anything but plain data that holds more. */
  readonly value: unknown;
  /** For a sealed value: what it takes to open it. */
  readonly sealed: SealedValue | undefined;
  readonly origin: Origin;
}

export interface ConfigMap {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, ConfigNode>;
}

export interface ConfigList {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
}

/** Stands for a file where the caller's overrides set a value. */
export const OVERRIDES = "$overrides";

/** Where a value comes from. */
export interface Origin {
  readonly layer: number;
  /** The file for messages, `$env` for the environment, `$overrides` for the caller's overrides. */
  readonly file: string;
  /** The path within the file: a variable's name in dotenv and in the environment. */
  readonly path: Path;
  readonly document?: Document | undefined;
  readonly offset?: number | undefined;
}

/** A token with everything that decides whether and how it is opened. */
export interface SealedValue {
  readonly token: Token;
  /** What it must be bound to. */
  readonly names: Names;
  /** The keys that may open it, in the rule's order. */
  readonly allowed: readonly string[];
  readonly rawAllowed: boolean;
  /** The folder that its file lies in, for references to sealed files. */
  readonly folder: string | undefined;
  /** Its text stands at another place too. */
  readonly aliased: boolean;
  readonly origin: Origin;
}

/** Tells people where a value stands. */
export function sourceOf({ file, path, document, offset }: Origin): Source {
  const position = document === undefined || offset === undefined ? undefined : positionAt(document, offset);
  return { file, ...position, path: path.length === 0 ? undefined : formatPath(path) };
}
