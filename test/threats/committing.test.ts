import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";

import { ROOT } from "../project/project.ts";
import { runCli } from "../support/cli.ts";
import {
  type GitOptions,
  type GitResult,
  repositoryIn,
  type TestRepository,
} from "../support/git-repository.ts";
import { addInstalledCli } from "../support/installed-cli.ts";
import { CONTEXT, LOCAL_KEY, sealAll } from "../support/load-fixture.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CANARY = "canary-5d1b";
const FILE = "config/app.yaml";
const PLAINTEXT = `host: y\npassword: ${CANARY}\n`;
const POLICY = `app: ${CONTEXT.app}
keys: [${LOCAL_KEY}]
secrets: ["**.password"]
rules:
  - files: ["config/**"]
    env: ${CONTEXT.env}
`;

/** The last step of a way to commit. */
type Attempt = () => Promise<GitResult>;
/** A way to commit a config file: everything up to the last step. It may hold a secret in plaintext, or a sealed one. */
type Way = (repository: TestRepository, text: string) => Promise<Attempt>;

function commit(repository: TestRepository, args: readonly string[] = [], options?: GitOptions): Attempt {
  return async () => await repository.tryGit(["commit", "--message", "x", ...args], options);
}

/** The file is written and staged. */
function staged(file: string, args?: readonly string[]): Way {
  return async (repository, text) => {
    await repository.write(file, text);
    await repository.add();
    return commit(repository, args);
  };
}

/** The file is written and not staged. */
function unstaged(args: readonly string[], options?: GitOptions): Way {
  return async (repository, text) => {
    await repository.write(FILE, text);
    return commit(repository, args, options);
  };
}

/** Commits on a branch that no hook guards, and comes back. */
async function commitOnBranch(repository: TestRepository, file: string, text: string): Promise<void> {
  await repository.git(["checkout", "-q", "-b", "careless"]);
  await repository.write(file, text);
  await commitUnguarded(repository);
  await repository.git(["checkout", "-q", "main"]);
}

async function commitUnguarded(repository: TestRepository): Promise<void> {
  await repository.add();
  await repository.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "unguarded"]);
}

