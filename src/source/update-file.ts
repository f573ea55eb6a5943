import type { Source } from "../errors/index.ts";

export interface UpdateFileOptions {
  /** What messages name. */
  readonly source: Source;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a file, has it changed, and writes it whole or not at all; nobody else who writes through this function does so in
 * between. `change` gets the bytes, `undefined` where there is no file, and returns what to write, or `undefined` to leave it as it is.
 * Returns whether it was written.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE`, `ERR_FILE_CHANGED`, `ERR_WRITE_FAILED`
 */
export async function updateFile(
  _path: string,
  _options: UpdateFileOptions,
  _change: (bytes: Uint8Array | undefined) => Promise<Uint8Array | string | undefined>,
): Promise<boolean> {
  throw new TypeError("not written yet");
}
