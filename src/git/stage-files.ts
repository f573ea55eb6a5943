import { SourceError } from "../errors/index.ts";
import { listIndex } from "./list-entries.ts";
import { decodeName, encodeName, splitAtNul } from "./path-bytes.ts";
import type { Repository } from "./repository.ts";
import { runGit } from "./run-git.ts";

export interface StagedFile {
  readonly path: string;
  /** Recorded as they are, through no filter. */
  readonly bytes: Uint8Array;
  /** The id of the entry that they replace. */
  readonly replaces: string;
}

const NUL = Buffer.alloc(1);

/** What git remembers of an entry beside its content, by how `ls-files -v` shows it. */
const FLAGS: readonly (readonly [option: string, shown: RegExp])[] = [
  ["--skip-worktree", /^s/i],
  ["--assume-unchanged", /^[a-z]/],
];

/**
 * Replaces the content of files in the index that git uses here, all or none, and keeps their modes and flags. The work tree
 * stays as it is.
 *
 * @throws SourceError `ERR_FILE_CHANGED` when an entry is not the one that was read, `ERR_WRITE_FAILED`, `ERR_FILE_UNREADABLE`
 */
export async function stageFiles(repository: Repository, files: readonly StagedFile[]): Promise<void> {
  const ids: string[] = [];
  for (const { bytes } of files) ids.push(await writeBlob(repository, bytes));
  const flagged = await readFlags(repository, new Set(files.map(({ path }) => path)));
  // git has no "replace if it is this": the entries are compared last, in the moment before they are replaced.
  const entries = await listIndex(repository);
  const lines = files.map(({ path, replaces }, index) => {
    const entry = entries.get(path);
    if (entry?.kind !== "file" || entry.id !== replaces) throw moved(path);
    return Buffer.concat([Buffer.from(`${entry.mode} ${ids[index]}\t`), encodeName(path), NUL]);
  });
  await updateIndex(repository, ["--index-info"], lines);
  // An entry that is replaced loses them.
  for (const [option, names] of flagged) await updateIndex(repository, [option, "--stdin"], names);
}

async function updateIndex(
  repository: Repository,
  options: readonly string[],
  records: readonly Uint8Array[],
): Promise<void> {
  await runGit(repository, ["update-index", "-z", ...options], {
    stdin: Buffer.concat(records),
    failsAs: "ERR_WRITE_FAILED",
  });
}

/** Lists which of the paths have each flag. */
async function readFlags(
  repository: Repository,
  paths: ReadonlySet<string>,
): Promise<readonly (readonly [option: string, names: readonly Uint8Array[]])[]> {
  const listing = splitAtNul(await runGit(repository, ["ls-files", "-v", "-z"]));
  const records = listing
    .map((record) => ({ shown: record.toString("latin1", 0, 1), name: record.subarray("H ".length) }))
    .filter(({ name }) => paths.has(decodeName(name)));
  return FLAGS.map(([option, flag]) => {
    const names = records.filter(({ shown }) => flag.test(shown)).flatMap(({ name }) => [name, NUL]);
    return [option, names] as const;
  }).filter(([, names]) => names.length > 0);
}

async function writeBlob(repository: Repository, bytes: Uint8Array): Promise<string> {
  const args = ["hash-object", "-w", "--no-filters", "--stdin"];
  const id = await runGit(repository, args, { stdin: bytes, failsAs: "ERR_WRITE_FAILED" });
  return id.toString("latin1").trimEnd();
}

function moved(path: string): SourceError {
  return new SourceError("ERR_FILE_CHANGED", "another version was staged in between", {
    source: { file: path },
    hint: "run the command again",
  });
}
