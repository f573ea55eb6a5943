import type { Source } from "../errors/index.ts";

import { isThere, locateFile } from "./locate-file.ts";
import { withFileLock } from "./lock-file.ts";
import { makeFile } from "./replace-file.ts";
import { writing } from "./write-failure.ts";

export interface WriteNewFileOptions {
  /** What messages name. */
  readonly source: Source;
  /** What the umask takes bits from. @defaultValue `0o666` */
  readonly mode?: number | undefined;
}

/**
 * Makes a file that appears whole or not at all, in a folder that is there. Returns `false`, and writes nothing, when
 * anything has its name already, be it a symbolic link to nothing.
 *
 * @throws SourceError `ERR_WRITE_FAILED`
 */
export async function writeNewFile(
  path: string,
  bytes: Uint8Array,
  { source, mode }: WriteNewFileOptions,
): Promise<boolean> {
  return await writing(source, async () => {
    if (await isThere(path)) return false;
    const file = await locateFile(path, source);
    // Else a writer that holds the lock would take the file in the making for a leftover.
    return await withFileLock(file, { source }, () => makeFile(file, bytes, mode));
  });
}
