import type { Path } from "../path/path.ts";
import { checkIndices } from "./check-addition.ts";
import type { Document, FormatName } from "./document.ts";
import { findPlace, type Place } from "./place.ts";
import { readBack } from "./read-back.ts";
import { refusal, refuseCollection, refuseRepeated } from "./refusal.ts";
import { removeFromBlock } from "./remove-from-block.ts";
import { removeFromDotenv } from "./remove-from-dotenv.ts";
import { removeFromFlow } from "./remove-from-flow.ts";
import { isRepeated } from "./repeated.ts";
import { applySplices, type Splice } from "./splice.ts";

/** Finds the changes that remove an entry, or returns undefined where it is not clear what belongs to it. */
type Remove = (place: Place) => readonly Splice[] | undefined;

const REMOVE: Readonly<Record<FormatName, Remove>> = {
  yaml: (place) => (place.inFlow ? removeFromFlow(place) : removeFromBlock(place)),
  json: removeFromFlow,
  dotenv: removeFromDotenv,
};

/**
 * Returns the document's text without the scalar at a path: without its key and, where nothing else stands on them, its
 * lines and the comment behind it. Comments above it stay, as does every other byte. A map that is empty then is written
 * `{}`, but for the document itself.
 *
 * What is returned was read back: exactly this is gone.
 *
 * @throws SourceError `ERR_FORMAT_SYNTAX` where the path names no scalar, or an alias or a merge repeats it.
 */
export async function removeValue(document: Document, path: Path): Promise<string> {
  const { place, missing } = findPlace(document, path);
  checkIndices(place, path);
  if (missing.length > 0) {
    throw refusal(place, "there is no value to remove", "name a value that stands in the file", path);
  }
  if (place.node.kind !== "scalar") throw refuseCollection(place);
  if (isShared(place)) throw refuseRepeated(place);
  const splices = place.parent === undefined ? undefined : REMOVE[document.format](place);
  const text = splices === undefined ? undefined : applySplices(document.text, splices);
  if (text === undefined || (await readBack(document, text, { removed: place.node })).length > 0) {
    throw refusal(
      place,
      "this value cannot be removed without a change elsewhere",
      "remove it with an editor",
    );
  }
  return text;
}

/** Whether an alias or a merge brings it from a place that would lose it too, or repeats it elsewhere. */
function isShared({ document, node, parent, entry }: Place): boolean {
  const isAliasItself = parent !== undefined && parent.repeats === undefined && entry?.merged !== true;
  return isRepeated(document, node) && !(isAliasItself && node.repeats !== undefined);
}
