import { LoadError, SourceError, UsageError } from "../errors/index.ts";
import { openDocument, type OpenedScalar } from "../config/open-document.ts";
import type { Environment } from "../config/options.ts";
import type { Document } from "../format/index.ts";
import { removeValue } from "../format/remove-value.ts";
import { setValue } from "../format/set-value.ts";
import { parsePath } from "../path/path.ts";

import { changeDocument, parseConfig } from "./change-document.ts";
import { locate, nodeAt } from "./locate.ts";
import type { CoveredFile } from "./project.ts";
import { located } from "./located.ts";
import type { Sealer } from "./sealer.ts";

/** A value's place as a person wrote it. */
export interface ValuePlace {
  readonly file: CoveredFile;
  readonly path: string;
}

export interface MoveOptions {
  /** Leave the value where it was, too. */
  readonly keep: boolean;
  /** Replace what stands at the new place. */
  readonly force: boolean;
  readonly environment: Environment;
  readonly cwd: string;
}

/**
 * Opens a sealed value under its file's rule and seals it for another place under that file's rule.
 *
 * Within one file it is one write; between two the new place is written first, so that the value is never in neither.
 *
 * @throws SourceError, TokenError, OpenError, KmsError, UsageError
 */
export async function moveValue(
  from: ValuePlace,
  to: ValuePlace,
  sealer: Sealer,
  { keep, force, ...where }: MoveOptions,
): Promise<void> {
  const found = await openAt(from, where);
  const { token, origin } = found.sealed;
  const { value } = found.opened;
  if (token.kind === "file" || value instanceof Uint8Array) {
    throw new UsageError("ERR_OPTION_INVALID", "a reference to a sealed file cannot be moved with its file", {
      source: { file: from.file.shown, path: from.path },
      hint: "seal the file again for its new place, and write the reference there",
    });
  }
  const as = token.kind === "raw" ? "text" : token.as;

  const put = async (document: Document): Promise<string> => {
    const path = locate(document, to.path);
    const source = { file: to.file.shown, path: to.path };
    const there = nodeAt(document.root, path);
    if (!force && there !== undefined && !(there.kind === "scalar" && there.value === null)) {
      throw new UsageError("ERR_OPTION_INVALID", "there is a value already", {
        source,
        hint: "--force replaces it",
      });
    }
    const sealed = await located(source, async () => await sealer.seal(to.file.rule, { value, path, as }));
    return await setValue(document, path, sealed);
  };
  const remove = async (document: Document): Promise<string> => {
    const there = nodeAt(document.root, origin.path);
    if (there?.kind === "scalar" && there.value === token.text)
      return await removeValue(document, origin.path);
    throw new SourceError("ERR_FILE_CHANGED", "the value was changed while it was copied", {
      source: { file: from.file.shown, path: from.path },
      hint: "look at both places, and run it again where it is still needed",
    });
  };

  if (from.file.path === to.file.path) {
    await changeDocument(to.file, async (document) => {
      if (nodeAt(document.root, origin.path) === nodeAt(document.root, locate(document, to.path))) {
        throw new UsageError("ERR_OPTION_INVALID", "both places are the same");
      }
      const text = await put(document);
      return keep ? text : await remove(await parseConfig(text, document.file));
    });
    return;
  }
  await changeDocument(to.file, put);
  if (!keep) await changeDocument(from.file, remove);
}

async function openAt(
  { file, path }: ValuePlace,
  { environment, cwd }: Pick<MoveOptions, "environment" | "cwd">,
): Promise<OpenedScalar> {
  try {
    const only = parsePath(path);
    const { values } = await openDocument(file.shown, { root: file.root, cwd, environment, only });
    const [found] = values;
    if (found !== undefined) return found;
  } catch (error) {
    // One value has one problem, which needs no list around it.
    const [problem, ...others] = error instanceof LoadError ? error.errors : [];
    throw problem !== undefined && others.length === 0 ? problem : error;
  }
  throw new TypeError("what was to be opened was opened or refused");
}
