import type { DocumentNode } from "../format/index.ts";
import type { Path } from "../path/path.ts";

/** A scalar, list or map of a document, at the place where its text stands. */
export interface FoundValue {
  readonly path: Path;
  readonly node: DocumentNode;
  /** False when a key on the way is not a string. */
  readonly keysAreStrings: boolean;
}

/**
 * Visits the values below a document's root in their order, and those within a list or map where `visit` says so. What
 * an alias or a merge repeats is visited where it is written.
 */
export function visitValues(root: DocumentNode, visit: (found: FoundValue) => "descend" | "pass"): void {
  const visitMembers = ({ node: parent, ...found }: FoundValue): void => {
    if (parent.kind === "scalar") return;
    const visitMember = (segment: string | number, node: DocumentNode, keyIsString: boolean): void => {
      if (node.repeats !== undefined) return;
      const keysAreStrings = found.keysAreStrings && keyIsString;
      const member = { path: [...found.path, segment], node, keysAreStrings };
      if (visit(member) === "descend") visitMembers(member);
    };
    if (parent.kind === "list")
      for (const [index, item] of parent.items.entries()) visitMember(index, item, true);
    else for (const [key, entry] of parent.entries) visitMember(key, entry.node, entry.keyIsString);
  };
  visitMembers({ path: [], node: root, keysAreStrings: true });
}
