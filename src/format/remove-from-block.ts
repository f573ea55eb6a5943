import { nextLineAfter } from "./block-lines.ts";
import { writtenChildren } from "./children.ts";
import { entryStartOf } from "./entry-start.ts";
import { afterWhiteSpace, beforeBlanks, isFirstInLine, lineEndOf, lineStartOf } from "./lines.ts";
import { findPlace, type Place } from "./place.ts";
import { insertion, removalOfLines, type Splice } from "./splice.ts";

/** A key's colon, and the anchor and tag of a value that begins on a later line. */
const COLON = /[ \t]*:(?:[ \t]+[&!]\S*)*(?=[ \t]*(?:\r?\n|[ \t]#))/y;

/** Removes an entry or item of YAML's block style; undefined where it is not seen where it begins. */
export function removeFromBlock(place: Place): readonly Splice[] | undefined {
  const { document, node, parent } = place;
  const { text } = document;
  const start = startOf(place);
  if (start === undefined || parent === undefined) return undefined;
  const isOnlyOne = writtenChildren(parent).length === 1;
  const next = nextLineAfter(text, node);
  const emptied = parent.kind === "list" ? "[]" : "{}";
  const inItsPlace = [{ start, end: lineEndOf(text, node.end), text: emptied }];
  if (!isFirstInLine(text, start)) {
    // It begins in the line of a dash; what follows it moves there.
    return isOnlyOne ? inItsPlace : [{ start, end: afterWhiteSpace(text, next), text: "" }];
  }
  const lines = removalOfLines(text, lineStartOf(text, start), next);
  if (!isOnlyOne || (parent === document.root && parent.kind === "map")) return [lines];
  const colonEnd = findColonEnd(findPlace(document, place.path.slice(0, -1)).place);
  return colonEnd === undefined ? inItsPlace : [insertion(colonEnd, ` ${emptied}`), lines];
}

/** Where the key begins, or the dash. */
function startOf({ document: { text }, node, entry }: Place): number | undefined {
  if (entry !== undefined) return entryStartOf(text, entry.keyStart);
  const afterDash = beforeBlanks(text, entryStartOf(text, node.start));
  return text[afterDash - 1] === "-" ? afterDash - 1 : undefined;
}

function findColonEnd({ document: { text }, entry }: Place): number | undefined {
  if (entry === undefined) return undefined;
  COLON.lastIndex = entry.keyEnd;
  return COLON.test(text) ? COLON.lastIndex : undefined;
}
