import { UsageError } from "../errors/index.ts";
import { FORBIDDEN_NAMES } from "../format/index.ts";
import { formatPath, type Path } from "../path/index.ts";
import { looksSealed } from "../token/index.ts";

import { isPlainObject } from "./options.ts";

/**
 * Lays the caller's overrides over the opened config: plain objects merge, everything else replaces.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for sealed text, which has no place there, and for refused names
 */
export function applyOverrides(
  below: unknown,
  overrides: Readonly<Record<string, unknown>> | undefined,
): unknown {
  return overrides === undefined ? below : lay(below, overrides, []);
}

function lay(below: unknown, above: unknown, path: Path): unknown {
  if (typeof above === "string" && looksSealed(above)) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      `overrides: a sealed value cannot stand here (${formatPath(path)})`,
      {
        hint: "open it with openValue first, or put it in a file",
      },
    );
  }
  if (Array.isArray(above))
    return above.map((item: unknown, index) => lay(undefined, item, [...path, index]));
  if (!isPlainObject(above)) return above;
  const result: Record<string, unknown> = isPlainObject(below) ? { ...below } : {};
  for (const [name, value] of Object.entries(above)) {
    const childPath = [...path, name];
    if (FORBIDDEN_NAMES.has(name)) {
      throw new UsageError("ERR_OPTION_INVALID", `overrides: the name ${name} is refused everywhere`);
    }
    if (value !== undefined) result[name] = lay(result[name], value, childPath);
  }
  return result;
}
