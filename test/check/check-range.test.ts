import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { checkRange } from "../../src/check/check-range.ts";
import { UsageError } from "../../src/errors/index.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

import { formatAll, POLICY } from "./support.ts";

const FILE = "config/production.yaml";
const PLAINTEXT = "a secret stands here in plaintext";

async function guarded(t: TestContext, initArgs?: readonly string[]): Promise<TestRepository> {
  const repository = await createRepository(t, initArgs);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.write(FILE, "a: 1\n");
  await repository.add();
  await repository.commit();
  return repository;
}

/** Commits these files; `undefined` removes one. Returns the commit as findings call it. */
async function commit(
  repository: TestRepository,
  files: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) await repository.git(["rm", "--quiet", path]);
    else await repository.write(path, text);
  }
  await repository.add();
  return (await repository.commit()).slice(0, 12);
}

async function told({ folder, environment }: TestRepository, range: string, cwd = folder): Promise<string[]> {
  return formatAll((await checkRange(cwd, environment, range)).findings);
}

describe("a check of a range", () => {
  it("finds plaintext that one commit adds and the next takes away", async (t) => {
    const repository = await guarded(t);
    const added = await commit(repository, { [FILE]: "a: 1\npassword: hunter2\n" });
    await commit(repository, { [FILE]: "a: 1\n" });
    const { findings, files } = await checkRange(repository.folder, repository.environment, "HEAD~2..HEAD");
    assert.deepEqual(formatAll(findings), [`${added}:${FILE}:2:11 password ${PLAINTEXT}`]);
    assert.equal(files, 2);
    assert.match(findings[0]?.commit ?? "", /^[0-9a-f]{40}$/);
    assert.match(findings[0]?.hint ?? "", /^whoever has the commit has the value/);
  });

  it("looks at no commit outside it, and at no file that a commit leaves as it was", async (t) => {
    const repository = await guarded(t);
    await commit(repository, { "config/old.yaml": "password: x\n" });
    await commit(repository, { [FILE]: "a: 2\n" });
    assert.deepEqual(await told(repository, "HEAD~1..HEAD"), []);
  });

  it("judges each commit by the policy that it holds", async (t) => {
    const repository = await guarded(t);
    const pin = POLICY.replace("**.password", "**.pin");
    const first = await commit(repository, { [FILE]: "pin: 1\npassword: x\n" });
    const second = await commit(repository, { ".sealconf.yaml": pin });
    const third = await commit(repository, { [FILE]: "pin: 2\npassword: x\n" });
    assert.deepEqual(await told(repository, "HEAD~3..HEAD"), [
      `${first}:${FILE}:2:11 password ${PLAINTEXT}`,
      `${second}:${FILE}:1:6 pin ${PLAINTEXT}`,
      `${third}:${FILE}:1:6 pin ${PLAINTEXT}`,
    ]);
  });

  it("passes over commits from before there was a policy, and says when one is removed", async (t) => {
    const repository = await createRepository(t);
    await commit(repository, { "README.md": "x\n" });
    await commit(repository, { [FILE]: "password: x\n" });
    const adopted = await commit(repository, { ".sealconf.yaml": POLICY });
    const removed = await commit(repository, { ".sealconf.yaml": undefined });
    const last = await commit(repository, { [FILE]: "password: y\n" });
    assert.deepEqual(await told(repository, "HEAD~4..HEAD"), [
      `${adopted}:${FILE}:1:11 password ${PLAINTEXT}`,
      `${removed}:.sealconf.yaml warning: the policy is removed: what it alone covered is not checked any more`,
      `${last}:.sealconf.yaml there is no policy, and so nothing is checked`,
    ]);
  });

  it("must end where there is a policy, if anything changes in it", async (t) => {
    const repository = await createRepository(t);
    await commit(repository, { "README.md": "x\n" });
    const last = await commit(repository, { [FILE]: "password: x\n" });
    const { findings } = await checkRange(repository.folder, repository.environment, "HEAD~1..HEAD");
    assert.deepEqual(formatAll(findings), [
      `${last}:.sealconf.yaml there is no policy, and so nothing is checked`,
    ]);
    assert.equal(findings[0]?.hint, "make one and commit it: sealconf init");
    await commit(repository, {});
    assert.deepEqual(await told(repository, "HEAD~1..HEAD"), []);
    assert.deepEqual(await told(repository, "HEAD..HEAD"), []);
  });

  it("judges what a commit changes by the policy that it removes, where no other covers it", async (t) => {
    const repository = await guarded(t);
    const changed = await commit(repository, {
      ".sealconf.yaml": undefined,
      ".sealconf.yml": POLICY,
      [FILE]: "password: x\n",
      "README.md": "password: x\n",
    });
    const { findings, files } = await checkRange(repository.folder, repository.environment, "HEAD~1..HEAD");
    assert.deepEqual(formatAll(findings), [
      `${changed}:.sealconf.yaml warning: the policy is removed: what it alone covered is not checked any more`,
      `${changed}:.sealconf.yml warning: a policy of this name is not read`,
      `${changed}:${FILE}:1:11 password ${PLAINTEXT}`,
      `${changed}:.sealconf.yaml there is no policy, and so nothing is checked`,
    ]);
    assert.equal(files, 1);
  });

  it("looks at what the load list names outside of its policy's folder", async (t) => {
    const repository = await createRepository(t);
    const policy = "secrets: [password]\nload: [../shared/default.yaml]\n";
    await commit(repository, { "app/.sealconf.yaml": policy, "shared/default.yaml": "a: 1\n" });
    const added = await commit(repository, { "shared/default.yaml": "password: x\n" });
    assert.deepEqual(await told(repository, "HEAD~1..HEAD"), [
      `${added}:shared/default.yaml:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("finds what only a merge brings together: a policy of one side and a file of the other", async (t) => {
    const repository = await guarded(t);
    await repository.git(["checkout", "--quiet", "-b", "topic"]);
    await commit(repository, { "config/new.yaml": "pin: 1\n" });
    await repository.git(["checkout", "--quiet", "main"]);
    await commit(repository, { ".sealconf.yaml": POLICY.replace("**.password", "**.pin") });
    await repository.git(["merge", "--quiet", "--no-edit", "topic"]);
    const merge = (await repository.git(["rev-parse", "HEAD"])).slice(0, 12);
    assert.deepEqual(await told(repository, "HEAD~1..HEAD"), [
      `${merge}:config/new.yaml:1:6 pin ${PLAINTEXT}`,
    ]);
  });

  it("works in a bare repository, as a hook on a server does", async (t) => {
    const repository = await guarded(t);
    const added = await commit(repository, { [FILE]: "password: x\n" });
    await repository.git(["clone", "--quiet", "--bare", repository.folder, `${repository.folder}/.git/bare`]);
    const bare = `${repository.folder}/.git/bare`;
    assert.deepEqual(await told(repository, "HEAD~1..HEAD", bare), [
      `${added}:${FILE}:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("names files as the repository does, wherever it runs", async (t) => {
    const repository = await guarded(t);
    const added = await commit(repository, { [FILE]: "password: x\n" });
    assert.deepEqual(await told(repository, "HEAD~1..HEAD", `${repository.folder}/config`), [
      `${added}:${FILE}:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("must be one", async (t) => {
    const repository = await guarded(t);
    for (const range of ["HEAD", "nowhere..HEAD", "--all..HEAD"]) {
      await assert.rejects(told(repository, range), UsageError);
    }
  });
});
