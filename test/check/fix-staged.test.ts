import assert from "node:assert/strict";
import { readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { fixStaged, type FixResult } from "../../src/check/fix-staged.ts";
import { createSealer, type Sealer } from "../../src/edit/sealer.ts";
import { SourceError } from "../../src/errors/index.ts";
import { loadConfig, localKeys } from "../../src/index.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";
import { ENVIRONMENT, LOCAL_KEY } from "../support/load-fixture.ts";

import { formatAll, POLICY } from "./support.ts";

const FILE = "config/production.yaml";
const PLAINTEXT = "a secret stands here in plaintext";
const TOKEN = "sealed:v1:envelope:\\S+";

/** A repository in which these files are staged beside the usual policy. */
async function staged(t: TestContext, files: Readonly<Record<string, string>>): Promise<TestRepository> {
  const repository = await createRepository(t);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.add();
  await repository.commit();
  for (const [path, text] of Object.entries(files)) await repository.write(path, text);
  await repository.add();
  return repository;
}

function localSealer(): Sealer {
  return createSealer({ providerOf: async () => localKeys({ env: ENVIRONMENT }) });
}

async function fix(repository: TestRepository, sealer = localSealer()): Promise<FixResult> {
  return await fixStaged(repository.folder, repository.environment, sealer);
}

/** What is staged at a path, and what lies there. */
async function both(
  { git, folder }: TestRepository,
  path: string,
): Promise<readonly [index: string, disk: string]> {
  return [`${await git(["show", `:${path}`])}\n`, await readFile(join(folder, path), "utf8")];
}

describe("fixing what is staged", () => {
  it("seals plaintext in the index and in the work tree alike, and changes nothing else", async (t) => {
    const repository = await staged(t, {
      [FILE]: "# the database\ndb:\n  host: h   # where\n  password: 'hunter2'\n",
      "config/.env": "A=1\nPASSWORD=hunter3 # old\n",
      "config/other.yaml": "a:   1\n",
    });
    const { findings, files, sealed } = await fix(repository);
    assert.deepEqual([findings, files], [[], 3]);
    assert.deepEqual(sealed, [
      { file: "config/.env", line: 2, column: 10, path: "PASSWORD" },
      { file: FILE, line: 4, column: 13, path: "db.password" },
    ]);
    const [index, disk] = await both(repository, FILE);
    assert.equal(index, disk);
    assert.match(
      disk,
      new RegExp(`^# the database\\ndb:\\n  host: h   # where\\n  password: '${TOKEN}'\\n$`),
    );
    const [envIndex, envDisk] = await both(repository, "config/.env");
    assert.equal(envIndex, envDisk);
    assert.match(envDisk, new RegExp(`^A=1\\nPASSWORD=${TOKEN} # old\\n$`));
    assert.equal(
      await repository.git(["status", "--porcelain"]),
      "A  config/.env\nA  config/other.yaml\nA  config/production.yaml",
    );
    const config = await loadConfig({ files: [FILE], root: repository.folder, environment: ENVIRONMENT });
    assert.deepEqual(config, { db: { host: "h", password: "hunter2" } });
  });

  it("makes one data key for all files of a rule", async (t) => {
    const repository = await staged(t, { [FILE]: "password: a\n", "config/b.yaml": "password: b\n" });
    await fix(repository);
    const recipients = async (path: string): Promise<string | undefined> =>
      (await both(repository, path))[1].split(":")[5];
    assert.equal(await recipients(FILE), await recipients("config/b.yaml"));
  });

  it("asks for no key where there is nothing to seal, and writes nothing", async (t) => {
    const repository = await staged(t, { [FILE]: "a: 1\n", "config/b.yaml": "a: [\n" });
    const sealer: Sealer = {
      seal: () => assert.fail("nothing is to be sealed"),
      sealingKeyOf: () => assert.fail("no key is needed"),
    };
    const before = await repository.git(["ls-files", "--stage"]);
    const { findings, sealed } = await fix(repository, sealer);
    assert.deepEqual([findings.length, sealed], [1, []]);
    assert.equal(await repository.git(["ls-files", "--stage"]), before);
  });

  it("keeps the modes of both", async (t) => {
    const repository = await staged(t, { [FILE]: "password: a\n" });
    await repository.write(FILE, "password: a\n", 0o755);
    await repository.git(["update-index", "--chmod=+x", FILE]);
    const { mode } = await stat(join(repository.folder, FILE));
    await fix(repository);
    assert.match(await repository.git(["ls-files", "--stage", FILE]), /^100755 /);
    assert.equal((await stat(join(repository.folder, FILE))).mode, mode);
  });

  it("seals on both sides of a conversion of line ends", async (t) => {
    const repository = await staged(t, {});
    await repository.write(".gitattributes", "*.yaml text eol=crlf\n");
    await repository.write(FILE, "a: 1\r\npassword: x\r\n");
    await repository.add();
    assert.deepEqual((await fix(repository)).findings, []);
    const [index, disk] = await both(repository, FILE);
    assert.match(index, new RegExp(`^a: 1\\npassword: ${TOKEN}\\n$`));
    assert.equal(disk, index.replaceAll("\n", "\r\n"));
    assert.equal(await repository.git(["diff", "--name-only"]), "");
  });

  it("seals what the load list names outside of its policy's folder, by the rule of what it is", async (t) => {
    const repository = await staged(t, {
      "app/.sealconf.yaml": `${POLICY}load: [{ path: ../shared/a.yaml, as: config/a.yaml }]\n`,
      "app/config/b.yaml": "a: 1\n",
      "shared/a.yaml": "password: a\n",
    });
    assert.deepEqual((await fix(repository)).findings, []);
    assert.match((await both(repository, "shared/a.yaml"))[0], new RegExp(`^password: ${TOKEN}\\n$`));
  });

  it("leaves alone what is sealed", async (t) => {
    const repository = await staged(t, { [FILE]: "password: a\n" });
    await fix(repository);
    const [first] = await both(repository, FILE);
    await repository.write(FILE, `${first}apiToken: b\n`);
    await repository.add();
    await fix(repository);
    const [second] = await both(repository, FILE);
    assert.ok(second.startsWith(first));
    assert.match(second.slice(first.length), new RegExp(`^apiToken: ${TOKEN}\\n$`));
  });
});

describe("fixing is refused, with what to run instead,", () => {
  /** Runs it where it must leave the file as it is; returns what is told and advised. */
  async function refused(
    repository: TestRepository,
    path = FILE,
  ): Promise<readonly [string, string | undefined]> {
    const before = await both(repository, path);
    const { findings, sealed } = await fix(repository);
    assert.deepEqual([await both(repository, path), sealed], [before, []]);
    const [finding, ...others] = findings;
    assert.ok(finding !== undefined && others.length === 0);
    return [formatAll([finding])[0] ?? "", finding.hint];
  }

  it("where the work tree holds other changes of the file", async (t) => {
    const repository = await staged(t, { [FILE]: "password: hunter2\n" });
    await repository.write(FILE, "password: hunter2\nwip: true\n");
    assert.deepEqual(await refused(repository), [
      `${FILE}:1:11 password ${PLAINTEXT}`,
      `what is staged is not what lies in the work tree: encrypt-value ${FILE}, and stage what belongs to the commit: git add -p ${FILE}`,
    ]);
  });

  it("where the file lies behind a symbolic link", async (t) => {
    const repository = await staged(t, { [FILE]: "password: hunter2\n" });
    await repository.git(["mv", "config", "real"]);
    await repository.git(["reset", "--quiet"]);
    await repository.git([
      "update-index",
      "--add",
      "--cacheinfo",
      `100644,${await repository.git(["hash-object", "-w", `real/production.yaml`])},${FILE}`,
    ]);
    await symlink("real", join(repository.folder, "config"));
    assert.match((await refused(repository))[1] ?? "", /^what is staged is not what lies in the work tree/);
  });

  it("where no rule gives a key", async (t) => {
    const repository = await staged(t, { [FILE]: "a: 1\n", "default.yaml": "password: hunter2\n" });
    await repository.write(
      ".sealconf.yaml",
      `secrets: [password]\nload: [default.yaml]\nrules: [{files: [x.yaml]}]\n`,
    );
    await repository.write("x.yaml", "password: hunter2\n");
    await repository.add();
    const { findings } = await fix(repository);
    assert.deepEqual(
      findings.map(({ file, hint }) => [file, hint]),
      [
        ["default.yaml", "it cannot be sealed: no rule covers the file, and so no key is known"],
        ["x.yaml", "it cannot be sealed: x.yaml:1:11 (password): the file's rule names no keys to seal with"],
      ],
    );
  });

  it("where a value cannot be sealed", async (t) => {
    const repository = await staged(t, { [FILE]: "a: &x\n  password: hunter2\nb: *x\n" });
    const { findings } = await fix(repository);
    assert.equal(findings.length, 2);
    assert.equal(
      findings[0]?.hint,
      `it cannot be sealed: ${FILE}:2:13 (a.password): an alias repeats this value, and a sealed value has one place`,
    );
  });

  for (const [encoding, start, reason] of [
    ["UTF-16", "\ufeff", /^it cannot be sealed: config\/b\.yaml:1:1: not UTF-8 text$/],
    ["UTF-16LE", "", /^it cannot be sealed: what lies in the work tree reads otherwise$/],
  ] as const) {
    it(`where the work tree has another encoding, before any file is written: ${encoding}`, async (t) => {
      const repository = await staged(t, {});
      await repository.write(".gitattributes", `config/b.yaml working-tree-encoding=${encoding}\n`);
      await repository.write(FILE, "password: a\n");
      const other = Buffer.from(`${start}password: b\n`, "utf16le");
      await repository.write("config/b.yaml", other);
      await repository.add();
      const { findings, sealed } = await fix(repository);
      assert.deepEqual(formatAll(findings), [`config/b.yaml:1:11 password ${PLAINTEXT}`]);
      assert.match(findings[0]?.hint ?? "", reason);
      assert.deepEqual(
        sealed.map(({ file }) => file),
        [FILE],
      );
      const [index, disk] = await both(repository, FILE);
      assert.equal(index, disk);
      assert.deepEqual(await readFile(join(repository.folder, "config/b.yaml")), other);
    });
  }

  it("where several rules may hold for the file", async (t) => {
    const repository = await staged(t, {});
    const rules = `[{ files: ["a.*"], env: a }, { files: ["*"] }]`;
    const load = `[{ path: x.yaml, as: "{env}.yaml" }]`;
    await repository.write(
      ".sealconf.yaml",
      `secrets: [password]\nkeys: [${LOCAL_KEY}]\nload: ${load}\nrules: ${rules}\n`,
    );
    await repository.write("x.yaml", "password: hunter2\n");
    await repository.add();
    assert.deepEqual(await refused(repository, "x.yaml"), [
      `x.yaml:1:11 password ${PLAINTEXT}`,
      "it cannot be sealed: several rules may hold for the file, and so its keys are not known",
    ]);
  });

  it("and without a command where the file's name cannot be copied", async (t) => {
    const repository = await staged(t, { "config/a\nb.yaml": "password: hunter2\n" });
    await repository.write("config/a\nb.yaml", "password: hunter2\nwip: true\n");
    const { findings } = await fix(repository);
    assert.deepEqual(
      findings.map(({ hint }) => hint),
      ["what is staged is not what lies in the work tree"],
    );
  });

  it("for one file, and another is sealed all the same", async (t) => {
    const repository = await staged(t, { [FILE]: "password: a\n", "config/b.yaml": "password: b\n" });
    await repository.write(FILE, "password: a\nwip: true\n");
    const { findings, sealed } = await fix(repository);
    assert.deepEqual(formatAll(findings), [`${FILE}:1:11 password ${PLAINTEXT}`]);
    assert.deepEqual(
      sealed.map(({ file }) => file),
      ["config/b.yaml"],
    );
  });
});

describe("what ends a fix on its way", () => {
  it("leaves everything as it was when a key service fails", async (t) => {
    const repository = await staged(t, { [FILE]: "password: a\n", "config/b.yaml": "password: b\n" });
    const before = [await both(repository, FILE), await both(repository, "config/b.yaml")];
    const sealer: Sealer = {
      ...localSealer(),
      seal: async (rule, place) => {
        if (place.value === "b") return await localSealer().seal(rule, place);
        throw new TypeError("a key service that fails");
      },
    };
    await assert.rejects(fix(repository, sealer), TypeError);
    assert.deepEqual([await both(repository, FILE), await both(repository, "config/b.yaml")], before);
  });

  it("leaves plaintext staged, where a check finds it, and what others wrote meanwhile as it is", async (t) => {
    const repository = await staged(t, { [FILE]: "password: a\n", "config/b.yaml": "password: b\n" });
    let calls = 0;
    const sealer: Sealer = {
      ...localSealer(),
      async seal(rule, place) {
        // The second file changes after it was compared, before it is written.
        if ((calls += 1) === 2) await repository.write(FILE, "password: c\n");
        return await localSealer().seal(rule, place);
      },
    };
    await assert.rejects(fix(repository, sealer), (error: unknown) => {
      return error instanceof SourceError && error.code === "ERR_FILE_CHANGED";
    });
    assert.equal((await both(repository, FILE))[0], "password: a\n");
    assert.equal((await both(repository, FILE))[1], "password: c\n");
    assert.equal((await both(repository, "config/b.yaml"))[0], "password: b\n");
    assert.ok((await both(repository, "config/b.yaml"))[1].includes(LOCAL_KEY));
  });
});
