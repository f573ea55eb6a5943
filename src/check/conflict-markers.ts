import { fromUtf8 } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { positionIn } from "../format/position.ts";

const LABELLED = /^(?:<{7}|\|{7}|>{7})(?: |\r?$)/m;
const ANY = /^(?:(?:<{7}|\|{7}|>{7})(?: |\r?$)|={7}\r?$)/m;

/**
 * Has a file read; what git leaves in one that two branches changed at the same place is told once, in place of
 * what a parser makes of it.
 *
 * @throws SourceError `ERR_FORMAT_SYNTAX`, and whatever `read` throws
 */
export async function withoutConflict<Result>(
  bytes: Uint8Array,
  file: string,
  read: () => Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await read();
  } catch (error) {
    // A line of seven `=`, which a text may hold for other reasons, counts alone only in a file that cannot be read.
    throw findConflict(bytes, file, ANY) ?? error;
  }
  const conflict = findConflict(bytes, file, LABELLED);
  if (conflict !== undefined) throw conflict;
  return result;
}

function findConflict(bytes: Uint8Array, file: string, markers: RegExp): SourceError | undefined {
  const text = fromUtf8(bytes) ?? "";
  const found = markers.exec(text);
  if (found === null) return undefined;
  return new SourceError("ERR_FORMAT_SYNTAX", "git's conflict markers stand here", {
    source: { file, ...positionIn(text, found.index) },
    hint: "keep what both sides need and take the marker lines out; sealed values stay as they are",
  });
}
