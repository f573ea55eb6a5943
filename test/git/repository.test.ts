import assert from "node:assert/strict";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { isLastingIndex, openRepository, readIndex } from "../../src/git/index.ts";
import type { Environment } from "../../src/git/run-git.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository, repositoryIn, type TestRepository } from "../support/git-repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What is found from a folder: where the repository is, and what is staged. */
async function found(cwd: string, environment: Environment) {
  const repository = await openRepository(cwd, environment);
  const tree = await readIndex(repository);
  await tree.close();
  const { workTree, gitFolder, indexFile } = repository;
  return { workTree, gitFolder, indexFile, paths: [...tree.entries.keys()] };
}

async function withFile(t: TestContext, initArgs?: readonly string[]): Promise<TestRepository> {
  const repository = await createRepository(t, initArgs);
  await repository.write("a/b/c.yaml", "x: 1\n");
  await repository.add();
  return repository;
}

test("a repository is found from its root, from a folder below and through a symbolic link", async (t) => {
  const { folder, environment } = await withFile(t);
  const link = join(await temporaryFolder(t), "link");
  await symlink(folder, link);
  const gitFolder = join(folder, ".git");
  const expected = { workTree: folder, gitFolder, paths: ["a/b/c.yaml"] };
  for (const cwd of [folder, join(folder, "a", "b"), link, join(link, "a")]) {
    const { indexFile, ...rest } = await found(cwd, environment);
    assert.deepEqual(rest, expected, cwd);
    assert.equal(await realpath(indexFile), join(gitFolder, "index"));
  }
});

test("a folder whose name has a line break and a quote is a folder like others", async (t) => {
  const folder = join(await realpath(await temporaryFolder(t)), 'a\nb "c" 配置\n');
  await mkdir(folder);
  const repository = repositoryIn(folder);
  await repository.git(["init", "--quiet"]);
  await repository.write("x.yaml", "x: 1\n");
  await repository.add();
  assert.deepEqual(await found(folder, repository.environment), {
    workTree: folder,
    gitFolder: join(folder, ".git"),
    indexFile: join(folder, ".git", "index"),
    paths: ["x.yaml"],
  });
});

test("a repository whose git folder lies elsewhere is found", async (t) => {
  const elsewhere = join(await realpath(await temporaryFolder(t)), "git");
  const { folder, environment } = await withFile(t, [`--separate-git-dir=${elsewhere}`]);
  assert.deepEqual(await found(join(folder, "a"), environment), {
    workTree: folder,
    gitFolder: elsewhere,
    indexFile: join(elsewhere, "index"),
    paths: ["a/b/c.yaml"],
  });
});

test("GIT_DIR and GIT_WORK_TREE name a repository from anywhere, also relative to where the command runs", async (t) => {
  const { folder, environment } = await withFile(t);
  const outside = await realpath(await temporaryFolder(t));
  const gitFolder = join(folder, ".git");
  const indexFile = join(gitFolder, "index");
  const expected = { workTree: folder, gitFolder, indexFile, paths: ["a/b/c.yaml"] };
  const absolute = { ...environment, GIT_DIR: gitFolder, GIT_WORK_TREE: folder };
  assert.deepEqual(await found(outside, absolute), expected);
  assert.deepEqual(await found(join(folder, "a"), absolute), expected);
  const relative = { ...environment, GIT_DIR: "../../.git", GIT_WORK_TREE: "../.." };
  assert.deepEqual(await found(join(folder, "a", "b"), relative), expected);
});

test("a git hook's relative GIT_DIR and GIT_INDEX_FILE hold", async (t) => {
  const { folder, environment } = await withFile(t);
  const gitFolder = join(folder, ".git");
  const hook = { ...environment, GIT_DIR: ".git", GIT_INDEX_FILE: ".git/index", GIT_PREFIX: "a/" };
  assert.deepEqual(await found(folder, hook), {
    workTree: folder,
    gitFolder,
    indexFile: join(gitFolder, "index"),
    paths: ["a/b/c.yaml"],
  });
});

test("GIT_INDEX_FILE is the index that is read; a relative one is relative to the work tree's root", async (t) => {
  const repository = await withFile(t);
  const { folder, environment } = repository;
  await repository.write("later.yaml", "x: 1\n");
  await repository.git(["add", "later.yaml"], { environment: { GIT_INDEX_FILE: ".git/other" } });
  for (const GIT_INDEX_FILE of [".git/other", join(folder, ".git", "other")]) {
    for (const cwd of [folder, join(folder, "a")]) {
      const { indexFile, paths } = await found(cwd, { ...environment, GIT_INDEX_FILE });
      assert.deepEqual(
        { indexFile, paths },
        { indexFile: join(folder, ".git", "other"), paths: ["later.yaml"] },
      );
    }
  }
});

