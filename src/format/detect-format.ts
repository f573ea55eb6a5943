import { SourceError } from "../errors/index.ts";
import type { FormatName } from "./document.ts";

const FORMATS: readonly (readonly [name: RegExp, format: FormatName])[] = [
  [/\.ya?ml$/i, "yaml"],
  [/\.json$/i, "json"],
  [/^\.env(?:\..+)?$|\.env$/, "dotenv"],
];

/**
 * Tells a file's format by its name: `.yaml`, `.yml`, `.json`, `.env`, `.env.*` and `*.env`.
 *
 * @throws SourceError `ERR_FORMAT_UNKNOWN`
 */
export function formatOf(file: string): FormatName {
  const name = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  // Before the others: `.env.json` is what dotenv's users call their settings for an environment named json.
  const found = FORMATS.find(([pattern]) => pattern.test(name));
  if (found !== undefined) return found[1];
  if (/\.json[c5]$/i.test(name)) {
    throw new SourceError("ERR_FORMAT_UNKNOWN", "JSON with comments is not read", {
      source: { file },
      hint: "take comments and trailing commas out and name it .json, or write it as YAML",
    });
  }
  throw new SourceError("ERR_FORMAT_UNKNOWN", "the file's format is not known from its name", {
    source: { file },
    hint: "name it .yaml, .yml, .json, .env or .env.NAME, or say with `as` what it is",
  });
}
