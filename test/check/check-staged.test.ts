import assert from "node:assert/strict";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { checkStaged } from "../../src/check/check-staged.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import { createRepository, repositoryIn, type TestRepository } from "../support/git-repository.ts";
import { LOCAL_KEY, sealAll, sealOne } from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

import { formatAll, POLICY } from "./support.ts";

const PLAINTEXT = "a secret stands here in plaintext";
const PLAIN = "password: hunter2\n";
const FILE = "config/production.yaml";

/** A repository whose first commit holds the usual policy and files that are in order. */
async function guarded(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<TestRepository> {
  const repository = await createRepository(t);
  for (const [path, content] of Object.entries({ ".sealconf.yaml": POLICY, [FILE]: "a: 1\n", ...files })) {
    await repository.write(path, content);
  }
  await repository.add();
  await repository.commit();
  return repository;
}

/** What a check of the index tells. */
async function told({ folder, environment }: TestRepository, cwd = folder): Promise<string[]> {
  return formatAll((await checkStaged(cwd, environment)).findings);
}

describe("a check of what is staged", () => {
  it("finds staged plaintext, whatever lies in the work tree by then", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, `a: 1\n${PLAIN}`);
    await repository.add();
    await repository.write(FILE, "a: 1\n");
    assert.deepEqual(await told(repository), [`${FILE}:2:11 password ${PLAINTEXT}`]);
    await rm(join(repository.folder, FILE));
    assert.deepEqual(await told(repository), [`${FILE}:2:11 password ${PLAINTEXT}`]);
  });

  it("looks at nothing that is not staged", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, PLAIN);
    await repository.write("config/untracked.yaml", PLAIN);
    assert.deepEqual(await told(repository), []);
    await repository.git(["add", "--intent-to-add", "config/untracked.yaml"]);
    assert.deepEqual(await told(repository), []);
  });

  it("looks at what was staged in parts as it is staged", async (t) => {
    const repository = await guarded(t, { [FILE]: "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\n" });
    await repository.write(FILE, `${PLAIN}a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 2\n`);
    await repository.git(["add", "--patch"], { stdin: "n\ny\n" });
    assert.deepEqual(await told(repository), []);
    await repository.git(["add", "--patch"], { stdin: "y\n" });
    assert.deepEqual(await told(repository), [`${FILE}:1:11 password ${PLAINTEXT}`]);
  });

  it("leaves alone what was committed before, as long as nothing that judges it changes", async (t) => {
    const repository = await guarded(t, { "config/old.yaml": PLAIN });
    await repository.write(FILE, "a: 2\n");
    await repository.add();
    assert.deepEqual(await told(repository), []);
  });

  it("finds a file that is renamed to a covered path", async (t) => {
    const repository = await guarded(t, { "notes.yaml": `a: 1\nb: 2\nc: 3\n${PLAIN}` });
    await repository.git(["mv", "notes.yaml", "config/notes.yaml"]);
    assert.deepEqual(await told(repository), [`config/notes.yaml:4:11 password ${PLAINTEXT}`]);
  });

  it("finds a value that a rename of its file moved to another env", async (t) => {
    const rules = `app: a\nrules:\n  - {files: [config/s.yaml], env: staging, keys: [${LOCAL_KEY}]}\n  - {files: [config/p.yaml], env: production, keys: [${LOCAL_KEY}]}\n`;
    const token = await sealOne("x", "y", { context: { app: "a", env: "staging" } });
    const repository = await guarded(t, { ".sealconf.yaml": rules, "config/s.yaml": `x: ${token}\n` });
    await repository.git(["mv", "config/s.yaml", "config/p.yaml"]);
    assert.deepEqual(await told(repository), [
      "config/p.yaml:1:4 x the value was sealed for another place than app a, env production, path /x",
    ]);
  });

  it("looks into what a writer that was killed left, once it is staged", async (t) => {
    const repository = await guarded(t);
    await repository.write("config/.production.yaml.0123456789abcdef.sealconf-tmp", PLAIN);
    await repository.write("config/.b.yaml.sealconf-tmp", PLAIN);
    await repository.add();
    assert.deepEqual(await told(repository), [
      `config/.b.yaml.sealconf-tmp:1:11 password ${PLAINTEXT}`,
      `config/.production.yaml.0123456789abcdef.sealconf-tmp:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("takes any name that git takes", async (t) => {
    const repository = await guarded(t);
    const names = ["config/two\nlines.yaml", 'config/tab\t"quote" ü.yaml', "config/-rf.yaml"];
    for (const name of names) await repository.write(name, PLAIN);
    await repository.git(["config", "core.quotePath", "true"]);
    await repository.add();
    assert.deepEqual(await told(repository), [
      `config/-rf.yaml:1:11 password ${PLAINTEXT}`,
      `config/tab\\u{9}"quote" ü.yaml:1:11 password ${PLAINTEXT}`,
      `config/two\\u{a}lines.yaml:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("takes a symbolic link at a covered path for an error, and passes over submodules", async (t) => {
    const repository = await guarded(t);
    await symlink("production.yaml", join(repository.folder, "config/link.yaml"));
    const other = repositoryIn(await temporaryFolder(t));
    await other.git(["init", "--quiet"]);
    await other.write("a.yaml", PLAIN);
    await other.add();
    await other.commit();
    const args = [
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      other.folder,
      "config/sub",
    ];
    await repository.git(args);
    await repository.add();
    assert.deepEqual(await told(repository), [
      "config/link.yaml the file is a symbolic link, which cannot be checked",
    ]);
  });

  it("works before the first commit", async (t) => {
    const repository = await createRepository(t);
    await repository.write(".sealconf.yaml", POLICY);
    await repository.write(FILE, PLAIN);
    await repository.add();
    assert.deepEqual(await told(repository), [`${FILE}:1:11 password ${PLAINTEXT}`]);
  });

  it("takes an entry that is not merged for an error where it is covered", async (t) => {
    const repository = await guarded(t, { "notes.txt": "a\n" });
    await repository.git(["checkout", "--quiet", "-b", "topic"]);
    for (const [branch, value] of [
      ["topic", "1"],
      ["main", "2"],
    ] as const) {
      await repository.git(["checkout", "--quiet", branch]);
      await repository.write(FILE, `a: ${value}${value}\n`);
      await repository.write("notes.txt", `${value}\n`);
      await repository.add();
      await repository.commit();
    }
    assert.equal((await repository.tryGit(["merge", "topic"])).code, 1);
    assert.deepEqual(await told(repository), [`${FILE} the file is not merged`]);
    await repository.add();
    assert.deepEqual(await told(repository), [`${FILE}:1:1 git's conflict markers stand here`]);
  });

  it("names files as they are seen from where it runs", async (t) => {
    const repository = await guarded(t, { "docs/a.md": "" });
    await repository.write(FILE, PLAIN);
    await repository.add();
    assert.deepEqual(await told(repository, join(repository.folder, "config")), [
      `production.yaml:1:11 password ${PLAINTEXT}`,
    ]);
    assert.deepEqual(await told(repository, join(repository.folder, "docs")), [
      `../${FILE}:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("takes a file that git has lost for an error, at its name as it is seen from there", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, "a: 2\n");
    await repository.add();
    const id = await repository.git(["rev-parse", `:${FILE}`]);
    await rm(join(repository.folder, ".git/objects", id.slice(0, 2), id.slice(2)));
    assert.deepEqual(await told(repository, join(repository.folder, "config")), [
      "production.yaml git does not have what is recorded here",
    ]);
  });

  it("checks the index that GIT_INDEX_FILE names", async (t) => {
    const repository = await guarded(t);
    const environment = { ...repository.environment, GIT_INDEX_FILE: join(repository.folder, ".git/other") };
    await repository.write(FILE, PLAIN);
    await repository.git(["add", "--all"], { environment });
    assert.deepEqual(await told(repository), []);
    assert.deepEqual(await told({ ...repository, environment }), [`${FILE}:1:11 password ${PLAINTEXT}`]);
  });

  it("works where the work tree lies elsewhere", async (t) => {
    const repository = await guarded(t);
    const elsewhere = repositoryIn(await temporaryFolder(t));
    const environment = {
      ...repository.environment,
      GIT_DIR: join(repository.folder, ".git"),
      GIT_WORK_TREE: elsewhere.folder,
    };
    await elsewhere.write(FILE, PLAIN);
    await elsewhere.git(["add", "--all"], { environment });
    assert.deepEqual(await told({ ...repository, environment }, elsewhere.folder), [
      `.sealconf.yaml warning: the policy is removed: what it alone covered is not checked any more`,
      `${FILE}:1:11 password ${PLAINTEXT}`,
    ]);
    await elsewhere.write(".sealconf.yaml", POLICY);
    await elsewhere.git(["add", "--all"], { environment });
    assert.deepEqual(await told({ ...repository, environment }, elsewhere.folder), [
      `${FILE}:1:11 password ${PLAINTEXT}`,
    ]);
  });
});

describe("the policy of a check of what is staged", () => {
  it("is the staged one, whatever the one in the work tree does not forbid any more", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, PLAIN);
    await repository.add();
    await repository.write(".sealconf.yaml", POLICY.replace("**.password", "**.pin"));
    assert.deepEqual(await told(repository), [`${FILE}:1:11 password ${PLAINTEXT}`]);
    await repository.add();
    assert.deepEqual(await told(repository), []);
  });

  it("has all that it covers checked when it is changed, and nothing of a nearer one", async (t) => {
    const repository = await guarded(t, {
      "config/old.yaml": PLAIN,
      "apps/crm/.sealconf.yaml": POLICY,
      "apps/crm/config/old.yaml": PLAIN,
    });
    await repository.write(".sealconf.yaml", `${POLICY}# changed\n`);
    await repository.add();
    assert.deepEqual(await told(repository), [`config/old.yaml:1:11 password ${PLAINTEXT}`]);
  });

  it("hands what it covered to the one above when it is removed, and says so", async (t) => {
    const repository = await guarded(t, {
      ".sealconf.yaml": POLICY.replace("config/**", "**/config/**"),
      "apps/crm/.sealconf.yaml": "app: crm\n",
      "apps/crm/config/old.yaml": PLAIN,
      "config/old.yaml": PLAIN,
    });
    await repository.git(["rm", "--quiet", "apps/crm/.sealconf.yaml"]);
    assert.deepEqual(await told(repository), [
      "apps/crm/.sealconf.yaml warning: the policy is removed: what it alone covered is not checked any more",
      `apps/crm/config/old.yaml:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("judges what is changed together with its removal, where no other covers that", async (t) => {
    const repository = await guarded(t, { "config/old.yaml": PLAIN, "apps/crm/.sealconf.yaml": POLICY });
    await repository.git(["mv", ".sealconf.yaml", ".sealconf.json"]);
    for (const path of [FILE, "apps/crm/config/a.yaml", "notes.yaml"]) await repository.write(path, PLAIN);
    await repository.add();
    const { findings } = await checkStaged(repository.folder, repository.environment);
    assert.deepEqual(formatAll(findings), [
      ".sealconf.yaml warning: the policy is removed: what it alone covered is not checked any more",
      ".sealconf.json warning: a policy of this name is not read",
      `apps/crm/config/a.yaml:1:11 password ${PLAINTEXT}`,
      `${FILE}:1:11 password ${PLAINTEXT}`,
    ]);
    assert.equal(findings[1]?.hint, "call it .sealconf.yaml");
  });

  it("has what its load list names outside of its folder checked when either is changed", async (t) => {
    const policy = `secrets: [pin]\nload: ["../shared/{env}.yaml"]\n`;
    const repository = await guarded(t, {
      "app/.sealconf.yaml": policy,
      "shared/eu.yaml": PLAIN,
      "shared/us.yaml": "a: 1\n",
    });
    await repository.write("shared/us.yaml", "pin: 1\n");
    await repository.add();
    assert.deepEqual(await told(repository), [`shared/us.yaml:1:6 pin ${PLAINTEXT}`]);
    await repository.write("app/.sealconf.yaml", policy.replace("pin", "password"));
    await repository.add();
    assert.deepEqual(await told(repository), [`shared/eu.yaml:1:11 password ${PLAINTEXT}`]);
  });

  it("must be staged when the work tree has it", async (t) => {
    const repository = await createRepository(t);
    await repository.write(".sealconf.yaml", POLICY);
    await repository.write(FILE, PLAIN);
    await repository.add("config");
    const { findings } = await checkStaged(join(repository.folder, "config"), repository.environment);
    assert.deepEqual(
      findings.map(({ file, reason, hint, severity }) => ({ file, reason, hint, severity })),
      [
        {
          file: "../.sealconf.yaml",
          reason: "the policy is not staged, and what it covers is",
          hint: "stage it too: git add ../.sealconf.yaml",
          severity: "error",
        },
      ],
    );
  });

  it("must be staged when the work tree has a nearer one", async (t) => {
    const repository = await guarded(t);
    await repository.write("apps/crm/.sealconf.yaml", POLICY);
    await repository.write("apps/crm/config/a.yaml", PLAIN);
    await repository.add("apps/crm/config");
    assert.deepEqual(await told(repository), [
      "apps/crm/.sealconf.yaml the policy is not staged, and what it covers is",
    ]);
  });

  it("need not be staged for what it does not cover", async (t) => {
    const repository = await createRepository(t);
    await repository.write(".sealconf.yaml", POLICY);
    await repository.write("README.md", "x\n");
    await repository.add("README.md");
    assert.deepEqual(await told(repository), []);
  });

  it("must be somewhere, where anything is staged", async (t) => {
    const repository = await createRepository(t);
    assert.deepEqual(await told(repository), []);
    await repository.write("README.md", "x\n");
    await repository.add();
    assert.deepEqual(await told(repository), [
      ".sealconf.yaml there is no policy, and so nothing is checked",
    ]);
  });

  it("that cannot be used lets nothing below it through, and what lies beside it", async (t) => {
    const repository = await guarded(t, { "apps/crm/.sealconf.yaml": "apps: x\n" });
    await repository.write(FILE, "a: 2\n");
    await repository.add();
    assert.deepEqual(await told(repository), []);
    await repository.write("apps/crm/config/a.yaml", "a: 1\n");
    await repository.add();
    assert.deepEqual(await told(repository), ['apps/crm/.sealconf.yaml:1:1 apps unknown field "apps"']);
  });
});

describe("a sealed file of a check of what is staged", () => {
  async function withSealedFile(t: TestContext): Promise<TestRepository> {
    const sealed = sealBlob(await makeSealedFileKey(), "tls.key", Buffer.from("pem"));
    const text = "tls: sealed:v1:file:keys/tls.key.sealed\n";
    return await guarded(t, { [FILE]: text, "config/keys/tls.key.sealed": sealed });
  }

  it("is missed by what refers to it when it is removed", async (t) => {
    const repository = await withSealedFile(t);
    await repository.git(["rm", "--quiet", "config/keys/tls.key.sealed"]);
    assert.deepEqual(await told(repository), [`${FILE}:1:6 tls the sealed file that it names is not there`]);
  });

  it("is checked by what refers to it when it is changed", async (t) => {
    const repository = await withSealedFile(t);
    const sealed = sealBlob(await makeSealedFileKey(), "other.key", Buffer.from("pem"));
    await repository.write("config/keys/tls.key.sealed", sealed);
    await repository.add();
    assert.deepEqual(await told(repository), [
      "config/keys/tls.key.sealed the sealed file was made for another name",
      `${FILE}:1:6 tls the sealed file was made for another name`,
    ]);
  });

  it("must be staged with what refers to it", async (t) => {
    const repository = await guarded(t);
    await repository.write(FILE, "tls: sealed:v1:file:tls.key.sealed\n");
    await repository.add();
    await repository.write(
      "config/tls.key.sealed",
      sealBlob(await makeSealedFileKey(), "tls.key", Buffer.from("x")),
    );
    assert.deepEqual(await told(repository), [`${FILE}:1:6 tls the sealed file that it names is not there`]);
    await repository.add();
    assert.deepEqual(await told(repository), []);
  });
});

describe("two branches that add secrets", () => {
  async function merged(t: TestContext, ours: string, theirs: string): Promise<TestRepository> {
    const base = "db:\n  host: a\n  port: 1\n  user: u\n  name: n\nmail:\n  host: m\n  port: 2\n";
    const repository = await guarded(t, { [FILE]: base });
    await repository.git(["branch", "topic"]);
    for (const [branch, text] of [
      ["main", ours],
      ["topic", theirs],
    ] as const) {
      await repository.git(["checkout", "--quiet", branch]);
      await repository.write(FILE, text.replace("BASE", base));
      await repository.add();
      await repository.commit();
    }
    await repository.git(["checkout", "--quiet", "main"]);
    await repository.tryGit(["merge", "--no-commit", "topic"]);
    return repository;
  }

  it("in different places merge, and pass", async (t) => {
    const tokens = await sealAll({ first: "x", last: "y" });
    const repository = await merged(t, `first: ${tokens.first}\nBASE`, `BASElast: ${tokens.last}\n`);
    assert.match(await repository.git(["show", `:${FILE}`]), /^first: sealed.*\n(?:.*\n)*last: sealed/);
    assert.deepEqual(await told(repository), []);
  });

  it("at the same place conflict, and are told in one line until both sides are taken", async (t) => {
    const tokens = await sealAll({ "new.ours": "x", "new.theirs": "y" });
    const [ours, theirs] = [`  ours: ${tokens["new.ours"]}\n`, `  theirs: ${tokens["new.theirs"]}\n`];
    const repository = await merged(t, `BASEnew:\n${ours}`, `BASEnew:\n${theirs}`);
    await repository.add();
    assert.deepEqual(await told(repository), [`${FILE}:10:1 git's conflict markers stand here`]);
    const text = await repository.git(["show", `:${FILE}`]);
    await repository.write(FILE, text.replace(/^(?:<{7}|={7}|>{7}).*\n?/gm, ""));
    await repository.add();
    assert.deepEqual(await told(repository), []);
  });
});
