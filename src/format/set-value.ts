import type { JsonValue } from "../bytes/index.ts";
import type { SourceError } from "../errors/index.ts";
import type { Path } from "../path/path.ts";
import { addToBlock, takesLines } from "./add-to-block.ts";
import { addToDotenv } from "./add-to-dotenv.ts";
import { addToFlow } from "./add-to-flow.ts";
import { checkAddition } from "./check-addition.ts";
import type { Document, FormatName } from "./document.ts";
import { type Addition, findPlace, isScalarPlace } from "./place.ts";
import { readBack } from "./read-back.ts";
import { refuseCollection, refuseRepeated, refuseToWrite } from "./refusal.ts";
import { isRepeated } from "./repeated.ts";
import { replaceScalars, valueIn } from "./replace.ts";
import { applySplices, type Splice } from "./splice.ts";

/** Finds the changes that add a value, or returns undefined where the format has no way to write it. */
type Add = (addition: Addition) => readonly Splice[] | undefined;

const ADD: Readonly<Record<FormatName, Add>> = {
  yaml: (addition) => (takesLines(addition.place) ? addToBlock(addition) : addToFlow(addition)),
  json: addToFlow,
  dotenv: addToDotenv,
};

/**
 * Returns the document's text with another value for the scalar at a path, or with the key added where it is missing, and
 * the maps it stands in too, in the way the rest is written. Every other byte is as it was.
 *
 * What is returned was read back: exactly this has changed.
 *
 * @param path - From the document's root. An index may be one past the list's end, which adds an element.
 * @throws SourceError `ERR_FORMAT_SYNTAX` where the path names a map or list or leads through another value, where an
 * alias or a merge repeats what stands there, or where the value cannot be written.
 */
export async function setValue(document: Document, path: Path, value: JsonValue): Promise<string> {
  const { place, missing } = findPlace(document, path);
  if (isRepeated(document, place.node)) throw refuseRepeated(place);
  if (missing.length > 0) return await addValue({ place, missing, value });
  if (!isScalarPlace(place)) throw refuseCollection(place);
  return await replaceScalars(document, [{ node: place.node, value }]);
}

async function addValue(addition: Addition): Promise<string> {
  const { place, missing, value } = addition;
  const { document, node } = place;
  checkAddition(addition);
  const splices = ADD[document.format](addition);
  if (splices === undefined) throw refuseToAdd(addition);
  const text = applySplices(document.text, splices);
  const [key = "", ...below] = missing;
  const added = below.reduceRight<JsonValue>((inner, name) => ({ [name]: inner }), valueIn(document, value));
  const changes =
    node.kind === "scalar"
      ? { values: new Map([[node, { [key]: added }]]) }
      : { added: { to: node, key, value: added } };
  const wrong = await readBack(document, text, changes);
  if (wrong.length > 0) throw refuseToAdd(addition);
  return text;
}

function refuseToAdd({ place, missing }: Addition): SourceError {
  return refuseToWrite(place, [...place.path, ...missing]);
}
