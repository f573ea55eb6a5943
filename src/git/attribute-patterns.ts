import { quoteName } from "./path-bytes.ts";

// What a `.gitattributes` line may give a format to: the names that this package reads.
const FORMAT_NAMES = ["*.yaml", "*.yml", "*.json", ".env", ".env.*", "*.env"];

/**
 * Writes a policy's glob as patterns of a `.gitattributes` file: they match every config file that the glob matches,
 * and may match more where git has no way to say it.
 *
 * @param folder The policy's folder relative to the work tree, `""` for the work tree itself.
 */
export function attributePatterns(glob: string, folder: string): string[] {
  const prefix = folder === "" ? "/" : `/${folder.replace(/[\\*?[]/g, "\\$&")}/`;
  const patterns = expandBraces(glob.replace(/^(?:\.\/)+/, "")).flatMap((plain) => {
    const pattern = plain.replace(/[!@?*+]?\([^()/]*\)/g, "*");
    const last = pattern.slice(pattern.lastIndexOf("/") + 1);
    if (!/^\*+$/.test(last)) return [pattern];
    // All files of a folder: of images and the like git shows no text.
    const above = last === "*" ? pattern.slice(0, -1) : `${pattern.slice(0, -last.length)}**/`;
    return FORMAT_NAMES.map((name) => above + name);
  });
  return [...new Set(patterns)].map((pattern) => quoteIfNeeded(prefix + pattern));
}

/** `a.{yaml,json}` → `a.yaml`, `a.json`; what braces hold but a list of names becomes `*`. */
function expandBraces(glob: string): string[] {
  const found = /(?<!\\)\{([^{}]*)\}/.exec(glob);
  if (found === null) return [glob];
  const [braces, inside = ""] = found;
  const before = glob.slice(0, found.index);
  const after = glob.slice(found.index + braces.length);
  const names = inside.includes(",") ? inside.split(",") : ["*"];
  return names.flatMap((name) => expandBraces(before + name + after));
}

function quoteIfNeeded(pattern: string): string {
  return /^[!-~]+$/.test(pattern) ? pattern : quoteName(pattern);
}
