import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { hookScript } from "../../src/cli/hook/hook-script.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

const HOOKS = ["pre-commit", "pre-merge-commit"];
const LINE = "npx --no-install sealconf check --staged || exit 1";
/** Stands for the installed program: says with what it was run, and refuses when it finds `bad`. */
const STAND_IN = '#!/bin/sh\necho "$0 $*" >&2\ntest ! -e bad\n';

async function hook(
  repository: TestRepository,
  args: readonly string[],
  cwd: string = repository.folder,
): Promise<CliResult> {
  return await runCli(["hook", "install", ...args], { cwd, environment: repository.environment });
}

/** Installs what must be installed, and returns what was said. */
async function installed(
  repository: TestRepository,
  args: readonly string[] = [],
  cwd?: string,
): Promise<string> {
  const { code, stdout, stderr } = await hook(repository, args, cwd);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "" }, stderr);
  return stderr;
}

async function refusal(
  repository: TestRepository,
  exitCode: number,
  args: readonly string[] = [],
): Promise<CliResult> {
  const result = await hook(repository, args);
  assert.equal(result.code, exitCode, result.stderr);
  return result;
}

async function addStandIn(repository: TestRepository, folder = ""): Promise<void> {
  await repository.write(join(folder, "node_modules/.bin/sealconf"), STAND_IN, 0o755);
}

function hookFile({ folder }: TestRepository, name = "pre-commit"): string {
  return join(folder, ".git/hooks", name);
}

async function folderOutside(t: TestContext): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sealconf-hooks-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

