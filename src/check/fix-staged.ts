import type { Sealer } from "../edit/sealer.ts";
import type { Source } from "../errors/index.ts";
import { type Environment, isLastingIndex, openRepository, stageFiles } from "../git/index.ts";

import { checkIndex } from "./check-staged.ts";
import type { CheckResult } from "./check-tree.ts";
import { adviseOnPlaintext, adviseToRun, type Finding, isPlaintext } from "./finding.ts";
import { matchesDisk, sealInIndex, sealOnDisk, type SealedEntry } from "./seal-staged.ts";
import { type StagedTree, withStaged } from "./staged-tree.ts";

export interface FixResult extends CheckResult {
  /** Where the values stood that were sealed. */
  readonly sealed: readonly Source[];
}

interface Refusal {
  readonly what: string;
  /** What to do, with the file's name as a shell takes it. */
  readonly advice: (word: string) => string;
}

const NO_LASTING_INDEX: Refusal = {
  what: "a commit of named files has an index of its own",
  advice: (word) => `encrypt-value ${word}, and commit again`,
};

const OTHER_ON_DISK: Refusal = {
  what: "what is staged is not what lies in the work tree",
  advice: (word) => `encrypt-value ${word}, and stage what belongs to the commit: git add -p ${word}`,
};

/** Why a file was not fixed and what to do about it, by what messages call it. */
type Refusals = Map<string, string>;

/**
 * Seals the plaintext that a check of the index finds, there and in the work tree, where both are the same, and
 * checks again. What cannot be sealed stays a finding, with what to do about it.
 *
 * Everything is sealed before the first file is written, and the work tree is written before the index: whatever
 * ends the run, plaintext that is still staged is still found.
 *
 * @throws SourceError, KmsError
 */
export async function fixStaged(cwd: string, env: Environment, sealer: Sealer): Promise<FixResult> {
  const repository = await openRepository(cwd, env);
  const refusals: Refusals = new Map();
  const { before, entries } = await withStaged(repository, cwd, async (staged) => {
    const result = await checkIndex(staged);
    return { before: result, entries: await sealPlaintext(staged, result.findings, sealer, refusals) };
  });
  for (const entry of entries) await sealOnDisk(repository, entry);
  if (entries.length > 0) {
    await stageFiles(
      repository,
      entries.map(({ path, id, text }) => ({ path, bytes: Buffer.from(text), replaces: id })),
    );
  }
  const after = entries.length === 0 ? before : await withStaged(repository, cwd, checkIndex);
  const findings = adviseOnPlaintext(after.findings, ({ file, hint }) => refusals.get(file) ?? hint);
  return { findings, files: after.files, sealed: entries.flatMap(({ sealed }) => sealed) };
}

async function sealPlaintext(
  staged: StagedTree,
  findings: readonly Finding[],
  sealer: Sealer,
  refusals: Refusals,
): Promise<SealedEntry[]> {
  const { entries, repository, show } = staged;
  const wanted = new Set(findings.filter(isPlaintext).map(({ file }) => file));
  const isLasting = await isLastingIndex(repository);
  const sealed: SealedEntry[] = [];
  for (const [path, { id }] of entries) {
    const file = show(path);
    if (!wanted.has(file)) continue;
    if (!isLasting) refusals.set(file, refuse(file, NO_LASTING_INDEX));
    else if (!(await matchesDisk(repository, path, id))) refusals.set(file, refuse(file, OTHER_ON_DISK));
    else {
      const result = await sealInIndex(staged, { path, file, id }, sealer);
      if (typeof result === "string") refusals.set(file, `it cannot be sealed: ${result}`);
      else sealed.push(result);
    }
  }
  return sealed;
}

function refuse(file: string, { what, advice }: Refusal): string {
  return adviseToRun(file, (word) => `${what}: ${advice(word)}`) ?? what;
}
