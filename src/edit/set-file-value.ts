import type { JsonValue } from "../bytes/index.ts";
import { setValue } from "../format/set-value.ts";

import { changeDocument } from "./change-document.ts";
import { locate } from "./locate.ts";
import type { CoveredFile } from "./project.ts";
import { located } from "./located.ts";
import type { Sealer } from "./sealer.ts";

/**
 * Seals a value under its file's rule and puts it at a place of the file, new or in place of what stands there.
 *
 * @throws UsageError for a path or a value that cannot be; SourceError, KmsError
 */
export async function setFileValue(
  file: CoveredFile,
  {
    path: text,
    value,
    as,
  }: { readonly path: string; readonly value: JsonValue; readonly as: "text" | "json" },
  sealer: Sealer,
): Promise<void> {
  await changeDocument(file, async (document) => {
    const path = locate(document, text);
    const source = { file: file.shown, path: text };
    const token = await located(source, async () => await sealer.seal(file.rule, { value, path, as }));
    return await setValue(document, path, token);
  });
}
