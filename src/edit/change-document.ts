import { SourceError } from "../errors/index.ts";
import { DEFAULT_LIMITS, type Document, parseDocument, requireMap } from "../format/index.ts";
import { updateFile } from "../source/update-file.ts";

/** A file to change. */
export interface FileToChange {
  /** As it was named, for messages. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Has a config file changed: what `change` returns is written whole or not at all, and nothing for `undefined`. Returns
 * whether it was written.
 *
 * @throws SourceError for a file that is not there, is no config, changed meanwhile or cannot be written
 */
export async function changeDocument(
  { shown, path }: FileToChange,
  change: (document: Document) => Promise<string | undefined>,
): Promise<boolean> {
  const source = { file: shown };
  return await updateFile(path, { source, maxBytes: DEFAULT_LIMITS.maxFileBytes }, async (bytes) => {
    if (bytes === undefined)
      throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", { source });
    return await change(await parseConfig(bytes, shown));
  });
}

/**
 * Parses a config file by its name.
 *
 * @throws SourceError also for a document that is not a map
 */
export async function parseConfig(bytes: Uint8Array | string, file: string): Promise<Document> {
  return requireMap(await parseDocument(bytes, { file }));
}
