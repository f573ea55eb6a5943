import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { runGit, tryGit } from "../../src/git/run-git.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { fakeGit } from "./fake-git.ts";

test("a machine without git is told what to install", async (t) => {
  const cwd = await temporaryFolder(t);
  await assert.rejects(
    runGit({ cwd, env: { PATH: cwd } }, ["--version"]),
    anErrorWith({
      code: "ERR_FILE_UNREADABLE",
      message: "git cannot be run (ENOENT)",
      hint: "install git and put it on the PATH",
    }),
  );
});

test("a folder that is not there is not mistaken for a missing git", async (t) => {
  const cwd = join(await temporaryFolder(t), "none");
  await assert.rejects(
    runGit({ cwd, env: process.env }, ["--version"]),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: `${cwd}: there is no such folder` }),
  );
});

test("git finds the caller's environment, and that it may take no locks and speak no other language", async (t) => {
  const place = await fakeGit(t, "env");
  const env = {
    ...place.env,
    GIT_INDEX_FILE: "/some/index",
    LC_ALL: "zh_CN.UTF-8",
    GIT_GLOB_PATHSPECS: "1",
    GIT_ICASE_PATHSPECS: "1",
  };
  const found = String(await runGit({ ...place, env }, []));
  const expected = [
    "GIT_INDEX_FILE=/some/index",
    "LC_ALL=C",
    "GIT_OPTIONAL_LOCKS=0",
    "GIT_LITERAL_PATHSPECS=1",
    "GIT_NO_REPLACE_OBJECTS=1",
  ];
  for (const line of expected) assert.ok(found.split("\n").includes(line), line);
  assert.doesNotMatch(found, /GLOB_PATHSPECS|ICASE_PATHSPECS/);
});

test("arguments reach git as they are, through no shell", async (t) => {
  const place = await fakeGit(t, `for argument in "$@"; do printf '<%s>' "$argument"; done`);
  const found = String(await runGit(place, ["$HOME", "a b", "*", "`id`", "'\"", "a\nb"]));
  assert.ok(found.endsWith("<$HOME><a b><*><`id`><'\"><a\nb>"), found);
});

test("a large output is read whole", async (t) => {
  const place = await fakeGit(t, "head -c 9000000 /dev/zero");
  assert.equal((await runGit(place, [])).length, 9_000_000);
});

test("a program that ends without reading its input is judged by its exit code", async (t) => {
  const stdin = Buffer.alloc(5_000_000);
  const { code } = await tryGit(await fakeGit(t, "exit 3"), [], { stdin });
  assert.equal(code, 3);
  assert.equal((await runGit(await fakeGit(t, "exit 0"), [], { stdin })).length, 0);
});

test("of what a failing git says only its own complaint is shown, and nothing a terminal acts on", async (t) => {
  const complaint = `echo 'password: hunter2' >&2; printf 'fatal: no \\033[31mway\\nmore hunter2\\n' >&2; exit 128`;
  await assert.rejects(
    runGit(await fakeGit(t, complaint), ["ls-tree"]),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: "git ls-tree failed: no \\u{1b}[31mway" }),
  );
});

test("of a run that starts the user's programs nothing is shown", async (t) => {
  const place = await fakeGit(t, "echo 'fatal: hunter2' >&2; exit 128");
  await assert.rejects(
    runGit(place, ["hash-object"], { runsFilters: true }),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: "git hash-object failed: exit code 128" }),
  );
});

test("a git that a signal ended is no success", async (t) => {
  await assert.rejects(
    runGit(await fakeGit(t, "kill -9 $$"), ["ls-tree"]),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: "git ls-tree failed: a signal ended it" }),
  );
});

test("an endless complaint is cut off", async (t) => {
  const place = await fakeGit(t, "printf 'fatal: ' >&2; head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1");
  await assert.rejects(runGit(place, ["ls-tree"]), (error: Error) => error.message.length < 400);
});
