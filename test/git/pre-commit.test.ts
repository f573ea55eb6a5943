import assert from "node:assert/strict";
import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { createRepository, type GitOptions, type TestRepository } from "../support/git-repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { Seen } from "./record-hook.ts";

interface Guarded extends TestRepository {
  /** Runs a git command whose hook tells what it saw. */
  readonly seenBy: (args: readonly string[], options?: GitOptions) => Promise<Seen>;
}

/** A repository with a commit, whose hooks write down what they see and stage `sealed` for `plain`. */
async function guarded(t: TestContext): Promise<Guarded> {
  const repository = await createRepository(t);
  for (const path of ["a.yaml", "b.yaml", "sub/c.yaml"]) await repository.write(path, "old: 1\n");
  await repository.add();
  await repository.commit();
  const record = join(await temporaryFolder(t), "record");
  const script = new URL("record-hook.js", import.meta.url).pathname;
  const hook = `#!/bin/sh\nSEALCONF_TEST_RECORD='${record}' exec '${process.execPath}' '${script}'\n`;
  for (const name of ["pre-commit", "pre-merge-commit"])
    await repository.write(`.git/hooks/${name}`, hook, 0o755);
  return {
    ...repository,
    async seenBy(args, options) {
      await repository.git(args, options);
      return JSON.parse(await readFile(record, "utf8")) as Seen;
    },
  };
}

const COMMIT = ["commit", "--quiet", "--message=change"];
const PLAIN = { text: "plain: 1\n", onDisk: true };

/** What a path holds in the last commit and in the index. */
async function recorded({ git }: TestRepository, path: string): Promise<readonly string[]> {
  return [await git(["show", `HEAD:${path}`]), await git(["show", `:${path}`])];
}

test("git commit: the hook sees what is staged, and what it stages lasts", async (t) => {
  const repository = await guarded(t);
  await repository.write("a.yaml", "plain: 1\n");
  await repository.write("sub/c.yaml", "plain: 1\n");
  await repository.add("a.yaml", "sub/c.yaml");
  await repository.write("sub/c.yaml", "later: 1\n");
  await repository.write("b.yaml", "later: 1\n");
  assert.deepEqual(await repository.seenBy(COMMIT), {
    indexFile: ".git/index",
    workTree: repository.folder,
    lasts: true,
    changes: ["a.yaml", "sub/c.yaml"],
    files: { "a.yaml": PLAIN, "sub/c.yaml": { ...PLAIN, onDisk: false } },
  });
  assert.deepEqual(await recorded(repository, "a.yaml"), ["sealed: 1", "sealed: 1"]);
});

test("git commit in a folder below: the hook sees the same", async (t) => {
  const repository = await guarded(t);
  await repository.write("a.yaml", "plain: 1\n");
  await repository.add();
  const seen = await repository.seenBy(COMMIT, { cwd: join(repository.folder, "sub") });
  assert.deepEqual([seen.workTree, seen.changes], [repository.folder, ["a.yaml"]]);
  assert.deepEqual(await recorded(repository, "a.yaml"), ["sealed: 1", "sealed: 1"]);
});

test("the first commit: everything is a change", async (t) => {
  const repository = await guarded(t);
  await repository.git(["update-ref", "-d", "HEAD"]);
  const { changes, lasts } = await repository.seenBy(COMMIT);
  assert.deepEqual({ changes, lasts }, { changes: ["a.yaml", "b.yaml", "sub/c.yaml"], lasts: true });
});

const LOCKING: readonly (readonly [args: readonly string[], stdin?: string])[] = [
  [["--all"]],
  [["--patch"], "y\n"],
  [["--include", "a.yaml"]],
];

for (const [args, stdin] of LOCKING) {
  test(`git commit ${args.join(" ")}: the hook sees the index to be, and what it stages lasts`, async (t) => {
    const repository = await guarded(t);
    await repository.write("a.yaml", "plain: 1\n");
    assert.deepEqual(await repository.seenBy([...COMMIT, ...args], { stdin }), {
      indexFile: join(repository.folder, ".git", "index.lock"),
      workTree: repository.folder,
      lasts: true,
      changes: ["a.yaml"],
      files: { "a.yaml": PLAIN },
    });
    assert.deepEqual(await recorded(repository, "a.yaml"), ["sealed: 1", "sealed: 1"]);
  });
}

