import { SourceError } from "../errors/index.ts";
import { formatPath, type Path } from "../path/path.ts";
import type { FormatName } from "./document.ts";
import type { Place } from "./place.ts";
import { positionAt } from "./position.ts";

const TITLES: Readonly<Record<FormatName, string>> = {
  yaml: "YAML document",
  json: "JSON document",
  dotenv: "dotenv file",
};

/** The error for an edit that is not made. It points at the place, and names the path, the place's own unless given. */
export function refusal(place: Place, what: string, hint?: string, path: Path = place.path): SourceError {
  const { document, node, entry } = place;
  const offset = node.kind === "scalar" || entry === undefined ? node.start : entry.keyStart;
  const source = {
    file: document.file,
    ...positionAt(document, offset),
    path: path.length === 0 ? undefined : formatPath(path),
  };
  return new SourceError("ERR_FORMAT_SYNTAX", what, { source, hint });
}

export function refuseRepeated(place: Place): SourceError {
  if (place.node.repeats === undefined) {
    return refusal(
      place,
      "an alias or a merge repeats this value elsewhere, so it cannot be changed here alone",
      "write the value out in place of the alias",
    );
  }
  return refusal(
    place,
    "a value that an alias repeats cannot be changed here",
    "change it where its anchor stands, or write it out in place of the alias",
  );
}

/** The value of a key without a colon, `{a}` or `? a`, is null and not written. */
export function hasNoColon({ node, entry }: Place): boolean {
  return entry !== undefined && node.start === node.end && node.start === entry.keyEnd;
}

export function refuseNoColon(place: Place): SourceError {
  return refusal(place, "a key without a colon has no value to change", "write a colon after the key");
}

export function refuseCollection(place: Place): SourceError {
  const { kind } = place.node;
  const example = kind === "list" ? [...place.path, 0] : [...place.path, "name"];
  return refusal(place, `the value here is a ${kind}`, `name one of its values: ${formatPath(example)}`);
}

export function refuseToWrite(place: Place, path: Path = place.path): SourceError {
  const title = TITLES[place.document.format];
  const hint = "write it in another form, or make room for it with an editor";
  return refusal(place, `this value cannot be written in a ${title} here`, hint, path);
}
