import { formatPath, type Path } from "../path/path.ts";
import { ENVIRONMENT_FILE } from "../policy/index.ts";

import type { ValueDescription } from "./describe.ts";
import { type ConfigNode, type Origin, OVERRIDES, type SealedValue, sourceOf } from "./layer.ts";
import type { Opened } from "./opener.ts";

/** Describes the leaves of a merged tree. */
export function describeTree(root: ConfigNode, opened: ReadonlyMap<SealedValue, Opened>): ValueDescription[] {
  const found: ValueDescription[] = [];
  const visit = (node: ConfigNode, path: Path): void => {
    if (node.kind === "list") node.items.forEach((item, index) => visit(item, [...path, index]));
    else if (node.kind === "map") for (const [key, child] of node.entries) visit(child, [...path, key]);
    else {
      found.push({ path: formatPath(path), ...placePart(node.origin), ...sealedPart(node.sealed, opened) });
    }
  };
  visit(root, []);
  return found;
}

function placePart(origin: Origin): Pick<ValueDescription, "file" | "line" | "column" | "variable"> {
  if (origin.file === OVERRIDES) return {};
  if (origin.file === ENVIRONMENT_FILE) return { variable: String(origin.path[0]) };
  const { file, line, column } = sourceOf(origin);
  return { file, line, column };
}

function sealedPart(
  value: SealedValue | undefined,
  opened: ReadonlyMap<SealedValue, Opened>,
): Pick<ValueDescription, "sealed"> {
  const key = value === undefined ? undefined : opened.get(value)?.key.text;
  if (value === undefined || key === undefined) return {};
  const { token, names } = value;
  if (token.kind === "raw") return { sealed: { kind: token.kind, key } };
  const { app, env } = names;
  const path = token.kind !== "file" && token.bindsPath ? names.path : undefined;
  return { sealed: { kind: token.kind, key, app, env, path } };
}
