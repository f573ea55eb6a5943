import assert from "node:assert/strict";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { hooksFolder, openRepository, readSetting, writeSetting } from "../../src/git/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository } from "../support/git-repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("hooks lie in the git folder, also seen from a folder below and from a linked work tree", async (t) => {
  const repository = await createRepository(t);
  const { folder, environment } = repository;
  await repository.write("a/b/c", "x");
  await repository.add();
  await repository.commit();
  const linked = join(await realpath(await temporaryFolder(t)), "linked");
  await repository.git(["worktree", "add", "--quiet", linked]);
  for (const cwd of [folder, join(folder, "a", "b"), linked, join(linked, "a"), join(folder, ".git")]) {
    assert.equal(
      await hooksFolder(await openRepository(cwd, environment)),
      join(folder, ".git", "hooks"),
      cwd,
    );
  }
});

test("core.hooksPath is honoured: absolute, in the home, and relative to the work tree's root", async (t) => {
  const repository = await createRepository(t);
  const { folder, environment } = repository;
  await repository.write("a/b", "x");
  const expected: readonly (readonly [setting: string, folder: string])[] = [
    ["/some/hooks", "/some/hooks"],
    ["~/hooks", "/nowhere/hooks"],
    [".husky/_", join(folder, ".husky", "_")],
    ["hooks 钩子", join(folder, "hooks 钩子")],
  ];
  for (const [setting, hooks] of expected) {
    await repository.git(["config", "core.hooksPath", setting]);
    for (const cwd of [folder, join(folder, "a")]) {
      assert.equal(await hooksFolder(await openRepository(cwd, environment)), hooks);
    }
  }
});

test("a relative core.hooksPath is the folder whose hooks git runs", async (t) => {
  const repository = await createRepository(t);
  await repository.git(["config", "core.hooksPath", "my/hooks"]);
  const hooks = await hooksFolder(await openRepository(repository.folder, repository.environment));
  assert.equal(hooks, join(repository.folder, "my", "hooks"));
  await repository.write("my/hooks/pre-commit", "#!/bin/sh\nexit 1\n", 0o755);
  const args = ["commit", "--quiet", "--allow-empty", "--message=x"];
  assert.equal((await repository.tryGit(args)).code, 1);
});

test("a bare repository's hooks lie in its folder", async (t) => {
  const { folder, environment } = await createRepository(t, ["--bare"]);
  assert.equal(await hooksFolder(await openRepository(folder, environment)), join(folder, "hooks"));
});

test("a submodule's hooks lie in its own git folder", async (t) => {
  const inner = await createRepository(t);
  await inner.commit();
  const outer = await createRepository(t);
  await outer.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.folder, "sub"]);
  const sub = await openRepository(join(outer.folder, "sub"), outer.environment);
  assert.equal(await hooksFolder(sub), join(outer.folder, ".git", "modules", "sub", "hooks"));
});

test("a setting is read as it was written, whatever it holds", async (t) => {
  const { folder, environment, git } = await createRepository(t);
  const repository = await openRepository(folder, environment);
  assert.equal(await readSetting(repository, "diff.sealconf.textconv"), undefined);
  for (const value of ["sealconf textconv", "", "-x", "--unset", ' "a"\\ # ; b ', "a\nb", "命令"]) {
    await writeSetting(repository, "diff.sealconf.textconv", value);
    assert.equal(await readSetting(repository, "diff.sealconf.textconv"), value);
  }
  assert.equal(await git(["config", "--local", "--get", "diff.sealconf.textconv"]), "命令");
});

test("only the repository's own settings are read, and written in place of all values", async (t) => {
  const { folder, environment, git } = await createRepository(t);
  const elsewhere = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "a.b", GIT_CONFIG_VALUE_0: "elsewhere" };
  const repository = await openRepository(folder, { ...environment, ...elsewhere });
  assert.equal(await readSetting(repository, "a.b"), undefined);
  await git(["config", "--add", "a.b", "1"]);
  await git(["config", "--add", "a.b", "2"]);
  await writeSetting(repository, "a.b", "3");
  assert.equal(await git(["config", "--local", "--get-all", "a.b"]), "3");
});

test("a linked work tree shares its settings with the repository", async (t) => {
  const repository = await createRepository(t);
  await repository.commit();
  await repository.git(["worktree", "add", "--quiet", "linked"]);
  const linked = await openRepository(join(repository.folder, "linked"), repository.environment);
  await writeSetting(linked, "a.b", "1");
  assert.equal(await repository.git(["config", "--local", "a.b"]), "1");
});

test("settings that cannot be read or written are an error", async (t) => {
  const { folder, environment, write } = await createRepository(t);
  const repository = await openRepository(folder, environment);
  await write(".git/config.lock", "");
  await assert.rejects(
    writeSetting(repository, "a.b", "1"),
    anErrorWith({ code: "ERR_WRITE_FAILED", message: /config\b.*File exists/ }),
  );
  await write(".git/config", "[broken\n");
  await assert.rejects(readSetting(repository, "a.b"), anErrorWith({ code: "ERR_FILE_UNREADABLE" }));
});
