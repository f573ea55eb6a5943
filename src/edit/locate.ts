import type { Document, DocumentNode } from "../format/index.ts";
import { parsePath, type Path } from "../path/path.ts";

/**
 * Reads a path that a person wrote as a place in a document: a pointer writes an index as it writes a key, `/servers/0`, and only
 * the document tells them apart.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for what is no path
 */
export function locate(document: Document, text: string): Path {
  let node: DocumentNode | undefined = document.root;
  return parsePath(text).map((segment) => {
    const parent: DocumentNode | undefined = node;
    const isIndex = parent?.kind === "list" && /^(?:0|[1-9][0-9]*)$/.test(String(segment));
    const here = isIndex ? Number(segment) : segment;
    node = childOf(parent, here);
    return here;
  });
}

/** Returns what stands at a path. */
export function nodeAt(root: DocumentNode, path: Path): DocumentNode | undefined {
  return path.reduce<DocumentNode | undefined>(childOf, root);
}

function childOf(node: DocumentNode | undefined, segment: string | number): DocumentNode | undefined {
  if (node?.kind === "list") return typeof segment === "number" ? node.items[segment] : undefined;
  return node?.kind === "map" ? node.entries.get(String(segment))?.node : undefined;
}
