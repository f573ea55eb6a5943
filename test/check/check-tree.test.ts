import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { checkNamed, checkPaths } from "../../src/check/check-tree.ts";
import { LOCAL_KEY, sealOne } from "../support/load-fixture.ts";

import {
  checkMemory,
  formatAll,
  linesOf,
  memoryTree,
  POLICY,
  SUBMODULE,
  SYMLINK,
  UNMERGED,
} from "./support.ts";

const PLAINTEXT = "a secret stands here in plaintext";

describe("a tree", () => {
  it("is checked where its policies cover it, in the order of its paths", async () => {
    const result = await checkMemory({
      "config/b.yaml": "password: x\n",
      "config/a.yaml": "a: 1\npassword: x\n",
      "other/c.yaml": "password: x\n",
      ".sealconf.yaml": POLICY,
    });
    assert.deepEqual(formatAll(result.findings), [
      `config/a.yaml:2:11 password ${PLAINTEXT}`,
      `config/b.yaml:1:11 password ${PLAINTEXT}`,
    ]);
    assert.equal(result.files, 2);
  });

  it("has one policy for each application: the nearest at or above a file", async () => {
    const lines = await linesOf({
      ".sealconf.yaml": POLICY,
      "config/a.yaml": `password: x\nkey: ${await sealOne("key", "x")}\n`,
      "apps/crm/.sealconf.yaml": `app: crm\nsecrets: ["**.key"]\nrules: [{files: ["config/*"], env: production, keys: [${LOCAL_KEY}]}]\n`,
      "apps/crm/config/a.yaml": `password: x\nkey: ${await sealOne("key", "x")}\n`,
      "apps/crm/config/b.yaml": "key: x\n",
    });
    assert.deepEqual(lines, [
      "apps/crm/config/a.yaml:2:6 key the value was sealed for another place than app crm, env production, path /key",
      `apps/crm/config/b.yaml:1:6 key ${PLAINTEXT}`,
      `config/a.yaml:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("is passed over where a submodule stands", async () => {
    const entries = { ".sealconf.yaml": POLICY, "config/sub": SUBMODULE, "apps/.sealconf.yaml": SUBMODULE };
    assert.deepEqual(await checkMemory(entries), { findings: [], files: 0 });
  });

  it("is not what a symbolic link leads to: where the policy expects a folder it is told", async () => {
    const policy = `rules: [{files: ["config/**", "deploy/prod/*.yaml"], keys: [${LOCAL_KEY}]}]\n`;
    const entries = { ".sealconf.yaml": policy, config: SYMLINK, deploy: SYMLINK, docs: SYMLINK };
    assert.deepEqual(await linesOf(entries), [
      "config the file is a symbolic link, which cannot be checked",
      "deploy what stands here, where the policy expects a folder, is a symbolic link, which cannot be checked",
    ]);
  });
});

describe("the load list", () => {
  const policy = `secrets: [password]\nload: [config/default.yaml, "config/{env}.yaml"]\n`;

  it("has its files checked by the policy's own secrets where no rule covers them", async () => {
    const lines = await linesOf({
      ".sealconf.yaml": policy,
      "config/default.yaml": "password: x\n",
      "config/eu-1.yaml": "password: y\n",
      "config/eu/1.yaml": "password: z\n",
    });
    assert.deepEqual(lines, [
      `config/default.yaml:1:11 password ${PLAINTEXT}`,
      `config/eu-1.yaml:1:11 password ${PLAINTEXT}`,
    ]);
  });
});

describe("a policy that cannot be used", () => {
  for (const [title, entry, lines] of [
    ["does not parse", "app: [\n", /^\.sealconf\.yaml:2:1 the YAML cannot be read: /],
    ["holds an unknown field", "apps: x\n", /^\.sealconf\.yaml:1:1 apps unknown field "apps"$/],
    [
      "is a symbolic link",
      SYMLINK,
      /^\.sealconf\.yaml the file is a symbolic link, which cannot be checked$/,
    ],
    ["is not merged", UNMERGED, /^\.sealconf\.yaml the file is not merged$/],
  ] as const) {
    it(`is told once, and what lies below is not checked: it ${title}`, async () => {
      const files = { "config/a.yaml": "password: x\n", "config/b.yaml": "password: x\n" };
      const result = await checkMemory({ ".sealconf.yaml": entry, ...files });
      const [line = "", ...others] = formatAll(result.findings);
      assert.match(line, lines);
      assert.deepEqual([others, result.files], [[], 0]);
    });
  }

  it("is told for a file that it keeps from being checked, also where it was not asked about itself", async () => {
    const target = memoryTree({ ".sealconf.yaml": "apps: x\n", "config/a.yaml": "a: 1\n" });
    const { findings } = await checkPaths(target, ["config/a.yaml"]);
    assert.deepEqual(formatAll(findings), ['.sealconf.yaml:1:1 apps unknown field "apps"']);
  });

  it("matters to nothing beside it", async () => {
    const target = memoryTree({
      "a/.sealconf.yaml": "apps: x\n",
      "b/.sealconf.yaml": POLICY,
      "b/config/a.yaml": "a: 1\n",
    });
    assert.deepEqual(await checkPaths(target, ["b/config/a.yaml"]), { findings: [], files: 1 });
  });
});

describe("a name that a policy gives", () => {
  it("is a warning at its line where the file is not there", async () => {
    const policy = `load:
  - config/default.yaml
  - { path: config/extra.yaml }
  - { path: .env, optional: true }
  - "config/{env}.yaml"
  - ../shared.yaml
rules:
  - files: [config/prod.yaml, "config/*.json", $env, ./config/default.yaml]
`;
    const { findings } = await checkMemory({ ".sealconf.yaml": policy, "config/default.yaml": "a: 1\n" });
    assert.deepEqual(formatAll(findings), [
      ".sealconf.yaml:3:5 load[1] warning: no file has this name",
      ".sealconf.yaml:8:13 rules[0].files[0] warning: no file has this name",
    ]);
    assert.ok(findings.every(({ severity }) => severity === "warning"));
  });
});

describe("a file that somebody names", () => {
  it("must be there, and covered", async () => {
    const target = memoryTree({
      ".sealconf.yaml": POLICY,
      "other.yaml": "a: 1\n",
      "config/a.yaml": "password: x\n",
    });
    const { findings, files } = await checkNamed(target, ["other.yaml", "nowhere.yaml", "config/a.yaml"]);
    assert.deepEqual(formatAll(findings), [
      `config/a.yaml:1:11 password ${PLAINTEXT}`,
      "nowhere.yaml the file is not there",
      "other.yaml no rule of .sealconf.yaml covers this file",
    ]);
    assert.equal(files, 1);
  });

  it("must have a policy", async () => {
    const { findings } = await checkNamed(memoryTree({ "a.yaml": "a: 1\n" }), ["a.yaml"]);
    assert.deepEqual(formatAll(findings), ["a.yaml there is no .sealconf.yaml beside the file or above it"]);
  });

  it("may be a policy", async () => {
    const target = memoryTree({ ".sealconf.yaml": "apps: x\n" });
    const { findings } = await checkNamed(target, [".sealconf.yaml"]);
    assert.deepEqual(formatAll(findings), ['.sealconf.yaml:1:1 apps unknown field "apps"']);
  });
});
