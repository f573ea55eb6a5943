import type { JsonValue } from "../bytes/index.ts";
import type { OpenedDocument } from "../config/open-document.ts";
import { TokenError } from "../errors/index.ts";
import type { Document, DocumentNode } from "../format/index.ts";

import type { EditedValue } from "./edited-values.ts";
import { listShownValues } from "./shown-values.ts";

// A shorter text may well stand in a new line by chance.
const TELLING_CHARACTERS = 6;
/** What every PEM file has. */
const FENCE = /^-----/;

/**
 * Refuses a new line in which a value that was sealed, and is no more, stands in the clear: it was made a comment, or a
 * part of another value.
 *
 * @throws TokenError `ERR_PLAINTEXT_SECRET`
 */
export function refuseDroppedSecrets(
  edited: Document,
  original: OpenedDocument,
  values: readonly EditedValue[],
): void {
  const kept = new Set(values.map(({ unchanged }) => unchanged?.node));
  const dropped = listShownValues(original).filter(({ node }) => !kept.has(node));
  const secrets = dropped.flatMap(({ shown }) => linesOf(shown));
  if (secrets.length === 0) return;
  const before = new Set(
    linesWithout(
      original.document.text,
      original.values.map(({ node }) => node),
    ),
  );
  const after = linesWithout(
    edited.text,
    values.map(({ node }) => node),
  );
  const found = after.findIndex(
    (line) => !before.has(line) && secrets.some((secret) => line.includes(secret)),
  );
  if (found === -1) return;
  throw new TokenError("ERR_PLAINTEXT_SECRET", "a value that was sealed stands here in plaintext", {
    source: { file: edited.file, line: found + 1 },
    hint: "take it out: neither a comment nor a part of another value is sealed",
  });
}

/** The lines of the texts in a value that can be told from others. */
function linesOf(value: JsonValue): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(linesOf);
  return String(value)
    .split(/\r?\n/)
    .filter((line) => line.length >= TELLING_CHARACTERS && !FENCE.test(line));
}

/** The lines of a text with a mark in place of some of its values. */
function linesWithout(text: string, nodes: readonly DocumentNode[]): string[] {
  let rest = "";
  let copied = 0;
  for (const { start, end } of nodes.toSorted((a, b) => a.start - b.start)) {
    if (start < copied) continue;
    // The lines keep their numbers.
    rest += `${text.slice(copied, start)}\0${text.slice(start, end).replace(/[^\n]/g, "")}`;
    copied = end;
  }
  return (rest + text.slice(copied)).split("\n");
}
