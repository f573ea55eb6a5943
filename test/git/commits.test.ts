import assert from "node:assert/strict";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { commitsIn, openRepository } from "../../src/git/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository, repositoryIn, type TestRepository } from "../support/git-repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { Pushes } from "./record-push.ts";

const ZEROS = "0".repeat(40);

async function listed({ folder, environment }: TestRepository, range: string): Promise<readonly string[]> {
  return await commitsIn(await openRepository(folder, environment), range);
}

async function commits(repository: TestRepository, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) ids.push(await repository.commit(`commit ${number}`));
  return ids;
}

async function clone(
  t: TestContext,
  from: TestRepository,
  args: readonly string[] = [],
): Promise<TestRepository> {
  const cloned = repositoryIn(await realpath(await temporaryFolder(t)));
  await cloned.git(["clone", "--quiet", ...args, `file://${from.folder}`, "."]);
  return cloned;
}

test("a range lists what its end has and its start does not, oldest first", async (t) => {
  const repository = await createRepository(t);
  const [first, second, third] = await commits(repository, 3);
  await repository.git(["tag", "--annotate", "--message=v1", "v1", `${first}`]);
  for (const range of [`${first}..${third}`, "v1..main", "v1..HEAD"]) {
    assert.deepEqual(await listed(repository, range), [second, third], range);
  }
  assert.deepEqual(await listed(repository, "main..v1"), []);
});

test("a range has the commits of merged branches, each after its parents", async (t) => {
  const repository = await createRepository(t);
  await repository.git(["tag", "start", await repository.commit()]);
  await repository.git(["checkout", "--quiet", "-b", "topic"]);
  const late = { GIT_COMMITTER_DATE: "2040-01-01T00:00:00Z" };
  await repository.git(["commit", "--quiet", "--allow-empty", "--message=t"], { environment: late });
  const topic = await repository.git(["rev-parse", "HEAD"]);
  await repository.git(["checkout", "--quiet", "main"]);
  const main = await repository.commit();
  await repository.git(["merge", "--quiet", "--no-ff", "--message=m", "topic"]);
  const merge = await repository.git(["rev-parse", "HEAD"]);
  const range = await listed(repository, "start..main");
  assert.deepEqual(range.toSorted(), [main, topic, merge].sort());
  assert.equal(range.at(-1), merge);
  assert.deepEqual((await listed(repository, "main~1...topic")).toSorted(), [main, topic].sort());
});

test("what is no range, or names no commit, is refused and never taken for an option", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a", "x");
  await repository.add();
  await repository.commit();
  for (const range of ["HEAD", "", "--all", "HEAD^!", ZEROS]) {
    await assert.rejects(
      listed(repository, range),
      anErrorWith({
        code: "ERR_OPTION_INVALID",
        message: `${JSON.stringify(range)} is not a range of commits`,
        hint: "write A..B: the commits that B has and A does not",
      }),
    );
  }
  const sides = ["none", "--output=x", "-n1", "HEAD:a", "HEAD --all", "1".repeat(40)];
  for (const range of sides.flatMap((side) => [`${side}..HEAD`, `HEAD..${side}`, `${ZEROS}..${side}`])) {
    await assert.rejects(
      listed(repository, range),
      anErrorWith({ code: "ERR_OPTION_INVALID", message: /^".+" is no commit of this repository$/ }),
      range,
    );
  }
});

test("a range that lacks a side is refused: a variable that is unset would list nothing", async (t) => {
  const repository = await createRepository(t);
  await repository.commit();
  for (const range of ["..HEAD", "HEAD..", "...HEAD", "HEAD...", "..", "..."]) {
    await assert.rejects(
      listed(repository, range),
      anErrorWith({
        code: "ERR_OPTION_INVALID",
        message: `the range "${range}" lacks a side`,
        hint: "write both, A..HEAD: a variable may be unset",
      }),
    );
  }
});

test("a shallow clone that lacks a part of the range is refused, one that has it is not", async (t) => {
  const origin = await createRepository(t);
  const ids = await commits(origin, 4);
  const refusal = anErrorWith({
    code: "ERR_FILE_UNREADABLE",
    message: "this shallow clone does not have every commit of the range",
    hint: /^git fetch --unshallow/,
  });
  const cloned = await clone(t, origin, ["--depth=2"]);
  assert.deepEqual(await listed(cloned, "HEAD~1..HEAD"), [ids[3]]);
  await assert.rejects(listed(cloned, `${ids[0]}..HEAD`), anErrorWith({ code: "ERR_OPTION_INVALID" }));
  // The start is there, what lies between is not.
  await cloned.git(["fetch", "--quiet", "--depth=1", "origin", `${ids[0]}`]);
  await assert.rejects(listed(cloned, `${ids[0]}..HEAD`), refusal);
  await assert.rejects(listed(cloned, `${ZEROS}..HEAD`), refusal);
});

