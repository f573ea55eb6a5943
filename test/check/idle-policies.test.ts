import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";

import { checkStaged } from "../../src/check/check-staged.ts";
import { checkWorkTree } from "../../src/check/check-work-tree.ts";
import { createRepository } from "../support/git-repository.ts";
import { makeFolder } from "../support/load-fixture.ts";

import { formatAll, POLICY } from "./support.ts";

const IDLE = ".sealconf.yaml the policy covers no file";

describe("a policy that covers no file of the work tree", () => {
  for (const [title, policy, lines] of [
    ["it is empty", "{}\n", [IDLE]],
    ["it is nothing but comments", "# app: billing-api\n", [IDLE]],
    ["it has no rules and no load list", 'app: billing-api\nsecrets: ["**.password"]\n', [IDLE]],
    ["its globs match nothing", 'rules: [{ files: ["conf/**", "$env"] }]\n', [IDLE]],
    [
      "its load list matches nothing",
      'load: ["conf/{env}.yaml", { path: a.yaml, optional: true }]\n',
      [IDLE],
    ],
    [
      "it names files that are not there",
      "rules: [{ files: [conf/a.yaml] }]\n",
      [IDLE, ".sealconf.yaml:1:19 rules[0].files[0] warning: no file has this name"],
    ],
  ] as const) {
    it(`is an error: ${title}`, async (t) => {
      const root = makeFolder(t, { ".sealconf.yaml": policy, "config/a.yaml": "password: x\n" });
      const { findings } = await checkWorkTree(root);
      assert.deepEqual(formatAll(findings), lines);
      assert.equal(findings[0]?.severity, "error");
    });
  }

  it("is an error too where nearer policies cover what it would", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY.replace("config/**", "**/config/**"),
      "a/.sealconf.yaml": POLICY,
      "a/config/a.yaml": "a: 1\n",
    });
    assert.deepEqual(formatAll((await checkWorkTree(root)).findings), [IDLE]);
  });

  for (const [title, policy, lines] of [
    ["it is about the environment", "rules: [{ files: [$env] }]\n", []],
    [
      "its files lie elsewhere when they are loaded",
      'load: [{ path: /etc/a.yaml, as: config/b.yaml }]\nrules: [{ files: ["config/b.*"] }]\n',
      [".sealconf.yaml:1:8 load[0] warning: what this names lies elsewhere, and is not checked"],
    ],
  ] as const) {
    it(`is no error where it is not meant to: ${title}`, async (t) => {
      const root = makeFolder(t, { ".sealconf.yaml": policy, "config/a.yaml": "a: 1\n" });
      assert.deepEqual(formatAll((await checkWorkTree(root)).findings), lines);
    });
  }
});

describe("a policy that covers no staged file", () => {
  it("is an error when it is changed", async (t) => {
    const repository = await createRepository(t);
    const told = async (): Promise<string[]> =>
      formatAll((await checkStaged(repository.folder, repository.environment)).findings);
    await repository.write(".sealconf.yaml", "{}\n");
    await repository.write("config/a.yaml", "password: x\n");
    await repository.add();
    assert.deepEqual(await told(), [IDLE]);
    await repository.commit();
    await repository.write("config/a.yaml", "password: y\n");
    await repository.add();
    assert.deepEqual(await told(), []);
  });

  it("is none where the work tree has a file of it", async (t) => {
    const repository = await createRepository(t);
    const told = async (): Promise<string[]> =>
      formatAll((await checkStaged(repository.folder, repository.environment)).findings);
    await repository.write(".sealconf.yaml", POLICY);
    await repository.write("config/a.yaml", "a: 1\n");
    await repository.add(".sealconf.yaml");
    assert.deepEqual(await told(), []);
    await rm(join(repository.folder, "config/a.yaml"));
    assert.deepEqual(await told(), [IDLE]);
  });
});
