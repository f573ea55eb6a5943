import { emptyTree, STAGED_DIFF } from "./changes.ts";
import { unexpectedAnswer } from "./failure.ts";
import { decodeName, splitAtNul } from "./path-bytes.ts";
import type { Repository } from "./repository.ts";
import { runGit } from "./run-git.ts";

export interface GitEntry {
  readonly kind: "file" | "symlink" | "submodule" | "unmerged";
  /** The object's id; zeros where it is unmerged. */
  readonly id: string;
  /** As git writes it: `100644`, `100755`; zeros where it is unmerged. */
  readonly mode: string;
}

const KINDS: readonly (readonly [mode: RegExp, kind: GitEntry["kind"]])[] = [
  [/^100/, "file"],
  [/^120000$/, "symlink"],
  [/^160000$/, "submodule"],
  [/^000000$/, "unmerged"],
];

/** Lists what a commit would record now. */
export async function listIndex(repository: Repository): Promise<ReadonlyMap<string, GitEntry>> {
  // Compared with nothing: unlike `ls-files`, this tells what `git add --intent-to-add` announced, which no commit records, from
  // an empty file.
  const base = await emptyTree(repository);
  const args = [...STAGED_DIFF, "--raw", "--no-abbrev", base, "--"];
  const listing = await runGit(repository, args);
  const entries = new Map<string, GitEntry>();
  const records = splitAtNul(listing);
  for (let at = 0; at < records.length; at += 2) {
    const found = /^:000000 (\d{6}) 0+ ([0-9a-f]+) [AU]$/.exec(String(records[at]));
    addEntry(entries, records[at + 1], found, "diff-index");
  }
  return entries;
}

/** Lists what the commit with this id recorded. */
export async function listCommit(repository: Repository, id: string): Promise<ReadonlyMap<string, GitEntry>> {
  const listing = await runGit(repository, ["ls-tree", "-r", "-z", "--full-tree", id]);
  const entries = new Map<string, GitEntry>();
  for (const record of splitAtNul(listing)) {
    const tab = record.indexOf("\t");
    const found = /^(\d{6}) [a-z]+ ([0-9a-f]+)$/.exec(record.toString("latin1", 0, tab));
    addEntry(entries, record.subarray(tab + 1), found, "ls-tree");
  }
  return entries;
}

function addEntry(
  entries: Map<string, GitEntry>,
  name: Buffer | undefined,
  found: RegExpExecArray | null,
  command: string,
): void {
  const [, mode = "", id = ""] = found ?? [];
  const kind = KINDS.find(([pattern]) => pattern.test(mode))?.[1];
  if (name === undefined || kind === undefined) throw unexpectedAnswer(command);
  const path = decodeName(name);
  // A tree that was made by hand can hold a name twice: neither may hide the other.
  if (entries.has(path)) throw unexpectedAnswer(command);
  entries.set(path, { kind, id, mode });
}
