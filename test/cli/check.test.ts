import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { POLICY } from "../check/support.ts";
import { type CliOptions, type CliResult, runCli } from "../support/cli.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";
import { makeFolder, sealAll } from "../support/load-fixture.ts";

const FILE = "config/production.yaml";
const PLAINTEXT = "a secret stands here in plaintext";
const CANARY = "canary7f3a";

async function check(
  cwd: string,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<CliResult> {
  return await runCli(["check", ...args], { cwd, ...options });
}

describe("sealconf check", () => {
  it("prints a line for each problem and ends with 1; what to do goes to standard error", async (t) => {
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY,
      [FILE]: "db:\n  password: x\n",
      "config/b.yaml": "a: [\n",
    });
    assert.deepEqual(await check(cwd), {
      code: 1,
      stdout: `config/b.yaml:2:1 the YAML cannot be read: the indentation does not fit the lines around it, or a bracket is not closed\n${FILE}:2:13 db.password ${PLAINTEXT}\n`,
      stderr: `2 files checked, 2 problems\n  seal it: encrypt-value ${FILE}\n`,
    });
  });

  it("says how many files are in order, and with --quiet nothing", async (t) => {
    const { "db.password": token } = await sealAll({ "db.password": "x" });
    const cwd = makeFolder(t, { ".sealconf.yaml": POLICY, [FILE]: `db:\n  password: ${token}\n` });
    assert.deepEqual(await check(cwd), { code: 0, stdout: "", stderr: "1 file checked\n" });
    assert.deepEqual(await check(cwd, ["--quiet", FILE]), { code: 0, stdout: "", stderr: "" });
  });

  it("warns on standard error, and ends with 0", async (t) => {
    const policy = POLICY.replace('"config/**"', "config/production.yaml, config/b.yaml");
    const cwd = makeFolder(t, { ".sealconf.yaml": policy, "config/b.yaml": "a: 1\n" });
    assert.deepEqual(await check(cwd), {
      code: 0,
      stdout: "",
      stderr:
        ".sealconf.yaml:4:13 rules[0].files[0] warning: no file has this name\n1 file checked\n  correct the name in the rule's files, or take it out\n",
    });
    assert.deepEqual(await check(cwd, ["-q"]), { code: 0, stdout: "", stderr: "" });
  });

  it("prints JSON with all that is known, warnings too", async (t) => {
    const cwd = makeFolder(t, { ".sealconf.yaml": POLICY, [FILE]: "password: x\n", "config/a.txt": "" });
    const { code, stdout } = await check(cwd, ["--json", "-q"]);
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), {
      files: 1,
      findings: [
        {
          file: "config/a.txt",
          code: "ERR_FORMAT_UNKNOWN",
          reason: "the file's format is not known from its name",
          hint: "a glob that names config alone, such as deploy/**/*.yaml, leaves the others out",
          severity: "warning",
        },
        {
          file: FILE,
          line: 1,
          column: 11,
          path: "password",
          code: "ERR_PLAINTEXT_SECRET",
          reason: PLAINTEXT,
          hint: `seal it: encrypt-value ${FILE}`,
          severity: "error",
        },
      ],
    });
  });

  it("needs no key and contacts nothing", async (t) => {
    const key = "tencent/ap-guangzhou/00000000-0000-4000-8000-000000000000";
    const cwd = makeFolder(t, {
      ".sealconf.yaml": `rules: [{files: ["*.yaml"], keys: [${key}], raw: [a]}]\n`,
      "a.yaml": `a: sealed:v1:raw:${key}=AAAA\n`,
    });
    const environment = {
      SEALCONF_LOCAL_KEY_DEV: undefined,
      SEALCONF_TENCENT_ENDPOINT: "http://127.0.0.1:1",
    };
    assert.deepEqual(await check(cwd, ["-q"], { environment }), { code: 0, stdout: "", stderr: "" });
  });

  for (const [args, message] of [
    [["--staged", "--range", "a..b"], "--staged and --range do not go together"],
    [["--staged", FILE], "files and --staged do not go together"],
    [["--range", "a..b", FILE], "files and --range do not go together"],
    [["--fix"], "--fix needs --staged"],
    [["--staged"], "there is no git repository here"],
  ] as const) {
    it(`refuses ${args.join(" ")} in a folder without a repository, and ends with 2`, async (t) => {
      const cwd = makeFolder(t, { ".sealconf.yaml": POLICY });
      const { code, stdout, stderr } = await check(cwd, args, {
        environment: { GIT_CEILING_DIRECTORIES: "/" },
      });
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.equal(stderr.split("\n")[0], `sealconf: ${message}`);
    });
  }

  it("shows no value anywhere", async (t) => {
    const repository = await unsealed(t);
    const files = {
      [FILE]: `db:\n  password: ${CANARY}\n  "${CANARY}x": sealed:v1:${CANARY}\n  a: sealed:${CANARY}\n`,
      "config/broken.yaml": `password: ${CANARY}\n  ${CANARY}: [\n`,
      "config/broken.json": `{"password": "${CANARY}" ${CANARY}`,
      "config/.env": `PASSWORD="${CANARY}\n${CANARY}\n`,
      "config/conflict.yaml": `<<<<<<< HEAD\npassword: ${CANARY}\n=======\npassword: ${CANARY}\n>>>>>>> b\n`,
      "config/tls.key.sealed": CANARY,
      "config/tls.yaml": "key: sealed:v1:file:tls.key.sealed\npin: x\n",
    };
    for (const [path, text] of Object.entries(files)) await repository.write(path, text);
    await repository.add();
    const environment = repository.environment;
    for (const args of [[], ["--staged"], ["--json"], ["--staged", "--json"], ["--staged", "--fix"]]) {
      const { code, stdout, stderr } = await check(repository.folder, args, { environment });
      assert.equal(code, 1, stderr);
      // A key is a name, and names are told.
      assert.ok(!`${stdout}${stderr}`.replaceAll(`${CANARY}x`, "").includes(CANARY), `${stdout}${stderr}`);
    }
  });
});

/** A repository with the usual policy, in which plaintext is staged. */
async function unsealed(t: TestContext): Promise<TestRepository> {
  const repository = await createRepository(t);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.add();
  await repository.commit();
  await repository.write(FILE, "password: hunter2\n");
  await repository.add();
  return repository;
}

describe("sealconf check --staged --fix", () => {
  it("tells as JSON what it sealed", async (t) => {
    const repository = await unsealed(t);
    const { code, stdout } = await check(repository.folder, ["--staged", "--fix", "--json"], repository);
    assert.deepEqual(
      [code, JSON.parse(stdout)],
      [0, { files: 1, sealed: [{ file: FILE, line: 1, column: 11, path: "password" }], findings: [] }],
    );
  });
});

describe("sealconf check --range", () => {
  it("names the commit", async (t) => {
    const repository = await unsealed(t);
    await repository.commit();
    const id = await repository.git(["rev-parse", "HEAD"]);
    const { environment } = repository;
    const text = await check(repository.folder, ["--range", "HEAD~1..HEAD"], { environment });
    assert.deepEqual(
      [text.code, text.stdout],
      [1, `${id.slice(0, 12)}:${FILE}:1:11 password ${PLAINTEXT}\n`],
    );
    const { stdout } = await check(repository.folder, ["--range", "HEAD~1..HEAD", "--json"], { environment });
    const { findings } = JSON.parse(stdout) as { findings: readonly { commit: string }[] };
    assert.deepEqual(
      findings.map(({ commit }) => commit),
      [id],
    );
  });
});
