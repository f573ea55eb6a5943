import { UsageError } from "../errors/index.ts";
import { FORBIDDEN_NAMES } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";
import { looksSealed } from "../token/index.ts";

import { type ConfigMap, type ConfigNode, OVERRIDES } from "./layer.ts";
import { isPlainObject } from "./options.ts";

type Overrides = Readonly<Record<string, unknown>>;

/**
 * Lays the caller's overrides over the merged tree, before anything is opened: plain objects merge, everything else
 * replaces.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for sealed text, which has no place there, for refused names, and for members
 * of a value that is sealed whole
 */
export function applyOverrides(below: ConfigMap, overrides: Overrides | undefined): ConfigMap {
  return overrides === undefined ? below : layMap(below.entries, overrides, []);
}

function layMap(below: ConfigMap["entries"] | undefined, above: Overrides, path: Path): ConfigMap {
  const entries = new Map(below);
  for (const [name, value] of Object.entries(above)) {
    if (FORBIDDEN_NAMES.has(name)) throw refused(`the name ${name} is refused everywhere`);
    if (value !== undefined) entries.set(name, lay(entries.get(name), value, [...path, name]));
  }
  return { kind: "map", entries };
}

function lay(below: ConfigNode | undefined, above: unknown, path: Path): ConfigNode {
  if (isPlainObject(above)) {
    if (below?.kind === "leaf" && below.sealed !== undefined && Object.keys(above).length > 0) {
      throw refused(`a member is set under a value that is sealed whole (${formatPath(path)})`);
    }
    return layMap(below?.kind === "map" ? below.entries : undefined, above, path);
  }
  if (Array.isArray(above)) {
    return {
      kind: "list",
      items: above.map((item: unknown, index) => lay(undefined, item, [...path, index])),
    };
  }
  if (typeof above === "string" && looksSealed(above)) {
    const hint = "open it with openValue first, or put it in a file";
    throw refused(`a sealed value cannot stand here (${formatPath(path)})`, hint);
  }
  const origin = { layer: Number.POSITIVE_INFINITY, file: OVERRIDES, path };
  return { kind: "leaf", value: above, sealed: undefined, origin };
}

function refused(what: string, hint?: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", `overrides: ${what}`, { hint });
}