const WAYS: Readonly<Record<string, Way>> = {
  "add and commit": staged(FILE),
  "a new file": staged("config/new/deep.yaml"),
  "commit --amend": staged(FILE, ["--amend"]),
  "commit -a": unstaged(["-a"]),
  "commit -p": unstaged(["-p"], { stdin: "y\n" }),
  "commit FILE": unstaged(["--", FILE]),
  "commit -i FILE": unstaged(["-i", "--", FILE]),
  "commit --amend FILE": unstaged(["--amend", "--", FILE]),
  "commit -a of a file that was only announced": async (repository, text) => {
    await repository.write("config/new.yaml", text);
    await repository.git(["add", "--intent-to-add", "config/new.yaml"]);
    return commit(repository, ["-a"]);
  },
  "commit FILE from a subfolder": async (repository, text) => {
    await repository.write(FILE, text);
    return commit(repository, ["--", "app.yaml"], { cwd: join(repository.folder, "config") });
  },
  "commit FILE beside what is staged": async (repository, text) => {
    await repository.write("README.md", "other\n");
    await repository.add();
    await repository.write(FILE, text);
    return commit(repository, ["--", FILE]);
  },
  "the first commit of a branch": async (repository, text) => {
    await repository.git(["checkout", "-q", "--orphan", "fresh"]);
    return await staged(FILE)(repository, text);
  },
  "a rename to a path that the policy covers": async (repository, text) => {
    await repository.write("notes/app.yaml", text);
    await commitUnguarded(repository);
    await repository.git(["mv", "notes/app.yaml", "config/moved.yaml"]);
    return commit(repository);
  },
  "a merge that git commits by itself": async (repository, text) => {
    await commitOnBranch(repository, "config/other.yaml", text);
    await commitUnguarded(repository);
    return async () => await repository.tryGit(["merge", "--no-edit", "careless"]);
  },
  "a merge that could be fast-forwarded": async (repository, text) => {
    await commitOnBranch(repository, "config/other.yaml", text);
    return async () => await repository.tryGit(["merge", "--no-ff", "--no-edit", "careless"]);
  },
  "a merge with a conflict": async (repository, text) => {
    await commitOnBranch(repository, "README.md", "theirs\n");
    await repository.write("README.md", "ours\n");
    await commitUnguarded(repository);
    assert.equal((await repository.tryGit(["merge", "careless"])).code, 1);
    await repository.write("README.md", "both\n");
    return await staged(FILE)(repository, text);
  },
  "a squashed merge": async (repository, text) => {
    await commitOnBranch(repository, "config/other.yaml", text);
    await repository.git(["merge", "-q", "--squash", "careless"]);
    return commit(repository);
  },
  "an index elsewhere": async (repository, text) => {
    const environment = { GIT_INDEX_FILE: join(repository.folder, ".git/other-index") };
    await repository.write(FILE, text);
    await repository.git(["add", "--all"], { environment });
    return commit(repository, [], { environment });
  },
  "a work tree elsewhere": async (repository, text) => {
    const cwd = join(repository.folder, "elsewhere");
    await mkdir(cwd);
    for (const name of [".sealconf.yaml", "config", "node_modules"]) {
      await rename(join(repository.folder, name), join(cwd, name));
    }
    await repository.write(`elsewhere/${FILE}`, text);
    const environment = { GIT_DIR: join(repository.folder, ".git"), GIT_WORK_TREE: cwd };
    await repository.git(["add", "--all"], { cwd, environment });
    return commit(repository, [], { cwd: tmpdir(), environment });
  },
  "a linked work tree": async (repository, text) => {
    const folder = join(repository.folder, ".git/linked");
    await repository.git(["worktree", "add", "-q", "-b", "linked", folder]);
    const linked = repositoryIn(folder);
    await addInstalledCli(linked);
    return await staged(FILE)(linked, text);
  },
  "core.hooksPath": async (repository, text) => {
    await rm(join(repository.folder, ".git/hooks"), { recursive: true });
    await repository.git(["config", "core.hooksPath", ".githooks"]);
    await installHooks(repository);
    return await staged(FILE)(repository, text);
  },
  "a policy in a subfolder, committed from another": async (repository, text) => {
    await repository.write("apps/billing/.sealconf.yaml", POLICY);
    await repository.write(`apps/billing/${FILE}`, text);
    await repository.add();
    return commit(repository, [], { cwd: join(repository.folder, "config") });
  },
};

let template: TestRepository;
let sealed: string;

before(async () => {
  template = repositoryIn(await realpath(await mkdtemp(join(tmpdir(), "sealconf-guarded-"))));
  const { password } = await sealAll({ password: CANARY });
  sealed = `host: y\npassword: ${password}\n`;
  await template.git(["init", "-q", "--initial-branch=main", "--template="]);
  await template.write(".sealconf.yaml", POLICY);
  await template.write(FILE, sealed.replace("y", "x"));
  await commitUnguarded(template);
  await addInstalledCli(template);
  await installHooks(template);
});

after(async () => await rm(template.folder, { recursive: true, force: true }));

async function installHooks({ folder: cwd, environment }: TestRepository): Promise<void> {
  const { code, stderr } = await runCli(["hook", "install", "--quiet"], { cwd, environment });
  assert.equal(code, 0, stderr);
}

/** A repository with a policy, a sealed file and the hooks. */
async function guarded(t: TestContext): Promise<TestRepository> {
  const folder = await realpath(await temporaryFolder(t));
  await cp(template.folder, folder, { recursive: true });
  return repositoryIn(folder);
}

async function branchesOf(repository: TestRepository): Promise<string> {
  return await repository.git(["for-each-ref", "--format=%(refname) %(objectname)"]);
}

/** Tries to commit; no branch moves. */
async function assertRefused(repository: TestRepository, attempt: Attempt, reason: RegExp): Promise<void> {
  const branches = await branchesOf(repository);
  // What the hooks print, git prints to its standard error.
  const { code, stderr } = await attempt();
  assert.notEqual(code, 0);
  assert.match(stderr, reason);
  assert.ok(!stderr.includes(CANARY), stderr);
  assert.equal(await branchesOf(repository), branches);
}