test("grafts hide no commits", async (t) => {
  const repository = await createRepository(t);
  const [first, second, third] = await commits(repository, 3);
  await repository.write(".git/info/grafts", `${third} ${first}\n`);
  assert.equal((await repository.git(["rev-list", `${first}..${third}`])).includes(`${second}`), false);
  assert.deepEqual(await listed(repository, `${first}..${third}`), [second, third]);
});

test("a branch that goes lists nothing", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.commit();
  assert.deepEqual(await listed(repository, `${id}..${ZEROS}`), []);
});

test("in a clone, a new branch lists what no branch of the remote has", async (t) => {
  const origin = await createRepository(t);
  await commits(origin, 2);
  const cloned = await clone(t, origin);
  await cloned.git(["checkout", "--quiet", "-b", "topic"]);
  const [first] = await commits(cloned, 1);
  // Another branch and the stash hold it too, but nobody else has seen it.
  await cloned.git(["branch", "below"]);
  await cloned.write("a", "x");
  await cloned.add();
  await cloned.git(["stash", "--quiet"]);
  const [second] = await commits(cloned, 1);
  assert.deepEqual(await listed(cloned, `${ZEROS}..topic`), [first, second]);
  // As a CI job finds it, the remote's branch being there already.
  await cloned.git(["push", "--quiet", "origin", "topic"]);
  assert.deepEqual(await listed(cloned, `${ZEROS}..topic`), [first, second]);
  await cloned.git(["checkout", "--quiet", "--detach"]);
  assert.deepEqual(await listed(cloned, `${ZEROS}..HEAD`), [first, second]);
  // A branch that goes on from there came with it or after it: nobody needs to have looked at what is below.
  await cloned.git(["push", "--quiet", "origin", `${await cloned.commit()}:refs/heads/next`]);
  assert.deepEqual(await listed(cloned, `${ZEROS}..topic`), [first, second]);
});

test("without a remote, a new branch lists its whole history", async (t) => {
  const repository = await createRepository(t);
  const ids = await commits(repository, 3);
  assert.deepEqual(await listed(repository, `${ZEROS}..HEAD`), ids);
});

test("a server's pre-receive hook gets the commits of each push, before they are there", async (t) => {
  const server = await createRepository(t, ["--bare"]);
  const record = join(await temporaryFolder(t), "record");
  const script = new URL("record-push.js", import.meta.url).pathname;
  const hook = `#!/bin/sh\nSEALCONF_TEST_RECORD='${record}' exec '${process.execPath}' '${script}'\n`;
  await server.write("hooks/pre-receive", hook, 0o755);
  const work = await createRepository(t);
  await work.git(["remote", "add", "origin", server.folder]);
  const pushed = async (...refs: string[]) => {
    await work.git(["push", "--quiet", "origin", ...refs]);
    return JSON.parse(await readFile(record, "utf8")) as Pushes;
  };
  const first = await commits(work, 2);
  assert.deepEqual(await pushed("main"), [first]);
  const second = await commits(work, 2);
  assert.deepEqual(await pushed("main"), [second]);
  await work.git(["checkout", "--quiet", "-b", "topic"]);
  const third = await commits(work, 2);
  assert.deepEqual(await pushed("topic"), [third]);
  assert.deepEqual(await pushed(":topic"), [[]]);
  // What the server has already is not new: on another branch, older, under a tag.
  const refs = ["main:again", "main~1:refs/heads/older", "main:refs/tags/light", "topic:next"];
  assert.deepEqual(await pushed(...refs), [[], [], [], third]);
  await work.git(["tag", "--annotate", "--message=v1", "v1"]);
  const fourth = await commits(work, 1);
  await work.git(["tag", "--annotate", "--message=v2", "v2"]);
  assert.deepEqual(await pushed("v1", "v2"), [[], fourth]);
  // Tags of a file and a folder, also where they move.
  await work.write("a/b", "x");
  await work.add();
  const fifth = [await work.commit()];
  await work.git(["tag", "--annotate", "--message=file", "file", "HEAD:a/b"]);
  assert.deepEqual(await pushed("file", "HEAD:a/b:refs/tags/x", "HEAD:a:refs/tags/folder"), [[], [], []]);
  assert.deepEqual(await pushed("--force", "HEAD~1:refs/tags/file", "HEAD:refs/tags/folder"), [[], fifth]);
  assert.deepEqual(await pushed("--force", "HEAD:a/b:refs/tags/folder"), [[]]);
});
