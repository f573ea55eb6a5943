import { Problems } from "../config/problems.ts";
import { type ComparedFile, findMissing, type MissingSecret, slotOf } from "./compare-environments.ts";
import { type FileStatus, statusOf } from "./status.ts";
import { type ProblemError, SourceError } from "../errors/index.ts";
import { DEFAULT_LIMITS, formatOf, parseDocument, requireMap } from "../format/index.ts";
import { compilePatterns } from "../policy/index.ts";
import { readFileIfThere } from "../source/index.ts";

import type { CoveredConfig } from "./covered-files.ts";

/** What is told of one file. */
export interface ToldFile extends FileStatus {
  readonly file: string;
  readonly app: string | undefined;
  readonly env: string | undefined;
  readonly missing: readonly MissingSecret[];
}

export interface GatheredStatus {
  readonly files: readonly ToldFile[];
  /** What could not be looked at, in the files' order. */
  readonly problems: readonly ProblemError[];
}

type SeenFile = CoveredConfig & ComparedFile & FileStatus;

const NO_RULE = { app: undefined, env: undefined, keys: [], accept: [], raw: compilePatterns([]) };

/** Looks at files and holds those of one slot against each other. */
export async function gatherStatus(files: readonly CoveredConfig[]): Promise<GatheredStatus> {
  const seen: SeenFile[] = [];
  const found: ProblemError[] = [];
  for (const file of files) {
    const problems = new Problems();
    const looked = await problems.collectAsync({ layer: 0 }, async () => await look(file, problems));
    if (looked !== undefined) seen.push(looked);
    found.push(...problems.inOrder());
  }
  const told = seen.map((file) => {
    const { app, env } = file.coverage.rule ?? NO_RULE;
    const comparable = seen.filter(({ policy }) => policy === file.policy);
    return { ...file, app, env, missing: findMissing(file, comparable) };
  });
  return { files: told, problems: found };
}

async function look(file: CoveredConfig, problems: Problems): Promise<SeenFile> {
  const { shown, path, as, policy, coverage } = file;
  const { rule, entry, format = formatOf(as) } = coverage;
  const source = { file: shown };
  const bytes = await readFileIfThere(path, { maxBytes: DEFAULT_LIMITS.maxFileBytes, source });
  if (bytes === undefined) throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", { source });
  const document = requireMap(await parseDocument(bytes, { file: shown, format }));
  const secrets = rule?.secrets ?? policy.secrets;
  const status = await statusOf(document, { path, rule: rule ?? NO_RULE, secrets }, problems);
  return {
    ...file,
    ...status,
    file: shown,
    document,
    slot: slotOf(as, rule, entry),
    shared: entry !== undefined && !entry.path.includes("{env}"),
  };
}
