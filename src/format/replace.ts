import type { JsonValue } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { formatPath } from "../path/path.ts";
import type { Document, DocumentNode, FormatName, Limits, ScalarNode } from "./document.ts";
import { jsonText } from "./json-text.ts";
import { parseDocument } from "./parse-document.ts";
import { positionAt } from "./position.ts";
import { findDifference } from "./read-back.ts";
import { renderDotenv } from "./render-dotenv.ts";
import { renderYaml } from "./render-yaml.ts";
import type { ScalarPlace } from "./scalar-place.ts";

/** A new value for a scalar of a document. */
export interface ScalarEdit {
  readonly node: ScalarNode;
  readonly value: JsonValue;
}

/** Writes a value for a place, or returns undefined where the format has no way to write it. */
export type RenderScalar = (place: ScalarPlace, value: JsonValue) => string | undefined;

const TITLES: Readonly<Record<FormatName, string>> = {
  yaml: "YAML document",
  json: "JSON document",
  dotenv: "dotenv file",
};

const RENDERERS: Readonly<Record<FormatName, RenderScalar>> = {
  yaml: renderYaml,
  json: (_place, value) => jsonText(value),
  dotenv: renderDotenv,
};

// What is read back was within the limits before; only the new values may nest.
const READ_BACK_LIMITS: Limits = { maxFileBytes: Infinity, maxDepth: 500, maxNodes: Infinity };

/**
 * Returns the document's text with new values for some of its scalars, and every other byte as it is.
 *
 * What is returned was read back: exactly these scalars have changed, and have these values.
 *
 * @throws SourceError `ERR_FORMAT_SYNTAX` where a value cannot be written, or would be repeated elsewhere by an alias.
 */
export async function replaceScalars(document: Document, edits: readonly ScalarEdit[]): Promise<string> {
  const places = findPlaces(document);
  const changes = new Map(edits.map(({ node, value }) => [node, value]));
  const inOrder = [...changes.keys()]
    .map((node) => placeOf(places, node))
    .sort((a, b) => a.node.start - b.node.start);
  let text = "";
  let copied = 0;
  for (const place of inOrder) {
    const { node } = place;
    const value = changes.get(node) ?? null;
    const rendered = node.aliased ? undefined : RENDERERS[document.format](place, value);
    if (rendered === undefined) throw unwritable(place);
    if (document.format === "dotenv" && typeof value !== "string") changes.set(node, jsonText(value));
    text += document.text.slice(copied, node.start) + rendered;
    copied = node.end;
  }
  text += document.text.slice(copied);
  const wrong = await findWrong(document, text, changes);
  const guilty = wrong === undefined ? undefined : (inOrder.find(({ node }) => node === wrong) ?? inOrder[0]);
  if (guilty !== undefined) throw unwritable(guilty);
  return text;
}

function placeOf(places: ReadonlyMap<ScalarNode, ScalarPlace>, node: ScalarNode): ScalarPlace {
  const place = places.get(node);
  if (place === undefined) throw new TypeError("the scalar does not stand in this document");
  return place;
}

/** Reads the text again and returns a node that is not what it should be. */
async function findWrong(
  document: Document,
  text: string,
  changes: ReadonlyMap<ScalarNode, JsonValue>,
): Promise<DocumentNode | undefined> {
  const { file, format, root } = document;
  try {
    const after = await parseDocument(text, { file, format, limits: READ_BACK_LIMITS });
    return findDifference(root, after.root, changes);
  } catch (error) {
    if (error instanceof SourceError) return root;
    throw error;
  }
}

function findPlaces(document: Document): Map<ScalarNode, ScalarPlace> {
  const places = new Map<ScalarNode, ScalarPlace>();
  const visit = (node: DocumentNode, place: Omit<ScalarPlace, "node">): void => {
    if (node.kind === "scalar") {
      places.set(node, { ...place, node });
      return;
    }
    const { path } = place;
    const inFlow = place.inFlow || node.flow;
    if (node.kind === "list") {
      for (const [index, item] of node.items.entries()) {
        visit(item, { document, path: [...path, index], parent: node, inFlow });
      }
      return;
    }
    for (const [key, { keyEnd, node: value }] of node.entries) {
      visit(value, { document, path: [...path, key], parent: node, keyEnd, inFlow });
    }
  };
  visit(document.root, { document, path: [], inFlow: false });
  return places;
}

function unwritable({ document, node, path }: ScalarPlace): SourceError {
  const source = {
    file: document.file,
    ...positionAt(document, node.start),
    path: path.length === 0 ? undefined : formatPath(path),
  };
  if (node.aliased) {
    return new SourceError("ERR_FORMAT_SYNTAX", "a value that an alias repeats cannot be changed here", {
      source,
      hint: "change it where its anchor stands, or write it out in place of the alias",
    });
  }
  return new SourceError(
    "ERR_FORMAT_SYNTAX",
    `this value cannot be written in a ${TITLES[document.format]} here`,
    { source },
  );
}
