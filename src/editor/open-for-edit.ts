import { dirname } from "node:path";

import { openDocument, type OpenedDocument } from "../config/open-document.ts";
import type { Environment } from "../config/options.ts";
import { KmsError, LoadError, SourceError } from "../errors/index.ts";
import { formatOf } from "../format/index.ts";
import { exists } from "../source/index.ts";

import { parseConfig } from "../edit/change-document.ts";
import type { CoveredFile } from "../edit/project.ts";

/** Where a format needs something to be a file at all. */
const EMPTY = { yaml: "", dotenv: "", json: "{}\n" } as const;

/**
 * Opens a file's sealed values; a file that is not there is an empty one.
 *
 * @throws the one error of its values, or LoadError with all of them
 */
export async function openForEdit(
  { shown, path, root }: CoveredFile,
  { cwd, environment }: { readonly cwd: string; readonly environment: Environment },
): Promise<{ readonly original: OpenedDocument; readonly isNew: boolean }> {
  if (!(await exists(path))) {
    if (!(await exists(dirname(path)))) {
      throw new SourceError("ERR_FILE_UNREADABLE", "its folder is not there", { source: { file: shown } });
    }
    return {
      original: { document: await parseConfig(EMPTY[formatOf(shown)], shown), values: [] },
      isNew: true,
    };
  }
  try {
    return { original: await openDocument(shown, { root, cwd, environment }), isNew: false };
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    const denied = error.errors.find((problem) => problem.code === "ERR_KMS_DENIED");
    if (denied instanceof KmsError) throw withoutRight(denied, shown);
    const [problem, ...others] = error.errors;
    throw problem !== undefined && others.length === 0 ? problem : error;
  }
}

/** One right is missing, however many values wait for it. */
function withoutRight({ code, message, provider, requestId, retryable }: KmsError, file: string): KmsError {
  const hint = `to replace a value takes no right to decrypt: sealconf encrypt-value ${file} --path P`;
  return new KmsError(code, message, { provider, requestId, retryable, hint });
}
