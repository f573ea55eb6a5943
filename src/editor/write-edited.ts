import { stat } from "node:fs/promises";

import { equalBytes, toUtf8 } from "../bytes/index.ts";
import { SealconfError, SourceError, systemCode } from "../errors/index.ts";
import { DEFAULT_LIMITS } from "../format/index.ts";
import { updateFile } from "../source/update-file.ts";
import { writeNewFile } from "../source/write-new-file.ts";

import type { CoveredFile } from "../edit/project.ts";

const PERMISSIONS = 0o777;

/**
 * Writes a sealed text in place of the bytes that were edited. Where the file has other bytes by now it stays as it is,
 * and the text goes to a new file beside it.
 *
 * @param before - `undefined` for a file that was not there.
 * @throws SourceError `ERR_FILE_CHANGED`, `ERR_WRITE_FAILED`; the signal's reason
 */
export async function writeEdited(
  { shown, path }: CoveredFile,
  before: Uint8Array | undefined,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const source = { file: shown };
  const options = { source, maxBytes: DEFAULT_LIMITS.maxFileBytes, signal };
  try {
    await updateFile(path, options, async (bytes) => {
      if (isSame(bytes, before)) return text;
      throw new SourceError("ERR_FILE_CHANGED", "the file was changed while it was edited", { source });
    });
  } catch (error) {
    if (!(error instanceof SealconfError) || error.code !== "ERR_FILE_CHANGED") throw error;
    const ending = await writeBeside({ shown, path }, text);
    throw new SourceError(
      "ERR_FILE_CHANGED",
      "the file was changed while it was edited, and stays as it is",
      {
        source,
        hint: `your edit, sealed, is in ${shown}${ending}: take over what is missing, and remove it`,
      },
    );
  }
}

/** Writes a new file beside one, and returns what its name has more. */
async function writeBeside(
  { shown, path }: Pick<CoveredFile, "shown" | "path">,
  text: string,
): Promise<string> {
  const mode = await modeOf(path);
  for (let number = 1; ; number++) {
    const ending = number === 1 ? ".edited" : `.edited-${number}`;
    const source = { file: shown + ending };
    if (await writeNewFile(path + ending, toUtf8(text), { source, mode })) return ending;
  }
}

/** `undefined` for a file that is gone by now. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & PERMISSIONS;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
