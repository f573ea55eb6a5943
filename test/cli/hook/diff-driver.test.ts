import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";

import { type CliResult, runCli } from "../../support/cli.ts";
import { createRepository, type TestRepository } from "../../support/git-repository.ts";
import { addInstalledCli } from "../../support/installed-cli.ts";
import { POLICY_TEXT, sealAll, sealOne } from "../../support/load-fixture.ts";

const MASKED = String.raw`sealed\(local/dev, [\w-]{22}\)`;

async function install(repository: TestRepository, folder = ""): Promise<CliResult> {
  const cwd = join(repository.folder, folder);
  return await runCli(["hook", "install", "--diff"], { cwd, environment: repository.environment });
}

function attributesOf({ folder }: TestRepository): string {
  return readFileSync(join(folder, ".git/info/attributes"), "utf8");
}

/** The lines that a diff takes away and adds. */
async function changes(repository: TestRepository, args: readonly string[] = []): Promise<string[]> {
  const diff = await repository.git(["diff", ...args]);
  return diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
}

// Most of the time is that of processes which start: several tests run at once.
describe("hook install --diff", { concurrency: 4 }, () => {
  test("git diff then shows which secret changed, of work tree, index and history", async (t) => {
    const repository = await createRepository(t);
    await addInstalledCli(repository);
    await repository.write(".sealconf.yaml", POLICY_TEXT);
    const [{ a, b }, { b: other }] = await Promise.all([sealAll({ a: "1", b: "2" }), sealAll({ b: "3" })]);
    await repository.write("config/app's.yaml", `a: ${a}\nb: ${b}\n`);
    await repository.write("README.md", "one\n");
    await repository.add();
    await repository.commit();
    const { code, stderr } = await install(repository);
    assert.deepEqual(
      [code, stderr.split("\n")[0]],
      [0, ".git/info/attributes: git diff shows sealed values by their fingerprints"],
    );
    await repository.write("config/app's.yaml", `a: ${a}\nb: ${other}\n`);
    await repository.write("README.md", "two\n");
    const wanted = new RegExp(`^-one,\\+two,-b: ${MASKED},\\+b: ${MASKED}$`);
    const inWorkTree = await changes(repository);
    assert.match(inWorkTree.join(), wanted);
    await repository.add();
    assert.deepEqual(await changes(repository, ["--cached"]), inWorkTree);
    await repository.git(["commit", "-q", "--no-verify", "-m", "x"]);
    assert.deepEqual(await changes(repository, ["HEAD~1", "HEAD"]), inWorkTree);
    // Nothing was cached, and nothing that is shared was written.
    assert.equal(await repository.git(["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    assert.equal(await repository.git(["status", "--porcelain"]), "");
  });

  test("where sealconf is gone a diff shows the files as they are", async (t) => {
    const repository = await createRepository(t);
    await addInstalledCli(repository);
    await repository.write(".sealconf.yaml", POLICY_TEXT);
    await install(repository);
    const token = await sealOne("a", "1");
    await repository.write("-app.yaml", "a: 1\n");
    await repository.add();
    await repository.write("-app.yaml", `a: ${token}\n`);
    assert.match((await changes(repository)).join(), new RegExp(`^-a: 1,\\+a: ${MASKED}$`));
    await rm(join(repository.folder, "node_modules"), { recursive: true });
    assert.deepEqual(await changes(repository), ["-a: 1", `+a: ${token}`]);
  });

  test("the attributes that were there stay, and those of each policy are brought up to date", async (t) => {
    const repository = await createRepository(t);
    const policy = (glob: string): string => `rules:\n  - files: ["${glob}", $env]\n`;
    await repository.write(".git/info/attributes", "*.png binary");
    await repository.write(".sealconf.yaml", policy("config/old.yaml"));
    await repository.write("apps/billing/.sealconf.yaml", policy("app.yaml"));
    await install(repository);
    await install(repository, "apps/billing");
    const between = `${attributesOf(repository)}# mine\n`;
    await repository.write(".git/info/attributes", between);
    await repository.write(".sealconf.yaml", policy("config/new.yaml"));
    await install(repository);
    assert.equal(
      attributesOf(repository),
      `*.png binary
# sealconf hook install --diff: ".sealconf.yaml"
/config/new.yaml diff=sealconf
*.sealed -diff
# end of ".sealconf.yaml"
# sealconf hook install --diff: "apps/billing/.sealconf.yaml"
/apps/billing/app.yaml diff=sealconf
*.sealed -diff
# end of "apps/billing/.sealconf.yaml"
# mine
`,
    );
    assert.equal(attributesOf(repository), between.replace("old", "new"));
  });

  test("a repository without a folder for attributes gets one", async (t) => {
    const repository = await createRepository(t, ["--template="]);
    await repository.write(".sealconf.yaml", POLICY_TEXT);
    assert.equal((await install(repository)).code, 0);
    assert.match(attributesOf(repository), /^\/\*\*\/\*\.yaml diff=sealconf$/m);
  });

  test("without a policy, with one that cannot be used, or with one outside of the repository there is nothing to show", async (t) => {
    const repository = await createRepository(t);
    const without = await install(repository);
    assert.deepEqual(without, {
      code: 3,
      stdout: "",
      stderr: "sealconf: there is no .sealconf.yaml here or above\n  make one: sealconf init\n",
    });
    await repository.write(".sealconf.yaml", "nope: 1\n");
    assert.equal((await install(repository)).code, 3);
    assert.equal((await repository.tryGit(["config", "--get", "diff.sealconf.textconv"])).code, 1);
  });

  test("the diff is set up where another tool manages the hooks, too", async (t) => {
    const repository = await createRepository(t);
    await repository.write(".sealconf.yaml", POLICY_TEXT);
    await repository.write("lefthook.yml", "");
    assert.equal((await install(repository)).code, 2);
    assert.match(attributesOf(repository), /diff=sealconf/);
  });
});
