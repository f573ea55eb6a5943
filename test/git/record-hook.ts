/** A pre-commit hook: writes down what it sees of the commit that is being made, and stages a file anew. */
import { writeFileSync } from "node:fs";

import {
  isLastingIndex,
  matchesWorkTree,
  openRepository,
  readIndex,
  stagedChanges,
  stageFiles,
} from "../../src/git/index.ts";

/** What the hook wrote down. */
export interface Seen {
  readonly indexFile: string | undefined;
  readonly workTree: string | undefined;
  readonly lasts: boolean;
  /** What is staged beyond `HEAD`. */
  readonly changes: readonly string[];
  /** Those that are still there: what is staged, and whether the same lies on disk. */
  readonly files: Readonly<Record<string, { readonly text: string; readonly onDisk: boolean }>>;
}

const repository = await openRepository(process.cwd(), process.env);
const tree = await readIndex(repository);
const changes = await stagedChanges(repository);
const files: Record<string, Seen["files"][string]> = {};
for (const path of changes) {
  const entry = tree.entries.get(path);
  if (entry === undefined) continue;
  const text = Buffer.from(await tree.read(path)).toString("utf8");
  files[path] = { text, onDisk: await matchesWorkTree(repository, path, entry.id) };
  const bytes = Buffer.from(text.replace("plain", "sealed"));
  await stageFiles(repository, [{ path, bytes, replaces: entry.id }]);
}
await tree.close();
const seen: Seen = {
  indexFile: process.env["GIT_INDEX_FILE"],
  workTree: repository.workTree,
  lasts: await isLastingIndex(repository),
  changes,
  files,
};
writeFileSync(process.env["SEALCONF_TEST_RECORD"] ?? "", JSON.stringify(seen));
