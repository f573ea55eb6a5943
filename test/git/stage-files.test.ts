import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { openRepository, readIndex, type StagedFile, stageFiles } from "../../src/git/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

interface Change {
  readonly path: string;
  readonly text: string;
  readonly replaces?: string | undefined;
}

/** Replaces what is in the index now, unless a change says what it replaces. */
async function stage({ folder, environment }: TestRepository, changes: readonly Change[]): Promise<void> {
  const opened = await openRepository(folder, environment);
  const { entries, close } = await readIndex(opened);
  await close();
  const files = changes.map(({ path, text, replaces = entries.get(path)?.id ?? "" }): StagedFile => ({
    path,
    bytes: Buffer.from(text),
    replaces,
  }));
  await stageFiles(opened, files);
}

test("files are replaced in the index alone, and keep their modes", async (t) => {
  const repository = await createRepository(t);
  const names = ['a b\n"c".yaml', "-d/配置.yaml", "same.yaml"];
  for (const name of names) await repository.write(name, "x: 1\n");
  await repository.write("run", "x: 1\n", 0o755);
  await repository.add();
  await stage(repository, [
    ...names.slice(0, 2).map((path) => ({ path, text: `${path}: 2\n` })),
    { path: "run", text: "x: 2\n" },
  ]);
  for (const name of names.slice(0, 2)) {
    assert.equal(await repository.git(["show", `:${name}`]), `${name}: 2`);
    assert.equal(await readFile(join(repository.folder, name), "utf8"), "x: 1\n");
  }
  assert.equal(await repository.git(["show", ":same.yaml"]), "x: 1");
  assert.match(await repository.git(["ls-files", "--stage", "run"]), /^100755 /);
  await repository.commit();
  assert.equal(await repository.git(["show", "HEAD:run"]), "x: 2");
});

test("what git is told to overlook stays overlooked", async (t) => {
  const repository = await createRepository(t);
  const names = ["a.yaml", "b.yaml", "c 配置.yaml", "d.yaml", "other.yaml"];
  for (const name of names) await repository.write(name, "x: 1\n");
  await repository.add();
  await repository.git(["update-index", "--skip-worktree", "a.yaml", "b.yaml", "other.yaml"]);
  await repository.git(["update-index", "--assume-unchanged", "b.yaml", "c 配置.yaml"]);
  const flags = async (): Promise<string> =>
    await repository.git(["-c", "core.quotePath=false", "ls-files", "-v"]);
  const before = await flags();
  assert.equal(before, "S a.yaml\ns b.yaml\nh c 配置.yaml\nH d.yaml\nS other.yaml");
  await stage(
    repository,
    names.slice(0, 4).map((path) => ({ path, text: "x: 2\n" })),
  );
  assert.equal(await flags(), before);
  assert.equal(await repository.git(["show", ":b.yaml"]), "x: 2");
});

test("a name that is not UTF-8 is replaced under its own bytes", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "x: 1\n" });
  const lines = Buffer.from(`100644 ${id}\ta\xff\0`, "latin1");
  await repository.git(["update-index", "-z", "--index-info"], { stdin: lines });
  await stage(repository, [{ path: "a\udcff", text: "x: 2\n" }]);
  assert.match(await repository.git(["ls-files", "--stage"]), /^100644 [0-9a-f]+ 0\t"a\\377"$/);
  assert.doesNotMatch(await repository.git(["ls-files", "--stage"]), new RegExp(id));
});

test("bytes are recorded through no filter", async (t) => {
  const repository = await createRepository(t);
  await repository.write(".gitattributes", "* text eol=lf filter=trap\n");
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  await repository.git(["config", "filter.trap.clean", "tr a-z A-Z"]);
  await repository.git(["config", "filter.trap.required", "true"]);
  await stage(repository, [{ path: "a.yaml", text: "x: 2\r\n" }]);
  assert.equal(await repository.git(["cat-file", "blob", ":a.yaml"]), "x: 2\r");
});

test("an entry that is not the one that was read is refused, and nothing is replaced", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.write("b.yaml", "x: 1\n");
  await repository.add();
  const replaces = await repository.git(["rev-parse", ":b.yaml"]);
  await repository.write("b.yaml", "x: 3\n");
  await repository.add();
  const before = await repository.git(["ls-files", "--stage"]);
  for (const moved of [
    { path: "b.yaml", replaces },
    { path: "none.yaml", replaces },
  ]) {
    await assert.rejects(
      stage(repository, [
        { path: "a.yaml", text: "x: 2\n" },
        { ...moved, text: "x: 2\n" },
      ]),
      anErrorWith({
        code: "ERR_FILE_CHANGED",
        message: `${moved.path}: another version was staged in between`,
        hint: "run the command again",
      }),
    );
  }
  assert.equal(await repository.git(["ls-files", "--stage"]), before);
});

test("entries that are no files, or have a conflict, are refused", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "x" });
  const commit = await repository.commit();
  const conflict = `100644 ${id} 2\tconflict\n100644 ${id} 3\tconflict\n`;
  const lines = `120000 ${id}\tlink\n160000 ${commit}\tsub\n${conflict}`;
  await repository.git(["update-index", "--index-info"], { stdin: lines });
  for (const [path, replaces] of [
    ["link", id],
    ["sub", commit],
    ["conflict", id],
    ["conflict", "0".repeat(40)],
  ]) {
    await assert.rejects(
      stage(repository, [{ path: `${path}`, text: "x", replaces }]),
      anErrorWith({ code: "ERR_FILE_CHANGED" }),
      path,
    );
  }
});

test("the index that GIT_INDEX_FILE names is the one that is changed", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  const environment = { ...repository.environment, GIT_INDEX_FILE: ".git/other" };
  await repository.git(["add", "a.yaml"], { environment });
  await stage({ ...repository, environment }, [{ path: "a.yaml", text: "x: 2\n" }]);
  assert.equal(await repository.git(["show", ":a.yaml"]), "x: 1");
  assert.equal(await repository.git(["show", ":a.yaml"], { environment }), "x: 2");
});

test("an index that another command has locked is not changed", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  await repository.write(".git/index.lock", "");
  await assert.rejects(
    stage(repository, [{ path: "a.yaml", text: "x: 2\n" }]),
    anErrorWith({
      code: "ERR_WRITE_FAILED",
      message: /index\.lock': File exists/,
      hint: "wait for the other git command; when there is none, remove the lock",
    }),
  );
  assert.equal(await repository.git(["show", ":a.yaml"]), "x: 1");
});

test("a repository with SHA-256 ids, and a commit that adds nothing, are as others", async (t) => {
  const repository = await createRepository(t, ["--object-format=sha256"]);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  await stage(repository, []);
  await stage(repository, [{ path: "a.yaml", text: "x: 2\n" }]);
  assert.equal(await repository.git(["show", ":a.yaml"]), "x: 2");
});
