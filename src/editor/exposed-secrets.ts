import type { JsonValue } from "../bytes/index.ts";
import type { OpenedDocument } from "../config/open-document.ts";
import { printable, TokenError } from "../errors/index.ts";
import type { Document, DocumentNode } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";

import type { EditedValue } from "./edited-values.ts";
import { findingTexts, SHORTEST_TEXT } from "./find-texts.ts";
import { listShownValues } from "./shown-values.ts";

// A shorter text may well stand in a new line by chance: more so one that is sealed still.
const TELLING_CHARACTERS = { dropped: SHORTEST_TEXT, sealed: 8 } as const;
/** What every PEM file has. */
const FENCE = /^-----/;

/**
 * Refuses a new line in which a value that was sealed, is, or is to be, stands in the clear: in a comment, as a key, or
 * as a part of another value. What a line had in the clear before it was changed may stand in it still.
 *
 * @throws TokenError `ERR_PLAINTEXT_SECRET`
 */
export function refuseExposedSecrets(
  edited: Document,
  original: OpenedDocument,
  values: readonly EditedValue[],
): void {
  const before = linesWithout(original.document, original.values);
  const after = linesWithout(edited, values);
  const stood = new Set(before);
  const stands = new Set(after);
  const pathOf = secretTexts(original, values);
  const findSecrets = findingTexts(pathOf.keys());
  const known = new Set(before.filter((line) => !stands.has(line)).flatMap(findSecrets));
  for (const [index, line] of after.entries()) {
    if (stood.has(line)) continue;
    const path = pathOf.get(findSecrets(line).find((secret) => !known.has(secret)) ?? "");
    if (path !== undefined) throw exposed(edited, index + 1, path);
  }
}

function exposed({ file }: Document, line: number, path: Path): TokenError {
  const what = `the value of ${printable(formatPath(path))} stands here in plaintext`;
  return new TokenError("ERR_PLAINTEXT_SECRET", what, {
    source: { file, line },
    hint:
      "take it out: no comment, no key and no part of another value is sealed; a line in which that text is no " +
      "secret can be written into the file itself",
  });
}

/** The texts that are not to stand anywhere in the clear, with the path of the value that each is of. */
function secretTexts(original: OpenedDocument, values: readonly EditedValue[]): Map<string, Path> {
  const kept = new Set(values.map(({ unchanged }) => unchanged?.node));
  const { dropped, sealed } = TELLING_CHARACTERS;
  const secrets = [
    ...listShownValues(original).map(({ node, path, shown }) => {
      return { path, value: shown, shortest: kept.has(node) ? sealed : dropped };
    }),
    ...values.flatMap(({ unchanged, path, value }) => {
      return unchanged === undefined ? [{ path, value, shortest: sealed }] : [];
    }),
  ];
  return new Map(
    secrets.flatMap(({ path, value, shortest }) => {
      return linesOf(value)
        .filter((line) => line.length >= shortest && !FENCE.test(line))
        .flatMap((line) => spellingsOf(line).map((text) => [text, path] as const));
    }),
  );
}

/** The lines of the texts in a value. */
function linesOf(value: JsonValue): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(linesOf);
  return String(value)
    .split("\n")
    .map((line) => line.trim());
}

/** A text as it stands without quotes, in double quotes, and in YAML's single ones. */
function spellingsOf(line: string): string[] {
  return [line, JSON.stringify(line).slice(1, -1), line.replaceAll("'", "''")];
}

/** The lines of a document with a mark in place of some of its values. */
function linesWithout({ text }: Document, values: readonly { readonly node: DocumentNode }[]): string[] {
  let rest = "";
  let copied = 0;
  for (const { start, end } of values.map(({ node }) => node).toSorted((a, b) => a.start - b.start)) {
    if (start < copied) continue;
    // The lines keep their numbers.
    rest += `${text.slice(copied, start)}\0${text.slice(start, end).replace(/[^\n]/g, "")}`;
    copied = end;
  }
  return (rest + text.slice(copied)).split("\n");
}
