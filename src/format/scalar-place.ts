import type { Path } from "../path/path.ts";
import type { Document, ListNode, MapNode, ScalarNode } from "./document.ts";

/** A scalar with what decides how a value can be written there. */
export interface ScalarPlace {
  readonly document: Document;
  readonly node: ScalarNode;
  readonly path: Path;
  /** The map or list it stands in; the document's root has none. */
  readonly parent?: MapNode | ListNode | undefined;
  /** Where its key ends, in a map. */
  readonly keyEnd?: number | undefined;
  /** Whether it stands in brackets, however far up they open. */
  readonly inFlow: boolean;
}
