import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { childEnvironment, programFile } from "../support/cli.ts";
import { createRepository, type GitResult, type TestRepository } from "../support/git-repository.ts";

import { POLICY } from "./support.ts";

const FILE = "config/production.yaml";
const PLAINTEXT = "a secret stands here in plaintext";

/** A repository with the usual policy, whose commits `sealconf check --staged` guards. */
async function guarded(
  t: TestContext,
  args = "--staged",
): Promise<TestRepository & { readonly tryCommit: Commit }> {
  const repository = await createRepository(t);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.write(FILE, "a: 1\n");
  await repository.add();
  await repository.commit();
  const hook = `#!/bin/sh\nexec '${process.execPath}' '${programFile("sealconf")}' check ${args}\n`;
  for (const name of ["pre-commit", "pre-merge-commit"])
    await repository.write(`.git/hooks/${name}`, hook, 0o755);
  const environment = childEnvironment(repository.environment);
  return {
    ...repository,
    tryCommit: (commitArgs, stdin) => {
      return repository.tryGit(["commit", "--quiet", "--message=change", ...commitArgs], {
        stdin,
        environment,
      });
    },
  };
}

type Commit = (args: readonly string[], stdin?: string) => Promise<GitResult>;

describe("a commit that the check guards", () => {
  for (const [args, stdin] of [
    [["--all"]],
    [["--patch"], "y\n"],
    [[FILE]],
    [["--include", FILE]],
    [["--amend", "--all"]],
    [["--amend", FILE]],
  ] as const) {
    it(`does not take plaintext by git commit ${args.join(" ")}`, async (t) => {
      const repository = await guarded(t);
      const head = await repository.git(["rev-parse", "HEAD"]);
      await repository.write(FILE, "a: 1\npassword: hunter2\n");
      const { code, stdout, stderr } = await repository.tryCommit(args, stdin);
      assert.equal(code, 1, stdout + stderr);
      assert.ok(`${stdout}${stderr}`.includes(`${FILE}:2:11 password ${PLAINTEXT}\n`), stdout + stderr);
      assert.equal(await repository.git(["rev-parse", "HEAD"]), head);
    });
  }

  it("does not take what a policy forbids that is staged and that git commit FILE leaves out", async (t) => {
    const repository = await guarded(t);
    await repository.write(".sealconf.yaml", POLICY.replace("**.password", "**.pin"));
    await repository.add();
    await repository.write(FILE, "a: 1\npin: 1234\n");
    const { code, stdout, stderr } = await repository.tryCommit([FILE]);
    assert.equal(code, 1, stdout + stderr);
    const what = "the policy in the work tree calls this a secret and is no part of this commit";
    const hint = "commit it first: git add .sealconf.yaml && git commit .sealconf.yaml";
    assert.ok(`${stdout}${stderr}`.includes(`${FILE}:2:6 pin ${what}\n`), stdout + stderr);
    assert.ok(stderr.includes(`  ${hint}\n`), stderr);
  });

  it("does not take plaintext by a merge", async (t) => {
    const repository = await guarded(t);
    await repository.git(["checkout", "--quiet", "-b", "topic"]);
    await repository.write("config/new.yaml", "password: hunter2\n");
    await repository.add();
    await repository.git(["commit", "--quiet", "--no-verify", "--message=topic"]);
    await repository.git(["checkout", "--quiet", "main"]);
    await repository.write("other.txt", "x\n");
    await repository.add();
    await repository.git(["commit", "--quiet", "--no-verify", "--message=main"]);
    const environment = childEnvironment(repository.environment);
    const { code, stdout, stderr } = await repository.tryGit(["merge", "--no-edit", "topic"], {
      environment,
    });
    assert.equal(code, 1, stdout + stderr);
    assert.ok(`${stdout}${stderr}`.includes(`config/new.yaml:1:11 password ${PLAINTEXT}\n`), stdout + stderr);
  });

  it("is made when everything is in order, in a folder below too", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, "a: 2\n");
    await repository.add();
    const environment = childEnvironment(repository.environment);
    const cwd = join(repository.folder, "config");
    const { code, stderr } = await repository.tryGit(["commit", "--quiet", "--message=x"], {
      cwd,
      environment,
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  });
});

describe("a commit that the check fixes", () => {
  for (const [args, stdin] of [[["--all"]], [["--patch"], "y\n"], [["--include", FILE]], [[]]] as const) {
    it(`holds the sealed value, as the index and the work tree do: git commit ${args.join(" ")}`, async (t) => {
      const repository = await guarded(t, "--staged --fix");
      await repository.write(FILE, "a: 1\npassword: hunter2\n");
      if (args.length === 0) await repository.add();
      const { code, stderr } = await repository.tryCommit(args, stdin);
      assert.equal(code, 0, stderr);
      assert.ok(stderr.includes(`${FILE}:2:11 (password): sealed\n`), stderr);
      const text = await readFile(join(repository.folder, FILE), "utf8");
      assert.match(text, /^a: 1\npassword: sealed:v1:envelope:\S+\n$/);
      assert.equal(`${await repository.git(["show", `HEAD:${FILE}`])}\n`, text);
      assert.equal(await repository.git(["status", "--porcelain"]), "");
    });
  }

  it("is refused for named files, whose index is thrown away, and nothing is changed", async (t) => {
    const repository = await guarded(t, "--staged --fix");
    await repository.write(FILE, "a: 1\npassword: hunter2\n");
    const { code, stdout, stderr } = await repository.tryCommit([FILE]);
    assert.equal(code, 1, stdout + stderr);
    const advice = `a commit of named files has an index of its own: encrypt-value ${FILE}, and commit again`;
    assert.ok(stderr.includes(advice), stderr);
    assert.equal(await readFile(join(repository.folder, FILE), "utf8"), "a: 1\npassword: hunter2\n");
  });
});
