import { join } from "node:path";

import { SourceError } from "../errors/index.ts";
import { DEFAULT_LIMITS, type Document, type DocumentNode } from "../format/index.ts";
import { readFileIfThere } from "../source/index.ts";

import { parseConfig } from "../edit/change-document.ts";
import { type ConfigFileName, readConfigFileName } from "./config-file-names.ts";

/** A file that looks like an application's config, parsed. */
export interface ConfigFile extends ConfigFileName {
  readonly document: Document;
}

export interface Survey {
  readonly config: readonly ConfigFile[];
  /** Files that look like config and that no command could read, each with the reason. */
  readonly unreadable: readonly SourceError[];
}

/** Reads those of a folder's files that look like an application's config. */
export async function surveyConfig(root: string, paths: readonly string[]): Promise<Survey> {
  const config: ConfigFile[] = [];
  const unreadable: SourceError[] = [];
  for (const path of paths) {
    const name = readConfigFileName(path);
    if (name === undefined) continue;
    try {
      const options = { source: { file: path }, maxBytes: DEFAULT_LIMITS.maxFileBytes };
      const bytes = await readFileIfThere(join(root, path), options);
      const document = bytes === undefined ? undefined : await parseConfig(bytes, path);
      if (document !== undefined && !isManifest(document.root)) config.push({ ...name, document });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      unreadable.push(error);
    }
  }
  return { config, unreadable };
}

// What Kubernetes or a generator of clients reads, whatever it is called.
function isManifest(root: DocumentNode): boolean {
  if (root.kind !== "map") return false;
  const { entries } = root;
  return (
    (entries.has("apiVersion") && entries.has("kind")) || entries.has("openapi") || entries.has("swagger")
  );
}