/** Commits; a branch moves. */
async function assertCommitted(repository: TestRepository, attempt: Attempt): Promise<void> {
  const branches = await branchesOf(repository);
  const { code, stdout, stderr } = await attempt();
  assert.equal(code, 0, stdout + stderr);
  assert.notEqual(await branchesOf(repository), branches);
}

// Most of the time is that of processes which start: several tests run at once.
describe("committing", { concurrency: 4 }, () => {
  for (const [name, way] of Object.entries(WAYS)) {
    test(`a secret in plaintext is refused, and a sealed one is not: ${name}`, async (t) => {
      const careless = await guarded(t);
      await assertRefused(
        careless,
        await way(careless, PLAINTEXT),
        /\.yaml:2:11 password a secret stands here in plaintext/,
      );
      const careful = await guarded(t);
      await assertCommitted(careful, await way(careful, sealed));
    });
  }

  test("it makes no difference how a file is called", async (t) => {
    const repository = await guarded(t);
    const names = ["a\nb.yaml", ' it\'s "x" .yaml', "-f.yaml", "配置.yaml", "*[a].yaml", "\u001b[31m.yaml"];
    for (const name of names) await repository.write(`config/${name}`, PLAINTEXT);
    await repository.add();
    const { code, stderr } = await commit(repository)();
    const told = stderr.split("\n").filter((line) => line.endsWith(" a secret stands here in plaintext"));
    assert.deepEqual([code, told.length], [1, names.length], stderr);
    for (const name of names) await repository.write(`config/${name}`, sealed);
    await repository.add();
    await assertCommitted(repository, commit(repository));
  });

  test("what is staged decides, whatever stands in the work tree", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, PLAINTEXT);
    await repository.add();
    await repository.write(FILE, sealed);
    await assertRefused(repository, commit(repository), /config\/app\.yaml:2:11 password /);
    await repository.add();
    await repository.write(FILE, PLAINTEXT);
    await assertCommitted(repository, commit(repository));
  });

  test("what is taken from the work tree decides, whatever was staged", async (t) => {
    for (const args of [["-a"], ["--", FILE]]) {
      const repository = await guarded(t);
      await repository.write(FILE, sealed);
      await repository.add();
      await repository.write(FILE, PLAINTEXT);
      await assertRefused(repository, commit(repository, args), /config\/app\.yaml:2:11 password /);
    }
  });

  test("of several hunks those that are chosen decide", async (t) => {
    const repository = await guarded(t);
    const lines = Array.from({ length: 12 }, (_, index) => `k${index}: 1\n`).join("");
    await repository.write("config/long.yaml", lines);
    await commitUnguarded(repository);
    await repository.write("config/long.yaml", `first: 1\n${lines}password: ${CANARY}\n`);
    await assertRefused(
      repository,
      commit(repository, ["-p"], { stdin: "y\ny\n" }),
      /config\/long\.yaml:14:11 password /,
    );
    await assertCommitted(repository, commit(repository, ["-p"], { stdin: "y\nn\n" }));
  });

  test("a symbolic link at a covered path is refused: what it leads to is not what is committed", async (t) => {
    const repository = await guarded(t);
    await repository.write("plain.yaml", PLAINTEXT);
    await symlink("../plain.yaml", join(repository.folder, "config/link.yaml"));
    await repository.add();
    await assertRefused(repository, commit(repository), /config\/link\.yaml/);
  });

  test("a file that cannot be read is refused: it may hold anything", async (t) => {
    for (const text of [
      `password: [${CANARY}\n`,
      `<<<<<<< a\npassword: ${CANARY}\n`,
      Buffer.from([0xff, 0xfe]),
    ]) {
      const repository = await guarded(t);
      await repository.write(FILE, text);
      await repository.add();
      await assertRefused(repository, commit(repository), /config\/app\.yaml:\d+:\d+ /);
    }
  });

  test("a policy that is not staged yet does not let the files that it covers pass", async (t) => {
    const repository = await guarded(t);
    await repository.git(["rm", "-q", "--cached", ".sealconf.yaml"]);
    await commitUnguardedIndex(repository);
    await repository.write(FILE, PLAINTEXT);
    await repository.add(FILE);
    await assertRefused(repository, commit(repository), /the policy is not staged/);
    await repository.add();
    await assertRefused(repository, commit(repository), /config\/app\.yaml:2:11 password /);
  });

  test("without a policy nothing is committed unchecked", async (t) => {
    const repository = await guarded(t);
    await rm(join(repository.folder, ".sealconf.yaml"));
    await commitUnguarded(repository);
    await repository.write(FILE, PLAINTEXT);
    await repository.add();
    await assertRefused(repository, commit(repository), /there is no policy/);
  });

  test("what git commits again without asking the hooks, a check of the range finds", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, PLAINTEXT);
    await commitUnguarded(repository);
    await repository.write(FILE, sealed);
    await repository.add();
    await assertCommitted(repository, commit(repository));
    await repository.git(["revert", "--no-edit", "HEAD"]);
    const { folder: cwd, environment } = repository;
    const { code, stdout } = await runCli(["check", "--range", "HEAD~1..HEAD"], { cwd, environment });
    assert.equal(code, 1);
    assert.match(stdout, /config\/app\.yaml:2:11 password a secret stands here in plaintext/);
  });

  test("a server whose pre-receive hook is the documented one takes no secret in plaintext", async (t) => {
    const [loop] =
      /^while read -r old new .*?^done$/ms.exec(readFileSync(join(ROOT, "docs/guard.md"), "utf8")) ?? [];
    const server = repositoryIn(await realpath(await temporaryFolder(t)));
    await server.git(["init", "-q", "--bare", "--template=", "--initial-branch=main"]);
    await addInstalledCli(server);
    const PATH = `${server.folder}/node_modules/.bin:$PATH`;
    await server.write("hooks/pre-receive", `#!/bin/sh\nPATH="${PATH}"\n${loop}\n`, 0o755);
    const repository = await guarded(t);
    const push = async (...refs: string[]): Promise<GitResult> =>
      await repository.tryGit(["push", "-q", server.folder, ...refs]);
    // What was pushed before the guard was there stays, and is in no one's way.
    await repository.write(FILE, PLAINTEXT);
    await commitUnguarded(repository);
    await repository.write(FILE, sealed);
    await commitUnguarded(repository);
    await server.git(["fetch", "-q", repository.folder, "main:main"]);
    await repository.git(["tag", "--annotate", "--message", "x", "v1"]);
    for (const ref of [
      "v1",
      "main:refs/heads/same",
      "main~1:refs/heads/older",
      `main:${FILE}:refs/tags/file`,
    ]) {
      const { code, stderr } = await push(ref);
      assert.equal(code, 0, stderr);
    }
    await repository.write(FILE, PLAINTEXT);
    await commitUnguarded(repository);
    await repository.git(["revert", "--no-edit", "HEAD"]);
    for (const ref of ["main", "main:refs/heads/new", "main:refs/tags/new"]) {
      const { code, stderr } = await push(ref);
      assert.notEqual(code, 0, ref);
      assert.match(stderr, /config\/app\.yaml:2:11 password a secret stands here in plaintext/);
      assert.ok(!stderr.includes(CANARY));
    }
    assert.doesNotMatch(await branchesOf(server), /new/);
  });

  test("where sealconf is gone nothing is committed unchecked, but by who says so", async (t) => {
    const repository = await guarded(t);
    await rm(join(repository.folder, "node_modules"), { recursive: true });
    await repository.write(FILE, PLAINTEXT);
    await assertRefused(
      repository,
      commit(repository, ["-a"]),
      /was not checked .* sealconf is not installed/,
    );
    await assertCommitted(repository, commit(repository, ["-a", "--no-verify"]));
  });
});

async function commitUnguardedIndex(repository: TestRepository): Promise<void> {
  await repository.git(["commit", "-q", "--no-verify", "-m", "unguarded"]);
}