test("a linked work tree has an index of its own", async (t) => {
  const repository = await withFile(t);
  await repository.commit();
  const linked = join(await realpath(await temporaryFolder(t)), "linked");
  await repository.git(["worktree", "add", "--quiet", linked]);
  await repositoryIn(linked).write("only-here.yaml", "x: 1\n");
  await repositoryIn(linked).add();
  const gitFolder = join(repository.folder, ".git", "worktrees", "linked");
  assert.deepEqual(await found(join(linked, "a"), repository.environment), {
    workTree: linked,
    gitFolder,
    indexFile: join(gitFolder, "index"),
    paths: ["a/b/c.yaml", "only-here.yaml"],
  });
  assert.deepEqual((await found(repository.folder, repository.environment)).paths, ["a/b/c.yaml"]);
});

test("a submodule's work tree is a repository of its own", async (t) => {
  const inner = await withFile(t);
  await inner.commit();
  const outer = await createRepository(t);
  await outer.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.folder, "sub"]);
  const gitFolder = join(outer.folder, ".git", "modules", "sub");
  assert.deepEqual(await found(join(outer.folder, "sub", "a"), outer.environment), {
    workTree: join(outer.folder, "sub"),
    gitFolder,
    indexFile: join(gitFolder, "index"),
    paths: ["a/b/c.yaml"],
  });
});

test("a bare repository has no work tree and nothing staged", async (t) => {
  const { folder, environment } = await createRepository(t, ["--bare"]);
  for (const [cwd, variables] of [
    [folder, {}],
    [folder, { GIT_DIR: "." }],
    ["/", { GIT_DIR: folder }],
  ] as const) {
    const repository = await openRepository(cwd, { ...environment, ...variables });
    assert.deepEqual([repository.workTree, repository.gitFolder], [undefined, folder]);
    await assert.rejects(
      readIndex(repository),
      anErrorWith({
        code: "ERR_OPTION_INVALID",
        message: "a bare repository has nothing staged",
        hint: "name the commits: A..B",
      }),
    );
  }
});

test("in the git folder, as a server's hook runs, there is an index and no work tree", async (t) => {
  const { folder, environment } = await withFile(t);
  const gitFolder = join(folder, ".git");
  const indexFile = join(gitFolder, "index");
  const expected = { workTree: undefined, gitFolder, indexFile, paths: ["a/b/c.yaml"] };
  assert.deepEqual(await found(gitFolder, environment), expected);
  assert.deepEqual(await found(gitFolder, { ...environment, GIT_DIR: "." }), expected);
});

test("a folder in no repository is told so", async (t) => {
  const folder = await realpath(await temporaryFolder(t));
  const { environment } = repositoryIn(folder);
  const refusal = anErrorWith({
    code: "ERR_OPTION_INVALID",
    message: "there is no git repository here",
    hint: /^go to a folder of the repository/,
  });
  await assert.rejects(openRepository(folder, environment), refusal);
  await assert.rejects(openRepository(folder, { ...environment, GIT_DIR: join(folder, "none") }), refusal);
});

test("a repository of another user is told how to be trusted", async (t) => {
  const { folder, environment } = await createRepository(t);
  await assert.rejects(
    openRepository(folder, { ...environment, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" }),
    anErrorWith({
      code: "ERR_FILE_UNREADABLE",
      message: `${folder}: git does not use a repository that belongs to another user`,
      hint: /git config --global --add safe\.directory/,
    }),
  );
});

test("what is staged lasts in the repository's own index and in its lock, and in no other index", async (t) => {
  const { folder, environment } = await withFile(t);
  const link = join(await temporaryFolder(t), "link");
  await symlink(folder, link);
  const lasts = async (GIT_INDEX_FILE: string | undefined) =>
    await isLastingIndex(await openRepository(folder, { ...environment, GIT_INDEX_FILE }));
  const lasting = [undefined, ".git/index", ".git/index.lock", join(link, ".git", "index")];
  for (const file of lasting) assert.equal(await lasts(file), true, file);
  const passing = [".git/next-index-123.lock", "index", "../index", join(folder, "none", "index")];
  for (const file of passing) assert.equal(await lasts(file), false, file);
});
