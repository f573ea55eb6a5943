import { basename, join } from "node:path";

import { fromUtf8, JsonProblem, parseJsonValue } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { readFileIfThere } from "../source/index.ts";

import { formatPolicy } from "./policy-text.ts";
import { proposeApp, proposeLoad, proposeRules } from "./propose-policy.ts";
import { countSecrets, patternsByContent, SECRET_NAMES } from "./secret-names.ts";
import { surveyConfig } from "./survey-config.ts";
import { walkProject } from "./walk-project.ts";

export interface DraftOptions {
  /** The application's name. @defaultValue the one in `package.json`, else the folder's */
  readonly app?: string | undefined;
  readonly keys: readonly string[];
}

/** A policy for a folder, and what it was made from. */
export interface Draft {
  readonly text: string;
  readonly app: string;
  /** The config files that the policy covers, each with how many secrets stand in it in the clear. */
  readonly files: readonly { readonly path: string; readonly secrets: number }[];
  /** How many values each of the patterns decided about; patterns that met none are not in it. */
  readonly counts: ReadonlyMap<string, number>;
  /** Files that look like config and cannot be read: no rule covers them. */
  readonly unreadable: readonly SourceError[];
  /** Folders that have a policy or a package of their own. */
  readonly others: readonly string[];
  /** False when the folder holds more files than were looked at. */
  readonly complete: boolean;
}

const MAX_MANIFEST_BYTES = 1024 * 1024;

/**
 * Drafts a policy from the config files of a folder. Changes nothing.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE` for the folder itself
 */
export async function draftPolicy(root: string, { app: givenApp, keys }: DraftOptions): Promise<Draft> {
  const { files, others, complete } = await walkProject(root);
  const { config, unreadable } = await surveyConfig(root, files);
  const app = givenApp ?? proposeApp(await packageName(root), basename(root));
  const byContent = new Set(config.flatMap(({ document }) => patternsByContent(document)));
  const secrets = [...SECRET_NAMES, ...[...byContent].map((pattern) => [pattern])];
  const load = proposeLoad(config);
  const text = formatPolicy({ app, keys, load, secrets, rules: proposeRules(config, files) });
  const counts = new Map<string, number>();
  const counted = config.map(({ path, document }) => {
    const found = countSecrets(document, secrets.flat());
    for (const [pattern, count] of found) counts.set(pattern, (counts.get(pattern) ?? 0) + count);
    return { path, secrets: [...found.values()].reduce((sum, count) => sum + count, 0) };
  });
  return { text, app, files: counted, counts, unreadable, others, complete };
}

async function packageName(root: string): Promise<string | undefined> {
  try {
    const options = { source: { file: "package.json" }, maxBytes: MAX_MANIFEST_BYTES };
    const bytes = await readFileIfThere(join(root, "package.json"), options);
    const manifest = bytes === undefined ? undefined : parseJsonValue(fromUtf8(bytes) ?? "");
    const name: unknown =
      typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "name") : undefined;
    return typeof name === "string" ? name : undefined;
  } catch (error) {
    // Whatever is wrong with it, the folder has a name too.
    if (error instanceof JsonProblem || error instanceof SourceError) return undefined;
    throw error;
  }
}