for (const args of [["a.yaml"], ["--only", "a.yaml"], ["--amend", "a.yaml"]]) {
  test(`git commit ${args.join(" ")}: the hook sees the commit alone, and what it stages is lost`, async (t) => {
    const repository = await guarded(t);
    await repository.write("a.yaml", "plain: 1\n");
    await repository.write("b.yaml", "plain: 1\n");
    await repository.add("b.yaml");
    const { indexFile, ...seen } = await repository.seenBy([...COMMIT, ...args]);
    assert.match(indexFile ?? "", /\/\.git\/next-index-\d+\.lock$/);
    assert.deepEqual(seen, {
      workTree: repository.folder,
      lasts: false,
      changes: ["a.yaml"],
      files: { "a.yaml": PLAIN },
    });
    assert.deepEqual(await recorded(repository, "a.yaml"), ["sealed: 1", "plain: 1"]);
  });
}

test("git commit --amend: the hook sees what is staged beyond the commit that it replaces", async (t) => {
  const repository = await guarded(t);
  await repository.write("a.yaml", "plain: 1\n");
  await repository.add();
  const { indexFile, lasts, changes } = await repository.seenBy([...COMMIT, "--amend"]);
  assert.deepEqual(
    { indexFile, lasts, changes },
    { indexFile: ".git/index", lasts: true, changes: ["a.yaml"] },
  );
  assert.deepEqual(await recorded(repository, "a.yaml"), ["sealed: 1", "sealed: 1"]);
});

test("git merge: the hook sees what the other branch brings", async (t) => {
  const repository = await guarded(t);
  await repository.git(["checkout", "--quiet", "-b", "topic"]);
  await repository.write("b.yaml", "plain: 1\n");
  await repository.git([...COMMIT, "--all", "--no-verify"]);
  await repository.git(["checkout", "--quiet", "main"]);
  await repository.git([...COMMIT, "--allow-empty", "--no-verify"]);
  const { indexFile, lasts, changes } = await repository.seenBy(["merge", "--quiet", "topic"]);
  assert.deepEqual(
    { indexFile, lasts, changes },
    { indexFile: ".git/index", lasts: true, changes: ["b.yaml"] },
  );
});

test("git commit in a linked work tree: the hook sees that work tree's index", async (t) => {
  const repository = await guarded(t);
  const linked = join(await realpath(await temporaryFolder(t)), "linked");
  await repository.git(["worktree", "add", "--quiet", linked]);
  const gitFolder = join(repository.folder, ".git", "worktrees", "linked");
  const inLinked = { cwd: linked };
  for (const [args, indexFile] of [
    [[], "index"],
    [["--all"], "index.lock"],
  ] as const) {
    const content = `plain: ${indexFile}\n`;
    await writeFile(join(linked, "a.yaml"), content);
    if (args.length === 0) await repository.git(["add", "a.yaml"], inLinked);
    assert.deepEqual(await repository.seenBy([...COMMIT, ...args], inLinked), {
      indexFile: join(gitFolder, indexFile),
      workTree: linked,
      lasts: true,
      changes: ["a.yaml"],
      files: { "a.yaml": { text: content, onDisk: true } },
    });
  }
});

test("git commit with GIT_DIR, GIT_WORK_TREE or GIT_INDEX_FILE set: the hook sees what git sees", async (t) => {
  const repository = await guarded(t);
  const outside = await realpath(await temporaryFolder(t));
  await repository.write("a.yaml", "plain: 1\n");
  await repository.add();
  const elsewhere = { GIT_DIR: join(repository.folder, ".git"), GIT_WORK_TREE: repository.folder };
  const first = await repository.seenBy(COMMIT, { cwd: outside, environment: elsewhere });
  assert.deepEqual([first.workTree, first.lasts, first.changes], [repository.folder, true, ["a.yaml"]]);

  await repository.write("b.yaml", "plain: 1\n");
  const environment = { GIT_INDEX_FILE: join(outside, "index") };
  await repository.git(["read-tree", "HEAD"], { environment });
  await repository.git(["add", "b.yaml"], { environment });
  const second = await repository.seenBy(COMMIT, { environment });
  assert.deepEqual([second.workTree, second.lasts, second.changes], [repository.folder, false, ["b.yaml"]]);
});
