import type { JsonValue } from "../bytes/index.ts";
import type { Path } from "../path/path.ts";
import { childrenOf } from "./children.ts";
import type { Document, DocumentNode, ListNode, MapEntry, MapNode, ScalarNode } from "./document.ts";

/** A value of a document with what decides how it can be written there. */
export interface Place {
  readonly document: Document;
  readonly node: DocumentNode;
  readonly path: Path;
  /** The map or list it stands in; the document's root has none. */
  readonly parent?: MapNode | ListNode | undefined;
  /** In a map. */
  readonly entry?: MapEntry | undefined;
  /** Whether it stands in brackets, however far up they open. */
  readonly inFlow: boolean;
}

export interface ScalarPlace extends Place {
  readonly node: ScalarNode;
}

/** The deepest value on the way that a path names, and what of the path is not there. */
export interface FoundPlace {
  readonly place: Place;
  readonly missing: Path;
}

/** A value that is to stand where nothing is: the map or list to add it to, or the null to put a map in place of. */
export interface Addition extends FoundPlace {
  readonly value: JsonValue;
}

const INDEX = /^(?:0|[1-9][0-9]*)$/;

export function isScalarPlace(place: Place): place is ScalarPlace {
  return place.node.kind === "scalar";
}

export function findPlace(document: Document, path: Path): FoundPlace {
  let place = rootPlace(document);
  for (const [depth, segment] of path.entries()) {
    const child = childPlace(place, segment);
    if (child === undefined) return { place, missing: path.slice(depth) };
    place = child;
  }
  return { place, missing: [] };
}

export function findScalarPlaces(document: Document): Map<ScalarNode, ScalarPlace> {
  const places = new Map<ScalarNode, ScalarPlace>();
  const visit = (place: Place): void => {
    if (isScalarPlace(place)) places.set(place.node, place);
    for (const [key] of childrenOf(place.node)) {
      const child = childPlace(place, key);
      if (child !== undefined) visit(child);
    }
  };
  visit(rootPlace(document));
  return places;
}

function rootPlace(document: Document): Place {
  return { document, node: document.root, path: [], inFlow: false };
}

function childPlace(place: Place, segment: string | number): Place | undefined {
  const { document, node: parent, path } = place;
  if (parent.kind === "scalar") return undefined;
  const inFlow = place.inFlow || parent.flow;
  if (parent.kind === "list") {
    // A pointer does not tell an index from a key that is a number.
    const index = typeof segment === "string" && INDEX.test(segment) ? Number(segment) : segment;
    const node = typeof index === "number" ? parent.items[index] : undefined;
    return node === undefined ? undefined : { document, node, path: [...path, index], parent, inFlow };
  }
  const entry = typeof segment === "string" ? parent.entries.get(segment) : undefined;
  if (entry === undefined) return undefined;
  return { document, node: entry.node, path: [...path, segment], parent, entry, inFlow };
}
