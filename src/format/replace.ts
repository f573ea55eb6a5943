import type { JsonValue } from "../bytes/index.ts";
import type { Document, DocumentNode, FormatName, ScalarNode } from "./document.ts";
import { jsonText } from "./json-text.ts";
import { findScalarPlaces, type ScalarPlace } from "./place.ts";
import { readBack } from "./read-back.ts";
import { hasNoColon, refuseNoColon, refuseRepeated, refuseToWrite } from "./refusal.ts";
import { renderDotenv } from "./render-dotenv.ts";
import { renderYaml } from "./render-yaml.ts";
import { applySplices } from "./splice.ts";

/** A new value for a scalar of a document. */
export interface ScalarEdit {
  readonly node: ScalarNode;
  readonly value: JsonValue;
  /** How the value was written elsewhere, quotes included: taken as it is where it has the value here too. */
  readonly written?: string | undefined;
}

interface PlacedEdit extends ScalarEdit {
  readonly place: ScalarPlace;
}

/** Writes a value for a place, or returns undefined where the format has no way to write it. */
type RenderScalar = (place: ScalarPlace, value: JsonValue) => string | undefined;

const RENDERERS: Readonly<Record<FormatName, RenderScalar>> = {
  yaml: renderYaml,
  json: (_place, value) => jsonText(value),
  dotenv: renderDotenv,
};

/**
 * Returns the document's text with new values for some of its scalars, and every other byte as it is.
 *
 * What is returned was read back: exactly these scalars have changed, and have these values.
 *
 * @throws SourceError `ERR_FORMAT_SYNTAX` where a value cannot be written, or would be repeated elsewhere by an alias.
 */
export async function replaceScalars(document: Document, edits: readonly ScalarEdit[]): Promise<string> {
  const placed = placeEdits(document, edits);
  const [first] = placed;
  if (first === undefined) return document.text;
  const values = new Map(placed.map(({ node, value }) => [node, valueIn(document, value)]));
  const written = new Set(placed.filter((edit) => edit.written !== undefined).map(({ node }) => node));
  for (let attempt = 1; ; attempt += 1) {
    const text = applySplices(
      document.text,
      placed.map((edit) => ({
        start: edit.node.start,
        end: edit.node.end,
        text: written.has(edit.node) && edit.written !== undefined ? edit.written : render(edit),
      })),
    );
    const wrong = new Set(await readBack(document, text, { values }));
    if (wrong.size === 0) return text;
    if (written.size === 0) throw refuseToWrite((placed.find(({ node }) => wrong.has(node)) ?? first).place);
    giveUp(written, attempt === 1 ? wrong : written);
  }
}

/** Leaves out those that are wrong, or all of them when it is not to be seen which. */
function giveUp(written: Set<DocumentNode>, wrong: ReadonlySet<DocumentNode>): void {
  const guilty = [...written].filter((node) => wrong.has(node));
  if (guilty.length === 0) written.clear();
  for (const node of guilty) written.delete(node);
}

/** Returns the edits, the last for each scalar, in the order of the text. */
function placeEdits(document: Document, edits: readonly ScalarEdit[]): readonly PlacedEdit[] {
  const places = findScalarPlaces(document);
  return [...new Map(edits.map((edit) => [edit.node, edit])).values()]
    .map((edit) => {
      const place = places.get(edit.node);
      if (place === undefined) throw new TypeError("the scalar does not stand in this document");
      if (edit.node.aliased) throw refuseRepeated(place);
      if (hasNoColon(place)) throw refuseNoColon(place);
      return { ...edit, place };
    })
    .sort((a, b) => a.node.start - b.node.start);
}

function render({ place, value }: PlacedEdit): string {
  const rendered = RENDERERS[place.document.format](place, value);
  if (rendered === undefined) throw refuseToWrite(place);
  return rendered;
}

/** A dotenv file holds strings alone. */
export function valueIn({ format }: Document, value: JsonValue): JsonValue {
  return format === "dotenv" && typeof value !== "string" ? jsonText(value) : value;
}
