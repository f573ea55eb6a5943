import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { checkStaged } from "../../src/check/check-staged.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

import { formatAll, POLICY } from "./support.ts";

const FILE = "config/production.yaml";
const PIN = POLICY.replace("**.password", "**.pin");
const SECRET = `${FILE}:1:6 pin the policy in the work tree calls this a secret and is not staged`;

/** A repository with the usual policy, in which a file is staged that holds what only another policy forbids. */
async function staged(t: TestContext): Promise<TestRepository> {
  const repository = await createRepository(t);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.write(FILE, "a: 1\n");
  await repository.add();
  await repository.commit();
  await repository.write(FILE, "pin: 1234\n");
  await repository.add();
  return repository;
}

async function told({ folder, environment }: TestRepository): Promise<string[]> {
  return formatAll((await checkStaged(folder, environment)).findings);
}

describe("a policy that is changed in the work tree alone", () => {
  it("judges what is staged, and must be staged with it", async (t) => {
    const repository = await staged(t);
    await repository.write(".sealconf.yaml", PIN);
    const { findings } = await checkStaged(repository.folder, repository.environment);
    assert.deepEqual(formatAll(findings), [SECRET]);
    assert.deepEqual(
      findings.map(({ code, severity, hint }) => ({ code, severity, hint })),
      [{ code: "ERR_NO_RULE", severity: "error", hint: "stage it too: git add .sealconf.yaml" }],
    );
    await repository.add();
    assert.deepEqual(await told(repository), [`${FILE}:1:6 pin a secret stands here in plaintext`]);
  });

  it("tells nothing again that the staged one finds, and nothing of what is not staged", async (t) => {
    const repository = await staged(t);
    await repository.write("config/b.yaml", "password: x\n");
    await repository.add();
    await repository.write("config/c.yaml", "pin: 1\n");
    await repository.write(".sealconf.yaml", PIN.replace('"**.pin"', '"**.pin", "**.password"'));
    assert.deepEqual(await told(repository), [
      SECRET,
      "config/b.yaml:1:11 password a secret stands here in plaintext",
    ]);
  });

  it("judges what its new rules cover", async (t) => {
    const repository = await staged(t);
    await repository.write("deploy/a.yaml", "password: x\n");
    await repository.add();
    await repository.write(".sealconf.yaml", POLICY.replace("config/**", "deploy/**"));
    assert.deepEqual(await told(repository), [
      "deploy/a.yaml:1:11 password the policy in the work tree calls this a secret and is not staged",
    ]);
  });

  it("judges nothing while it cannot be read, or is gone", async (t) => {
    const repository = await staged(t);
    await repository.write(".sealconf.yaml", "app: [\n");
    assert.deepEqual(await told(repository), []);
    await repository.git(["rm", "--quiet", "--cached", ".sealconf.yaml"]);
    await repository.git(["reset", "--quiet", ".sealconf.yaml"]);
    assert.deepEqual(await told(repository), []);
  });

  it("leaves alone what has a nearer one", async (t) => {
    const repository = await staged(t);
    await repository.write("app/.sealconf.yaml", POLICY);
    await repository.write("app/config/a.yaml", "pin: 1\n");
    await repository.add();
    await repository.write(".sealconf.yaml", PIN.replace("config/**", "**/config/**"));
    assert.deepEqual(await told(repository), [SECRET]);
  });
});
