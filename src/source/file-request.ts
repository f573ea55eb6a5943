import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { quoted, UsageError } from "../errors/index.ts";

/** A file to load: a path, a `file:` URL, a file with details, or text that the caller has already. */
export type FileInput = string | URL | FileOnDisk | FileText;

export interface FileOnDisk {
  /** Relative to `root`, or absolute. */
  readonly path: string | URL;
  /** What the file is in the policy's eyes, when it lies elsewhere: `config/production.yaml`. */
  readonly as?: string | undefined;
  /** `yaml`, `json` or `dotenv`. @defaultValue by the name's extension */
  readonly format?: string | undefined;
  /** A file that is not there is passed over. @defaultValue `false` */
  readonly optional?: boolean | undefined;
}

export interface FileText {
  /** What the text is in the policy's eyes: `config/production.yaml`. */
  readonly as: string;
  readonly format?: string | undefined;
  readonly text: string;
}

/** A file to load, resolved. */
export interface FileRequest {
  /** What messages call it. */
  readonly shown: string;
  /** Its path relative to the root with `/` between segments: what the policy's globs are matched with. */
  readonly as: string;
  /** Whether the caller said what it is. */
  readonly asGiven: boolean;
  readonly format: string | undefined;
  readonly optional: boolean;
  /** The absolute path, or the text itself. */
  readonly from: { readonly path: string } | { readonly text: string };
}

const NAMES: ReadonlySet<string> = new Set(["path", "as", "format", "optional", "text"]);

/**
 * Resolves what a caller named as a file.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export function resolveFile(input: FileInput, root: string): FileRequest {
  if (typeof input === "string" || input instanceof URL) return resolveFile({ path: input }, root);
  const unknown = Object.keys(input).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw invalid(`files: a file has no option ${quoted(unknown)}`);
  if (input.as !== undefined && (typeof input.as !== "string" || input.as === "")) {
    throw invalid("files: as is not a path");
  }
  if ("text" in input) {
    if ("path" in input) throw invalid("files: a file has either a path or a text");
    if (typeof input.text !== "string" || input.as === undefined)
      throw invalid("files: text needs as, the path it stands for");
    const as = slashed(input.as);
    return {
      shown: as,
      as,
      asGiven: true,
      format: input.format,
      optional: false,
      from: { text: input.text },
    };
  }
  const { path } = input;
  if (!(path instanceof URL) && (typeof path !== "string" || path === ""))
    throw invalid("files: a file needs a path");
  const shown = path instanceof URL ? pathOf(path) : path;
  const absolute = resolve(root, shown);
  return {
    shown,
    as: slashed(input.as ?? relative(root, absolute)),
    asGiven: input.as !== undefined,
    format: input.format,
    optional: input.optional ?? false,
    from: { path: absolute },
  };
}

/** Tells whether a path relative to the root leaves it. */
export function leavesRoot(as: string): boolean {
  return as === ".." || as.startsWith("../") || isAbsolute(as);
}

function pathOf(url: URL): string {
  if (url.protocol !== "file:") throw invalid("files: a URL must be a file: URL");
  return fileURLToPath(url);
}

function slashed(path: string): string {
  const text = sep === "/" ? path : path.replaceAll(sep, "/");
  return text.replace(/^(?:\.\/)+/, "");
}

function invalid(what: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", what);
}
