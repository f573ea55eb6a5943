import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { findHookManager } from "../../src/cli/hook/hook-manager.ts";
import { createRepository, type GitResult, type TestRepository } from "../support/git-repository.ts";
import { addInstalledCli } from "../support/installed-cli.ts";
import { CONTEXT, LOCAL_KEY, sealOne } from "../support/load-fixture.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ROOT } from "../project/project.ts";

const MANIFEST = readFileSync(join(ROOT, ".pre-commit-hooks.yaml"), "utf8");
const POLICY = `app: ${CONTEXT.app}
keys: [${LOCAL_KEY}]
secrets: ["**.password"]
rules:
  - files: ["config/**"]
    env: ${CONTEXT.env}
`;
const PLAINTEXT = "password: hunter2\n";

interface Guarded {
  readonly repository: TestRepository;
  /** Commits as people do, with the framework's hooks. */
  readonly commit: () => Promise<GitResult>;
  readonly run: (args: readonly string[]) => Promise<GitResult>;
}

/** Makes a repository whose commits the framework guards by this configuration. */
async function guard(t: TestContext, config: string, path: readonly string[] = []): Promise<Guarded> {
  const repository = await createRepository(t);
  const environment = {
    PATH: [...path, process.env["PATH"]].join(":"),
    PRE_COMMIT_HOME: await temporaryFolder(t),
    // npx keeps its cache and settings there.
    HOME: await temporaryFolder(t),
  };
  await repository.write(".pre-commit-config.yaml", config);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.write("config/app.yaml", `password: ${await sealOne("password", "hunter2")}\n`);
  await repository.add();
  await repository.commit();
  runPreCommit(repository, environment, ["install", "-t", "pre-commit", "-t", "pre-merge-commit"]);
  const run = async (args: readonly string[]): Promise<GitResult> =>
    await repository.tryGit(args, { environment });
  return { repository, run, commit: async () => await run(["commit", "--message", "x"]) };
}

function runPreCommit(
  { folder, environment }: Pick<TestRepository, "folder" | "environment">,
  more: Readonly<Record<string, string>>,
  args: readonly string[],
): string {
  const env = { ...environment, ...more };
  const { status, stdout, stderr, error } = spawnSync("pre-commit", args, {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

/** Tries a commit of plaintext, and one of what is sealed while the work tree is not. */
async function assertGuarded({ repository, commit }: Guarded): Promise<void> {
  await repository.write("config/other.yaml", PLAINTEXT);
  await repository.add();
  const head = await repository.git(["rev-parse", "HEAD"]);
  const refused = await commit();
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stdout + refused.stderr, /config\/other\.yaml:1:11 password /);
  assert.equal(await repository.git(["rev-parse", "HEAD"]), head);

  await repository.write("config/other.yaml", `password: ${await sealOne("password", "hunter3")}\n`);
  await repository.add();
  await repository.write("config/other.yaml", PLAINTEXT);
  const passed = await commit();
  assert.equal(passed.code, 0, passed.stdout + passed.stderr);
  assert.notEqual(await repository.git(["rev-parse", "HEAD"]), head);
}

/** Tries a merge that git would commit by itself. */
async function assertMergesGuarded({ repository, run }: Guarded): Promise<void> {
  await repository.git(["checkout", "-q", "-f", "-b", "careless", "HEAD~1"]);
  await repository.write("config/third.yaml", PLAINTEXT);
  await repository.add("config/third.yaml");
  await repository.git(["commit", "-q", "--no-verify", "-m", "careless"]);
  await repository.git(["checkout", "-q", "main"]);
  const head = await repository.git(["rev-parse", "HEAD"]);
  const merged = await run(["merge", "careless"]);
  assert.notEqual(merged.code, 0);
  assert.match(merged.stdout + merged.stderr, /config\/third\.yaml:1:11 password /);
  assert.equal(await repository.git(["rev-parse", "HEAD"]), head);
}

describe("pre-commit, the framework", { concurrency: 2 }, () => {
  test("takes the manifest", async (t) => {
    const environment = {
      PATH: process.env["PATH"],
      HOME: "/nowhere",
      PRE_COMMIT_HOME: await temporaryFolder(t),
    };
    runPreCommit({ folder: ROOT, environment }, {}, ["validate-manifest", ".pre-commit-hooks.yaml"]);
  });

  // Building the package as `language: node` does takes a registry: here the program is on the PATH already.
  test("runs the hook of the manifest before every commit", async (t) => {
    const hooks = await createRepository(t);
    await hooks.write(".pre-commit-hooks.yaml", MANIFEST.replace("language: node", "language: system"));
    await hooks.add();
    const rev = await hooks.commit();
    await addInstalledCli(hooks);
    const config = `repos:\n- repo: ${hooks.folder}\n  rev: ${rev}\n  hooks:\n  - id: sealconf\n`;
    const guarded = await guard(t, config, [join(hooks.folder, "node_modules/.bin")]);
    await assertGuarded(guarded);
    await assertMergesGuarded(guarded);
  });

  test("runs the installed package by the lines that hook install prints", async (t) => {
    const manager = await findHookManager(await folderWithConfig(t));
    const guarded = await guard(t, `repos:\n${manager?.lines}`);
    await addInstalledCli(guarded.repository);
    await assertGuarded(guarded);
  });
});

async function folderWithConfig(t: TestContext): Promise<string> {
  const repository = await createRepository(t);
  await repository.write(".pre-commit-config.yaml", "repos: []\n");
  return repository.folder;
}