// Most of the time is that of processes which start: several tests run at once.
describe("hook install", { concurrency: 4 }, () => {
  test("both hooks are there afterwards, run the installed program and decide about the commit", async (t) => {
    const repository = await createRepository(t);
    await addStandIn(repository);
    assert.equal(
      await installed(repository),
      ".git/hooks/pre-commit: installed\n.git/hooks/pre-merge-commit: installed\n",
    );
    for (const name of HOOKS) assert.equal(statSync(hookFile(repository, name)).mode & 0o777, 0o755);
    const commit = ["commit", "--allow-empty", "--message", "x"];
    const passed = await repository.tryGit(commit);
    assert.equal(passed.code, 0);
    assert.match(passed.stderr, /^\.\/node_modules\/\.bin\/sealconf check --staged\n/);
    const head = await repository.git(["rev-parse", "HEAD"]);
    await repository.write("bad", "");
    const refused = await repository.tryGit(commit);
    assert.deepEqual([refused.code, await repository.git(["rev-parse", "HEAD"])], [1, head]);
    assert.equal((await repository.tryGit([...commit, "--no-verify"])).code, 0);
  });

  test("a merge that git commits by itself is checked too", async (t) => {
    const repository = await createRepository(t);
    await addStandIn(repository);
    await repository.commit();
    await repository.git(["checkout", "-q", "-b", "other"]);
    await repository.write("other.txt", "");
    await repository.add("other.txt");
    await repository.commit();
    await repository.git(["checkout", "-q", "main"]);
    await repository.commit();
    await installed(repository, ["--quiet"]);
    await repository.write("bad", "");
    const head = await repository.git(["rev-parse", "HEAD"]);
    assert.notEqual((await repository.tryGit(["merge", "other"])).code, 0);
    assert.equal(await repository.git(["rev-parse", "HEAD"]), head);
  });

  test("the program is the one that is installed nearest to where the command ran, whatever its folder is called", async (t) => {
    const repository = await createRepository(t);
    const app = `apps/it's a $(touch oops) "web" app`;
    await addStandIn(repository);
    await addStandIn(repository, app);
    const below = join(repository.folder, app, "src");
    await mkdir(below);
    await installed(repository, [], below);
    const { code, stderr } = await repository.tryGit(["commit", "--allow-empty", "-m", "x"], { cwd: below });
    assert.equal(code, 0);
    assert.ok(stderr.startsWith(`./${app}/node_modules/.bin/sealconf check --staged\n`), stderr);
    assert.ok(!existsSync(join(repository.folder, "oops")));
  });

  test("without an installed package the program on the PATH is run, and without one the commit is refused", async (t) => {
    const repository = await createRepository(t);
    await repository.write("bin/sealconf", STAND_IN, 0o755);
    await installed(repository);
    const commit = ["commit", "--allow-empty", "-m", "x"];
    const PATH = `${repository.folder}/bin:${process.env["PATH"]}`;
    const found = await repository.tryGit(commit, { environment: { PATH } });
    assert.deepEqual(
      [found.code, found.stderr.split("\n")[0]],
      [0, `${repository.folder}/bin/sealconf check --staged`],
    );
    const lacking = await repository.tryGit(commit);
    assert.deepEqual(
      [lacking.code, lacking.stderr],
      [
        1,
        "sealconf: this commit was not checked for secrets in plaintext: sealconf is not installed\n" +
          "  install it: npm install, or skip the check knowingly: --no-verify\n",
      ],
    );
  });

  test("a git client with a short PATH finds node where it was; where there is none, the commit is refused", async (t) => {
    const repository = await createRepository(t);
    const program = '#!/usr/bin/env node\nconsole.log("checked");\n';
    await repository.write("node_modules/.bin/sealconf", program, 0o755);
    await installed(repository);
    assert.deepEqual(runWithoutPath(hookFile(repository), repository.folder), [0, "checked\n", ""]);
    const script = hookScript({ tool: "./node_modules/.bin/sealconf", programs: [] });
    const elsewhere = await repository.write("script.sh", script, 0o755);
    assert.deepEqual(runWithoutPath(elsewhere, repository.folder), [
      1,
      "",
      "sealconf: this commit was not checked for secrets in plaintext: there is no node on the PATH of this program\n" +
        "  start it where node is found, or skip the check knowingly: --no-verify\n",
    ]);
  });

  test("a hook of ours is brought up to date, with its mode", async (t) => {
    const repository = await createRepository(t);
    await installed(repository);
    const script = readFileSync(hookFile(repository), "utf8");
    const [shebang = "", marker = ""] = script.split("\n");
    await repository.write(".git/hooks/pre-commit", `${shebang}\n${marker}\nan older version\n`, 0o644);
    await chmod(hookFile(repository), 0o644);
    assert.match(await installed(repository), /^\.git\/hooks\/pre-commit: brought up to date\n/);
    assert.equal(readFileSync(hookFile(repository), "utf8"), script);
    assert.equal(statSync(hookFile(repository)).mode & 0o777, 0o755);
    assert.deepEqual(
      (await readdir(join(repository.folder, ".git/hooks"))).filter((name) => !name.endsWith(".sample")),
      HOOKS,
    );
  });

  test("another hook stays as it is, with the line to add to it; the other is installed", async (t) => {
    const repository = await createRepository(t);
    const others = `#!/bin/sh\n# sealconf check --staged\necho mine\n`;
    await repository.write(".git/hooks/pre-commit", others, 0o700);
    const { stdout, stderr } = await refusal(repository, 3);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      ".git/hooks/pre-commit: another hook, left as it is\n" +
        ".git/hooks/pre-merge-commit: installed\n" +
        `sealconf: ${hookFile(repository)}: another hook is there and stays as it is\n  add this line to it: ${LINE}\n`,
    );
    assert.equal(readFileSync(hookFile(repository), "utf8"), others);
    assert.equal(statSync(hookFile(repository)).mode & 0o777, 0o700);
    await repository.write(".git/hooks/pre-commit", `${others}${LINE}\n`);
    assert.match(await installed(repository), /pre-commit: another hook, which runs the check already\n/);
    assert.equal(readFileSync(hookFile(repository), "utf8"), `${others}${LINE}\n`);
  });

  test("another hook counts only where git runs it, and where the check decides", async (t) => {
    const repository = await createRepository(t);
    const scripts = [
      `#!/bin/sh\necho "tip: run sealconf check --staged"\n`,
      `#!/bin/sh\nexec npm test\n${LINE}\n`,
      `#!/bin/sh\nnpx sealconf check --staged\nnpm test\n`,
    ];
    for (const script of scripts) {
      await repository.write(".git/hooks/pre-commit", script, 0o755);
      assert.match((await refusal(repository, 3)).stderr, /another hook, left as it is\n/, script);
    }
    await repository.write(".git/hooks/pre-commit", `#!/bin/sh -e\nnpx sealconf check --staged\nnpm test\n`);
    assert.match(await installed(repository), /pre-commit: another hook, which runs the check already\n/);
    await chmod(hookFile(repository), 0o644);
    assert.equal(
      (await refusal(repository, 3)).stderr,
      ".git/hooks/pre-commit: another hook, which git does not run: it is not executable\n" +
        ".git/hooks/pre-merge-commit: brought up to date\n" +
        `sealconf: git runs no hook that is not executable\n  chmod +x ${hookFile(repository)}\n`,
    );
    assert.equal(statSync(hookFile(repository)).mode & 0o777, 0o644);
  });

  test("the line that is to be added to another hook runs the check there, and refuses where it is not installed", async (t) => {
    const repository = await createRepository(t);
    await repository.write(".git/hooks/pre-commit", `#!/bin/sh\n${LINE}\necho mine >&2\n`, 0o755);
    await addStandIn(repository);
    await repository.write("package.json", "{}");
    // Its cache and settings lie in a home that is there.
    const environment = { HOME: await folderOutside(t), npm_config_offline: "true" };
    const commit = ["commit", "--allow-empty", "-m", "x"];
    const passed = await repository.tryGit(commit, { environment });
    assert.equal(passed.code, 0, passed.stderr);
    assert.match(passed.stderr, /sealconf check --staged\nmine\n/);
    await repository.write("bad", "");
    assert.equal((await repository.tryGit(commit, { environment })).code, 1);
    await rm(join(repository.folder, "bad"));
    await rm(join(repository.folder, "node_modules"), { recursive: true });
    const refused = await repository.tryGit(commit, { environment });
    assert.equal(refused.code, 1);
    assert.doesNotMatch(refused.stderr, /mine/);
  });

  test("a link, even to nowhere, and a folder in a hook's place are another's", async (t) => {
    const repository = await createRepository(t);
    const [commit, merge] = HOOKS.map((name) => hookFile(repository, name)) as [string, string];
    await symlink("../../hooks/pre-commit", commit);
    await mkdir(merge);
    const { stderr } = await refusal(repository, 3);
    assert.match(stderr, /add this line to it, and to the other: npx /);
    assert.ok(lstatSync(commit).isSymbolicLink() && !existsSync(commit) && lstatSync(merge).isDirectory());
  });

  test("hooks that cannot be written are an error that says where", async (t) => {
    const repository = await createRepository(t);
    await rm(join(repository.folder, ".git/hooks"), { recursive: true });
    await repository.write(".git/hooks", "");
    const { stderr } = await refusal(repository, 3);
    assert.equal(stderr, `sealconf: ${hookFile(repository)}: the hook cannot be written (ENOTDIR)\n`);
  });

  test("core.hooksPath is honoured; among the checked-out files the hooks name no folder of the machine", async (t) => {
    const repository = await createRepository(t);
    await repository.git(["config", "core.hooksPath", ".githooks"]);
    await addStandIn(repository);
    await installed(repository);
    assert.ok(!existsSync(hookFile(repository)));
    const file = join(repository.folder, ".githooks/pre-commit");
    assert.doesNotMatch(
      readFileSync(file, "utf8").replaceAll("/dev/null", "").replace("/bin/sh", ""),
      /(?<![\w.])\/|PATH=/,
    );
    const below = join(repository.folder, "below");
    await mkdir(below);
    const { stderr } = await repository.tryGit(["commit", "--allow-empty", "-m", "x"], { cwd: below });
    assert.match(stderr, /^\.\/node_modules\/\.bin\/sealconf check --staged\n/);
  });

  test("where git does not see modes, how to record that of a hook to be committed is said", async (t) => {
    const repository = await createRepository(t);
    await repository.git(["config", "core.fileMode", "false"]);
    assert.doesNotMatch(await installed(repository), /fileMode/);
    await repository.git(["config", "core.hooksPath", ".githooks"]);
    assert.match(
      await installed(repository),
      /^\.githooks\/pre-commit: core\.fileMode is false: run git update-index --add --chmod=\+x /m,
    );
    await repository.git(["update-index", "--add", "--chmod=+x", ".githooks/pre-commit"]);
    assert.match(await repository.git(["ls-files", "--stage"]), /^100755 /);
  });

  test("the work tree's root is no folder for hooks", async (t) => {
    const repository = await createRepository(t);
    for (const setting of ["", ".", `${repository.folder}/`]) {
      await repository.git(["config", "core.hooksPath", setting]);
      assert.equal(
        (await refusal(repository, 3)).stderr,
        `sealconf: ${repository.folder}: core.hooksPath names the work tree itself, not a folder of hooks\n` +
          "  git config core.hooksPath .githooks, or --unset it\n",
      );
    }
    assert.deepEqual(await readdir(repository.folder), [".git"]);
  });

  test("a folder that other repositories use too gets no hook", async (t) => {
    const repository = await createRepository(t);
    const outside = await folderOutside(t);
    const wanted = (folder: string): string =>
      `sealconf: ${folder}: core.hooksPath names a folder outside of this repository\n` +
      `  others use it too: add this line to its hooks pre-commit and pre-merge-commit: ${LINE}\n`;
    for (const folder of [join(outside, "hooks"), "/dev/null"]) {
      await repository.git(["config", "core.hooksPath", folder]);
      assert.equal((await refusal(repository, 3)).stderr, wanted(folder));
    }
    await repository.git(["config", "--unset", "core.hooksPath"]);
    await rm(join(repository.folder, ".git/hooks"), { recursive: true });
    await symlink(outside, join(repository.folder, ".git/hooks"));
    assert.equal((await refusal(repository, 3)).stderr, wanted(join(repository.folder, ".git/hooks")));
    assert.deepEqual(await readdir(outside), []);
  });

  test("linked work trees share the hooks, and a submodule has its own", async (t) => {
    const repository = await createRepository(t);
    await repository.commit();
    const linked = join(await folderOutside(t), "linked");
    await repository.git(["worktree", "add", "-q", linked]);
    await addStandIn(repository);
    await installed(repository, ["--quiet"], linked);
    assert.ok(existsSync(hookFile(repository)));
    await repository.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "./", "sub"]);
    await installed(repository, [], join(repository.folder, "sub"));
    assert.ok(existsSync(join(repository.folder, ".git/modules/sub/hooks/pre-commit")));
  });

  test("where nobody commits there is nothing to install", async (t) => {
    const bare = await createRepository(t, ["--bare"]);
    assert.match(
      (await refusal(bare, 2)).stderr,
      /: nobody commits in a bare repository\n.*--range A\.\.B\n/,
    );
    const nowhere = await folderOutside(t);
    const { code, stderr } = await hook(bare, [], nowhere);
    assert.deepEqual([code, stderr.split("\n")[0]], [2, "sealconf: there is no git repository here"]);
  });
});

function runWithoutPath(script: string, cwd: string): readonly [number | null, string, string] {
  const { status, stdout, stderr } = spawnSync(script, { cwd, env: { PATH: "/nowhere" }, encoding: "utf8" });
  return [status, stdout, stderr];
}
