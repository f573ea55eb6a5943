import { SourceError } from "../errors/index.ts";
import type { Document } from "./document.ts";
import { positionAt } from "./position.ts";

/**
 * Returns the document when it is a map of names to values, as every config is.
 *
 * @throws SourceError `ERR_FORMAT_SYNTAX`
 */
export function requireMap(document: Document): Document {
  const { file, root } = document;
  if (root.kind === "map") return document;
  const source = { file, ...positionAt(document, root.start) };
  throw new SourceError("ERR_FORMAT_SYNTAX", "a config must be a map of names to values", { source });
}
