import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, openRepository, stagedChanges } from "../../src/git/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

async function staged({ folder, environment }: TestRepository): Promise<readonly string[]> {
  return (await stagedChanges(await openRepository(folder, environment))).toSorted();
}

async function changed({ folder, environment }: TestRepository, commit: string): Promise<readonly string[]> {
  return (await changesOf(await openRepository(folder, environment), commit)).toSorted();
}

test("before the first commit everything in the index is a change", async (t) => {
  const repository = await createRepository(t);
  assert.deepEqual(await staged(repository), []);
  await repository.write("a.yaml", "x: 1\n");
  await repository.write("b/c.yaml", "x: 1\n");
  await repository.add();
  assert.deepEqual(await staged(repository), ["a.yaml", "b/c.yaml"]);
  const id = await repository.commit();
  assert.deepEqual(await staged(repository), []);
  assert.deepEqual(await changed(repository, id), ["a.yaml", "b/c.yaml"]);
});

test("added, changed and removed files and new modes are changes; what is not staged is none", async (t) => {
  const repository = await createRepository(t);
  for (const path of ["changed", "removed", "mode", "same", "later"])
    await repository.write(path, `${path}\n`);
  await repository.add();
  await repository.commit();
  await repository.write("changed", "2\n");
  await repository.write("added", "2\n");
  await repository.git(["rm", "--quiet", "removed"]);
  await repository.git(["update-index", "--chmod=+x", "mode"]);
  await repository.add("changed", "added");
  await repository.write("later", "2\n");
  await repository.write("untracked", "2\n");
  await repository.write("announced", "2\n");
  await repository.git(["add", "--intent-to-add", "announced"]);
  const expected = ["added", "changed", "mode", "removed"];
  assert.deepEqual(await staged(repository), expected);
  assert.deepEqual(await changed(repository, await repository.commit()), expected);
});

test("a renamed file is removed at one path and added at the other, also where git is told to find copies", async (t) => {
  const repository = await createRepository(t);
  await repository.git(["config", "diff.renames", "copies"]);
  await repository.write("old.yaml", "x: 1\n".repeat(50));
  await repository.add();
  await repository.commit();
  await repository.git(["mv", "old.yaml", "new.yaml"]);
  assert.deepEqual(await staged(repository), ["new.yaml", "old.yaml"]);
  assert.deepEqual(await changed(repository, await repository.commit()), ["new.yaml", "old.yaml"]);
});

test("a file that becomes a link, and a new commit of a submodule, are changes", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "target" });
  const first = await repository.commit();
  const stage = async (link: string, commit: string) => {
    const lines = `${link} ${id}\tlink\n160000 ${commit}\tsub\n`;
    await repository.git(["update-index", "--index-info"], { stdin: lines });
  };
  await stage("100644", first);
  await repository.git(["config", "diff.ignoreSubmodules", "all"]);
  const second = await repository.commit();
  await stage("120000", second);
  assert.deepEqual(await staged(repository), ["link", "sub"]);
  assert.deepEqual(await changed(repository, await repository.commit()), ["link", "sub"]);
});

test("names with line breaks and names that are not UTF-8 are told", async (t) => {
  const repository = await createRepository(t);
  await repository.git(["config", "core.quotePath", "true"]);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "x" });
  const names = ["a\nb", "配置", "-c"].map((name) => Buffer.from(name).toString("latin1"));
  const lines = [...names, "\xff"].map((name) => `100644 ${id}\t${name}\0`).join("");
  await repository.git(["update-index", "-z", "--index-info"], { stdin: Buffer.from(lines, "latin1") });
  const expected = ["-c", "a\nb", "配置", "\udcff"].sort();
  assert.deepEqual(await staged(repository), expected);
  assert.deepEqual(await changed(repository, await repository.commit()), expected);
});

test("a merge's changes are those against any of its parents", async (t) => {
  const repository = await createRepository(t);
  await repository.commit();
  await repository.git(["checkout", "--quiet", "-b", "topic"]);
  await repository.write("topic.yaml", "x: 1\n");
  await repository.add();
  await repository.commit();
  await repository.git(["checkout", "--quiet", "main"]);
  await repository.write("main.yaml", "x: 1\n");
  await repository.add();
  await repository.commit();
  await repository.git(["merge", "--quiet", "--no-commit", "--no-ff", "topic"]);
  await repository.write("evil.yaml", "x: 1\n");
  await repository.add();
  assert.deepEqual(await staged(repository), ["evil.yaml", "topic.yaml"]);
  const merge = await repository.commit();
  assert.deepEqual(await changed(repository, merge), ["evil.yaml", "main.yaml", "topic.yaml"]);
});

test("files with conflicts are changes", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 0\n");
  await repository.add();
  await repository.commit();
  await repository.git(["checkout", "--quiet", "-b", "topic"]);
  await repository.write("a.yaml", "x: 1\n");
  await repository.git(["commit", "--quiet", "--all", "--message=1"]);
  await repository.git(["checkout", "--quiet", "main"]);
  await repository.write("a.yaml", "x: 2\n");
  await repository.git(["commit", "--quiet", "--all", "--message=2"]);
  assert.equal((await repository.tryGit(["merge", "topic"])).code, 1);
  assert.deepEqual(await staged(repository), ["a.yaml"]);
});

test("changes are told from a folder below, without a branch and in a linked work tree", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a/x.yaml", "x: 1\n");
  await repository.add();
  const first = await repository.commit();
  await repository.git(["checkout", "--quiet", "--detach"]);
  await repository.git(["config", "diff.relative", "true"]);
  await repository.write("a/x.yaml", "x: 2\n");
  await repository.write("top.yaml", "x: 2\n");
  await repository.add();
  const below = { ...repository, folder: `${repository.folder}/a` };
  assert.deepEqual(await staged(below), ["a/x.yaml", "top.yaml"]);
  assert.deepEqual(await changed(below, await repository.commit()), ["a/x.yaml", "top.yaml"]);
  await repository.git(["worktree", "add", "--quiet", "--detach", "linked", first]);
  assert.deepEqual(await staged({ ...repository, folder: `${repository.folder}/linked` }), []);
});

test("a file that is called like a commit is no commit", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.commit();
  await repository.write(id, "x");
  await repository.write("4b825dc642cb6eb9a060e54bf8d69288fbee4904", "x");
  await repository.write("HEAD", "x");
  assert.deepEqual(await staged(repository), []);
  assert.deepEqual(await changed(repository, id), []);
  assert.deepEqual(await changed(repository, "HEAD"), []);
});

test("a branch whose commit is gone is an error, not a repository without commits", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  await repository.write(".git/refs/heads/main", `${"1".repeat(40)}\n`);
  await assert.rejects(
    staged(repository),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /^git diff-index failed: / }),
  );
});
