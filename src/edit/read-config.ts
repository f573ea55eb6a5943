import { SourceError } from "../errors/index.ts";
import { DEFAULT_LIMITS, type Document } from "../format/index.ts";
import { readFileIfThere } from "../source/index.ts";

import { type FileToChange, parseConfig } from "./change-document.ts";

/**
 * Reads and parses a config file to look at it.
 *
 * @throws SourceError also for a file that is not there
 */
export async function readConfig({ shown, path }: FileToChange): Promise<Document> {
  const source = { file: shown };
  const bytes = await readFileIfThere(path, { maxBytes: DEFAULT_LIMITS.maxFileBytes, source });
  if (bytes === undefined) throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", { source });
  return await parseConfig(bytes, shown);
}
