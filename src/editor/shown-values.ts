import type { JsonValue } from "../bytes/index.ts";
import type { OpenedDocument, OpenedScalar } from "../config/open-document.ts";
import { plainValue } from "../config/plain-value.ts";
import type { DocumentNode } from "../format/index.ts";
import { jsonText } from "../format/json-text.ts";
import { renderDotenvValue } from "../format/render-dotenv.ts";
import { replaceScalars } from "../format/replace.ts";

/** A sealed value as a person edits it. */
export interface ShownValue extends OpenedScalar {
  /** In a dotenv file, which has nothing else, always a text. */
  readonly shown: JsonValue;
}

/** Lists the sealed values that are shown opened: what an alias repeats is written once, and a reference stays one. */
export function listShownValues(original: OpenedDocument): ShownValue[] {
  return listValues(original).filter((value) => isWritable(original, value));
}

/** Lists those that would be shown too, and stay sealed because their file has no way to write them. */
export function listUnwritable(original: OpenedDocument): ShownValue[] {
  return listValues(original).filter((value) => !isWritable(original, value));
}

/** YAML and JSON can write anything; there are texts that no quotes of dotenv can hold. */
function isWritable({ document }: OpenedDocument, { shown }: ShownValue): boolean {
  return document.format !== "dotenv" || renderDotenvValue(shown, undefined, "\n") !== undefined;
}

function listValues({ document, values }: OpenedDocument): ShownValue[] {
  return values.flatMap((scalar) => {
    const { kind } = scalar.sealed.token;
    const { value } = scalar.opened;
    const isShown = !scalar.node.aliased && (kind === "envelope" || kind === "direct");
    if (!isShown || value instanceof Uint8Array) return [];
    const isText = document.format !== "dotenv" || typeof value === "string";
    return [{ ...scalar, shown: isText ? value : jsonText(value) }];
  });
}

/** Returns the document's text with its sealed values opened. */
export async function showOpened(original: OpenedDocument): Promise<string> {
  const edits = listShownValues(original).map(({ node, shown }) => ({ node, value: shown }));
  return await replaceScalars(original.document, edits);
}

/** Returns the value of a parsed scalar, list or map. */
export function valueOf(node: DocumentNode): JsonValue {
  return plainValue(node) as JsonValue;
}

/** Writes a value so that equal values, and no others, are written alike: 1 is not "1". */
export function identityOf(value: JsonValue): string {
  // YAML's infinities are numbers that JSON does not have.
  return JSON.stringify(value, (_name, member: unknown) => {
    return typeof member === "number" && !Number.isFinite(member) ? { notFinite: String(member) } : member;
  });
}
