import { formatSource, printable, type SealconfError } from "../errors/index.ts";
import type { FormatName } from "../format/index.ts";

import { relocate, whatOf } from "./relocate.ts";

/** Lines above an edited text that say what is wrong with it. */
export interface Markers {
  /** Comments without line breaks; none in JSON, which has no comments. */
  readonly lines: readonly string[];
  /** The error with its place in the text below these lines. */
  readonly error: SealconfError;
}

export const NO_MARKERS: readonly string[] = [];

const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

export function markersOf(error: SealconfError, format: FormatName): Markers {
  if (format === "json") return { lines: NO_MARKERS, error };
  const { source, hint } = error;
  const hints = hint === undefined ? [] : [hint];
  const line = source?.line === undefined ? undefined : source.line + hints.length + 1;
  const moved = source === undefined ? error : relocate(error, { ...source, line });
  const place = moved.source === undefined ? "" : `${formatSource(moved.source)}: `;
  const lines = [place + whatOf(moved), ...hints].map((text) => `# sealconf: ${printable(text)}`);
  return { lines, error: moved };
}

/** Puts the lines at the start of a text. It may be no text at all, and every byte of it stays. */
export function addMarkers(bytes: Uint8Array, lines: readonly string[]): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  const start = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const added = lines.map((line) => asLatin1(line) + lineBreak).join("");
  return Buffer.from(text.slice(0, start) + added + text.slice(start), "latin1");
}

/** Takes the lines out again, wherever they are by now. */
export function removeMarkers(bytes: Uint8Array, lines: readonly string[]): Uint8Array {
  const markers = new Set(lines.map(asLatin1));
  const text = Buffer.from(bytes).toString("latin1");
  const start = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const kept = text
    .slice(start)
    .split(/(?<=\n)/)
    .filter((line) => !markers.has(line.replace(/\r?\n$/, "")));
  return Buffer.from(text.slice(0, start) + kept.join(""), "latin1");
}

/** A character for each byte. */
function asLatin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
