import type { KeyReference } from "./key-reference.ts";

/** One key that can open a value, and what that key made of the data key or the value. */
export interface Recipient {
  readonly key: KeyReference;
  /** As the key service returned it: never decoded, never split. */
  readonly wrapped: string;
}

interface Placed {
  /** The token's own text. */
  readonly text: string;
  /** What the opened bytes are read as. */
  readonly as: "text" | "json";
  /** False with `+nopath`: the value may stand at any path. */
  readonly bindsPath: boolean;
  /** The first 6 bytes of the SHA-256 of the names it is bound to, as base64url; a hint, not a proof. */
  readonly place: string;
  /** The text that the value's context covers. */
  readonly header: string;
}

/** The key service encrypted the value itself. */
export interface DirectToken extends Placed {
  readonly kind: "direct";
  readonly recipients: readonly [Recipient];
}

/** The key services wrapped a data key, and the value is sealed under it. */
export interface EnvelopeToken extends Placed {
  readonly kind: "envelope";
  /** 1 to 8, their keys distinct. */
  readonly recipients: readonly Recipient[];
  readonly recipientsText: string;
  readonly payload: Uint8Array;
}

/** A ciphertext of a key service's console or another tool, bound to nothing. */
export interface RawToken {
  readonly kind: "raw";
  readonly text: string;
  readonly recipients: readonly [Recipient];
}

/** A reference to a sealed file beside the config file. */
export interface FileToken {
  readonly kind: "file";
  readonly text: string;
  readonly as: "text" | "json" | "bytes";
  /** Relative, `/` between segments, ends in `.sealed`. */
  readonly path: string;
}

/** Sealed text, parsed. */
export type Token = DirectToken | EnvelopeToken | RawToken | FileToken;
