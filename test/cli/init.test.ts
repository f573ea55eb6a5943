import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { promisify } from "node:util";

import { childEnvironment, type Program, programFile, refused, runCli } from "../support/cli.ts";
import { createRepository } from "../support/git-repository.ts";
import { makeFolder, writeFiles } from "../support/load-fixture.ts";

const CANARY = "canary-init-5e0b";
const CLOUD = "tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41";
const PROJECT = {
  "package.json": '{ "name": "@acme/billing-api" }\n',
  "config/default.yaml": `db:\n  host: localhost\n  password: ${CANARY}-1\n`,
  "config/production.yaml": `db:\n  password: ${CANARY}-2 # kept\n  url: postgres://a:${CANARY}@b/c\n`,
  ".env": `API_KEY=${CANARY}-3\nPORT=1\n`,
};
/** What is written for the project above without options. */
const RULES = `rules:
  - files: ["config/production.*"]
    env: production
    # keys: [tencent/ap-guangzhou/00000000-0000-0000-0000-000000000000] # a key that only production may decrypt with
  - files: [".env*", "config/**"]
`;

// Most of the time is that of processes which start: several tests run at once.
describe("init", { concurrency: 4 }, () => {
  test("init writes a policy and the attributes of sealed files, and says what it found and what is next", async (t) => {
    const cwd = makeFolder(t, { ...PROJECT, ".git/HEAD": "" });
    const result = await runCli(["init"], { cwd, environment: { SEALCONF_LOCAL_KEY_DEV: undefined } });
    assert.deepEqual(result, {
      code: 0,
      stdout: ".sealconf.yaml\n.gitattributes\n",
      stderr: `app billing-api, 3 config files
4 plaintext values at secret paths, in 3 files:
  **.*_KEY     1
  **.password  2
  db.url       1

next:
  sealconf keygen dev
  encrypt-value .env config/default.yaml config/production.yaml
  git add .sealconf.yaml .gitattributes
  sealconf hook install
`,
    });
    const policy = readFileSync(join(cwd, ".sealconf.yaml"), "utf8");
    assert.match(policy, /^app: billing-api$/m);
    assert.match(policy, /^load:\n {2}- "config\/default\.yaml"\n {2}- "config\/\{env\}\.yaml"\n\n/m);
    assert.match(policy, /^keys:\n {2}- local\/dev\n\n/m);
    assert.ok(policy.endsWith(RULES), policy);
    assert.ok(!policy.includes(CANARY));
    assert.equal(readFileSync(join(cwd, ".gitattributes"), "utf8"), "*.sealed binary\n");
    for (const [name, text] of Object.entries(PROJECT))
      assert.equal(readFileSync(join(cwd, name), "utf8"), text);
    const umask = process.umask();
    assert.equal(statSync(join(cwd, ".sealconf.yaml")).mode & 0o777, 0o666 & ~umask);
  });

  test("the steps that init names lead from plaintext to a repository that refuses plaintext", async (t) => {
    const { folder: cwd, environment, git, tryGit, write, add } = await createRepository(t);
    writeFiles(cwd, PROJECT);
    const bin = makePrograms(t);
    const settings = {
      ...environment,
      PATH: `${bin}:${process.env["PATH"]}`,
      SEALCONF_LOCAL_KEY_DEV: undefined,
      SEALCONF_KEYS_DIR: makeFolder(t),
    };
    const { stderr } = await runCli(["init"], { cwd, environment: settings });
    const steps = stderr.slice(stderr.indexOf("next:\n") + "next:\n".length);
    await promisify(execFile)("sh", ["-ec", steps], { cwd, env: childEnvironment(settings) });
    await add();
    await git(["commit", "--quiet", "--message", "Seal the secrets"], { environment: settings });
    assert.equal((await tryGit(["grep", CANARY, "HEAD"])).code, 1);
    const loaded = await runCli(["load", "--env", "production", "--reveal"], { cwd, environment: settings });
    assert.equal(
      loaded.stdout,
      `db:\n  host: localhost\n  password: ${CANARY}-2\n  url: postgres://a:${CANARY}@b/c\n`,
    );

    await write("config/production.yaml", "db:\n  password: typed-by-hand\n");
    await add();
    const refusal = await tryGit(["commit", "--quiet", "--message", "x"], { environment: settings });
    assert.notEqual(refusal.code, 0);
    assert.match(refusal.stderr + refusal.stdout, /config\/production\.yaml:2:13 \(?db\.password/);
    assert.equal(await git(["log", "--format=%s"]), "Seal the secrets");
  });

  test("the name, the keys and --quiet are taken from the options", async (t) => {
    const cwd = makeFolder(t, PROJECT);
    const args = ["init", "--app", "my.app", "--key", CLOUD, "-k", "aliyun/cn-hangzhou/k", "--quiet"];
    assert.deepEqual(await runCli(args, { cwd }), {
      code: 0,
      stdout: ".sealconf.yaml\n.gitattributes\n",
      stderr: "",
    });
    const policy = readFileSync(join(cwd, ".sealconf.yaml"), "utf8");
    assert.match(policy, /^app: "my\.app"$/m);
    assert.ok(policy.includes(`\nkeys:\n  - ${CLOUD}\n  - aliyun/cn-hangzhou/k\n\n`));
  });

  test("what init names next depends on what is there", async (t) => {
    const files = { "config/a b'c.yaml": "password: x", ".gitattributes": "*.sealed binary\n" };
    const cwd = makeFolder(t, files);
    const nextOf = async (args: readonly string[], environment: object): Promise<string> => {
      const folder = makeFolder(t, files);
      const { stderr } = await runCli(["init", ...args], { cwd: folder, environment: { ...environment } });
      return stderr.slice(stderr.indexOf("next:\n"));
    };
    assert.equal(
      (await runCli(["init"], { cwd })).stdout,
      ".sealconf.yaml\n",
      "the attributes were there already",
    );
    const seal = "encrypt-value 'config/a b'\\''c.yaml'";
    assert.equal(
      await nextOf([], { npm_command: "exec" }),
      `next:\n  npx ${seal}\n  git init\n  git add .sealconf.yaml\n  npx sealconf hook install\n`,
    );
    const keys = makeFolder(t, { "there.key": "" });
    assert.equal(
      await nextOf(["--key", "local/there", "--key", "local/not-there"], { SEALCONF_KEYS_DIR: keys }),
      `next:\n  sealconf keygen not-there\n  ${seal}\n  git init\n  git add .sealconf.yaml\n  sealconf hook install\n`,
    );
    assert.equal(
      await nextOf(["--key", CLOUD], {}),
      `next:\n  ${seal}\n  git init\n  git add .sealconf.yaml\n  sealconf hook install\n`,
    );
  });

  test("init says what it left out, and which policy it takes the place of", async (t) => {
    const root = makeFolder(t, {
      ".git/HEAD": "",
      ".sealconf.yaml": "app: all\n",
      "apps/api/config/broken.yaml": `a: [${CANARY}`,
      "apps/api/packages/web/package.json": "{}",
      "apps/api/packages/x\u001b[31m/package.json": "{}",
      ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`apps/api/packages/y${n}/package.json`, "{}"])),
    });
    const { code, stderr } = await runCli(["init"], { cwd: join(root, "apps/api") });
    assert.equal(code, 0);
    assert.equal(
      stderr.slice(0, stderr.indexOf("\n\nnext:")),
      `app api, 0 config files
the policy has no rules yet: add some for your config files
left out: config/broken.yaml:1:21: the YAML cannot be read: the indentation does not fit the lines around it, or a bracket is not closed
left out, for policies of their own: packages/web, packages/x\\u{1b}[31m, packages/y1, packages/y2, packages/y3, and 2 more
../../.sealconf.yaml covers the files here no longer: the nearest policy decides`,
    );
    assert.equal(readFileSync(join(root, ".sealconf.yaml"), "utf8"), "app: all\n");
  });

  test("init changes nothing where there is a policy, whatever it is", async (t) => {
    const holders = {
      file: (cwd: string) => writeFiles(cwd, { ".sealconf.yaml": "app: mine\n" }),
      folder: (cwd: string) => mkdirSync(join(cwd, ".sealconf.yaml")),
      "link to nothing": (cwd: string) => symlinkSync("nowhere", join(cwd, ".sealconf.yaml")),
    };
    await Promise.all(
      Object.values(holders).map(async (make) => {
        const cwd = makeFolder(t, PROJECT);
        make(cwd);
        const before = readdirSync(cwd);
        const message = await refused(3, ["init"], { cwd });
        assert.match(
          message,
          /\.sealconf\.yaml: there is a policy already, and it is left as it is\n {2}edit it; /,
        );
        assert.deepEqual(readdirSync(cwd), before);
      }),
    );
  });

  test("of two that run at once one writes the policy", async (t) => {
    const cwd = makeFolder(t, PROJECT);
    const both = await Promise.all([runCli(["init"], { cwd }), runCli(["init", "--app", "b"], { cwd })]);
    assert.deepEqual(new Set(both.map(({ code }) => code)), new Set([0, 3]), JSON.stringify(both));
    assert.equal(readFileSync(join(cwd, ".gitattributes"), "utf8"), "*.sealed binary\n");
  });

  test("names and keys that a policy would not take are refused, and nothing is written", async (t) => {
    const cwd = makeFolder(t, PROJECT);
    const before = readdirSync(cwd);
    const rows = [
      [["--app", "a b"], '--app: expected 1 to 64 letters, digits, "-", "_" or "."'],
      [["--app", ""], '--app: expected 1 to 64 letters, digits, "-", "_" or "."'],
      [["--key", "dev"], "--key: expected a key reference: tencent/<region>/<key id>, or local/<name>"],
      [["--key", CLOUD, "--key", "local/dev"], "--key: a local key stands beside a cloud key"],
      [["--key", CLOUD, "--key", CLOUD], "--key: a key stands twice in keys"],
    ] as const;
    await Promise.all(
      rows.map(async ([args, what]) => {
        const message = await refused(2, ["init", ...args], { cwd });
        assert.equal(message.split("\n")[0], `sealconf: ${what}`);
      }),
    );
    assert.match(await refused(2, ["init", "extra"], { cwd }), /too many arguments/);
    assert.deepEqual(readdirSync(cwd), before);
  });
});

/** Makes programs that a shell finds by their names. */
function makePrograms(t: TestContext): string {
  const names: readonly Program[] = ["sealconf", "encrypt-value"];
  const folder = makeFolder(
    t,
    Object.fromEntries(
      names.map((name) => [name, `#!/bin/sh\nexec ${process.execPath} ${programFile(name)} "$@"\n`]),
    ),
  );
  for (const name of names) chmodSync(join(folder, name), 0o755);
  return folder;
}
