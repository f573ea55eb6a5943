import { SourceError } from "../errors/index.ts";
import { listIndex } from "./list-entries.ts";
import { encodeName } from "./path-bytes.ts";
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

/**
 * Replaces the content of files in the index that git uses here, all or none, and keeps their modes. The work tree stays as it is.
 *
 * @throws SourceError `ERR_FILE_CHANGED` when an entry is not the one that was read, `ERR_WRITE_FAILED`, `ERR_FILE_UNREADABLE`
 */
export async function stageFiles(repository: Repository, files: readonly StagedFile[]): Promise<void> {
  const ids: string[] = [];
  for (const { bytes } of files) ids.push(await writeBlob(repository, bytes));
  // git has no "replace if it is this": the entries are compared last, in the moment before they are replaced.
  const entries = await listIndex(repository);
  const lines = files.map(({ path, replaces }, index) => {
    const entry = entries.get(path);
    if (entry?.kind !== "file" || entry.id !== replaces) throw moved(path);
    return Buffer.concat([Buffer.from(`${entry.mode} ${ids[index]}\t`), encodeName(path), NUL]);
  });
  await runGit(repository, ["update-index", "-z", "--index-info"], {
    stdin: Buffer.concat(lines),
    failsAs: "ERR_WRITE_FAILED",
  });
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
