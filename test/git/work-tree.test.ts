import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { matchesWorkTree, openRepository } from "../../src/git/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

async function matches({ folder, environment, git }: TestRepository, path: string): Promise<boolean> {
  const id = await git(["rev-parse", `:${path}`]);
  return await matchesWorkTree(await openRepository(folder, environment), path, id);
}

async function withFile(t: TestContext, path = "a.yaml"): Promise<TestRepository> {
  const repository = await createRepository(t);
  await repository.write(path, "x: 1\n");
  await repository.add();
  return repository;
}

test("a file that is as it was staged matches, whatever its name", async (t) => {
  for (const path of ["a.yaml", "a/b/c.yaml", 'line\nbreak "quote" \\ 配置.yaml', "-dash", '"', " "]) {
    assert.equal(await matches(await withFile(t, path), path), true, path);
  }
});

test("a file with another content does not match, of the same size and time too", async (t) => {
  const repository = await withFile(t);
  const file = await repository.write("a.yaml", "x: 2\n");
  await utimes(file, 1_000_000_000, 1_000_000_000);
  assert.equal(await matches(repository, "a.yaml"), false);
});

test("a file that was only touched matches", async (t) => {
  const repository = await withFile(t);
  const file = await repository.write("a.yaml", "x: 1\n");
  await utimes(file, 1_000_000_000, 1_000_000_000);
  assert.equal(await matches(repository, "a.yaml"), true);
});

test("a file that git is told to take for unchanged is looked at all the same", async (t) => {
  for (const flag of ["--assume-unchanged", "--skip-worktree"]) {
    const repository = await withFile(t);
    await repository.git(["update-index", flag, "a.yaml"]);
    assert.equal(await matches(repository, "a.yaml"), true, flag);
    await repository.write("a.yaml", "x: 2\n");
    assert.equal(await matches(repository, "a.yaml"), false, flag);
  }
});

test("a file that filters turn into what is staged matches", async (t) => {
  const repository = await createRepository(t);
  await repository.write(".gitattributes", "crlf.yaml text eol=crlf\nupper.yaml filter=lower\n");
  await repository.git(["config", "filter.lower.clean", "tr A-Z a-z"]);
  await repository.write("crlf.yaml", "x: 1\r\ny: 2\r\n");
  await repository.write("upper.yaml", "X: 1\n");
  await repository.add();
  assert.equal(await repository.git(["show", ":upper.yaml"]), "x: 1");
  for (const path of ["crlf.yaml", "upper.yaml"]) assert.equal(await matches(repository, path), true, path);
  await repository.write("crlf.yaml", "x: 1\r\ny: 3\r\n");
  await repository.write("upper.yaml", "Y: 1\n");
  for (const path of ["crlf.yaml", "upper.yaml"]) assert.equal(await matches(repository, path), false, path);
});

test("a file whose bytes are those that are staged matches, though filters would change them", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\r\n");
  await repository.add();
  await repository.git(["config", "core.autocrlf", "true"]);
  assert.equal(await matches(repository, "a.yaml"), true);
});

test("what is no file of the work tree does not match", async (t) => {
  const repository = await withFile(t, "a/b.yaml");
  const { folder } = repository;
  const file = join(folder, "a", "b.yaml");

  await rename(file, join(folder, "moved"));
  assert.equal(await matches(repository, "a/b.yaml"), false, "a missing file");
  await symlink("../moved", file);
  assert.equal(await matches(repository, "a/b.yaml"), false, "a symbolic link");
  await rm(file);
  await mkdir(file);
  assert.equal(await matches(repository, "a/b.yaml"), false, "a folder");
  await rm(join(folder, "a"), { recursive: true });
  assert.equal(await matches(repository, "a/b.yaml"), false, "a missing folder");
  await writeFile(join(folder, "a"), "");
  assert.equal(await matches(repository, "a/b.yaml"), false, "a file for a folder");
  await rm(join(folder, "a"));
  await mkdir(join(folder, "other"));
  await rename(join(folder, "moved"), join(folder, "other", "b.yaml"));
  await symlink("other", join(folder, "a"));
  assert.equal(await matches(repository, "a/b.yaml"), false, "a folder that is a symbolic link");
});

test("without a work tree nothing matches", async (t) => {
  const repository = await withFile(t);
  const opened = await openRepository(join(repository.folder, ".git"), repository.environment);
  assert.equal(
    await matchesWorkTree(opened, "a.yaml", await repository.git(["rev-parse", ":a.yaml"])),
    false,
  );
});

test("a filter that fails is an error which tells nothing of what the filter said", async (t) => {
  const repository = await withFile(t);
  await repository.write(".git/info/attributes", "* filter=broken\n");
  await repository.git(["config", "filter.broken.clean", "echo 'fatal: hunter2' >&2; false"]);
  await repository.git(["config", "filter.broken.required", "true"]);
  await assert.rejects(
    matches(repository, "a.yaml"),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: "git hash-object failed: exit code 128" }),
  );
});
