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
      ".sealconf.yaml:6:5 load[4] warning: what this names lies elsewhere, and is not checked",
      ".sealconf.yaml:8:13 rules[0].files[0] warning: no file has this name",
    ]);
    assert.ok(findings.every(({ severity }) => severity === "warning"));
  });

  it("may be written as the matcher reads it", async () => {
    const policy = 'rules: [{ files: [./a.yaml, config//b.yaml, "c\u00e9.yaml"] }]\n';
    const files = { "a.yaml": "", "config/b.yaml": "", "ce\u0301.yaml": "" };
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, ...files }), []);
  });

  it("is missing also below a folder whose name is like a glob", async () => {
    const policy = "rules: [{ files: [b.yaml] }]\n";
    assert.deepEqual(await linesOf({ "apps/(a)/.sealconf.yaml": policy }), [
      "apps/(a)/.sealconf.yaml:1:19 rules[0].files[0] warning: no file has this name",
    ]);
  });
});

describe("a file outside of a policy's folder", () => {
  const elsewhere = "app/.sealconf.yaml";

  it("is checked where the load list names it, by the policy's own secrets", async () => {
    const entries = {
      [elsewhere]: `secrets: [password]\nload: [../shared/default.yaml, "../shared/{env}.json"]\n`,
      "shared/default.yaml": "password: x\n",
      "shared/eu.json": '{ "password": 1 }\n',
      "shared/eu.yaml": "password: x\n",
    };
    assert.deepEqual(await linesOf(entries), [
      `shared/default.yaml:1:11 password ${PLAINTEXT}`,
      `shared/eu.json:1:15 password ${PLAINTEXT}`,
    ]);
  });

  it("is checked by the rule of what the load list says it is", async () => {
    const policy = `app: billing-api
load: [{ path: ../shared/default.yaml, as: config/default.yaml }]
rules: [{ files: ["config/*"], env: production, keys: [${LOCAL_KEY}], secrets: [pin] }]
`;
    const token = await sealOne("token", "x");
    assert.deepEqual(
      await linesOf({
        [elsewhere]: policy,
        "shared/default.yaml": `token: ${token}\nother: ${token}\npin: 1\n`,
      }),
      [
        "shared/default.yaml:2:8 other the value was sealed for another place than app billing-api, env production, path /other",
        `shared/default.yaml:3:6 pin ${PLAINTEXT}`,
      ],
    );
  });

  it("is judged by each policy that covers it, and what two say is told once", async () => {
    const lines = await linesOf({
      ".sealconf.yaml": 'secrets: [b, a]\nrules: [{ files: ["shared/*"] }]\n',
      [elsewhere]: "secrets: [c, b]\nload: [../shared/default.yaml]\n",
      "shared/default.yaml": "c: 1\nb: 1\na: 1\n",
    });
    assert.deepEqual(lines, [
      `shared/default.yaml:1:4 c ${PLAINTEXT}`,
      `shared/default.yaml:2:4 b ${PLAINTEXT}`,
      `shared/default.yaml:3:4 a ${PLAINTEXT}`,
    ]);
  });

  it("is told where it is missing, where a link stands above it, and where it is no part of the tree", async () => {
    const policy = `load:
  - ../shared/default.yaml
  - ../../other/default.yaml
  - { path: /etc/app.yaml, as: config/app.yaml, optional: true }
`;
    assert.deepEqual(await linesOf({ [elsewhere]: policy, shared: SYMLINK }), [
      "app/.sealconf.yaml:2:5 load[0] warning: no file has this name",
      "app/.sealconf.yaml:3:5 load[1] warning: what this names lies elsewhere, and is not checked",
      "app/.sealconf.yaml:4:5 load[2] warning: what this names lies elsewhere, and is not checked",
      "shared what stands here, where the policy expects a folder, is a symbolic link, which cannot be checked",
    ]);
  });
});

describe("a file that is loaded for every env, each time as another one", () => {
  const policy = `app: billing-api
keys: [${LOCAL_KEY}]
load: [{ path: app.yaml, as: "config/{env}.yaml" }]
rules:
  - { files: ["config/production.*"], env: production, secrets: [pin] }
  - { files: ["deploy/**", "config/*.json"], secrets: [never] }
  - { files: ["./config/staging.*"], env: staging, secrets: [password] }
  - { files: ["config/**"], secrets: [key] }
  - { files: ["**"], secrets: [unreached] }
`;

  it("may not hold what one of the rules that it can come under calls a secret", async () => {
    const text = "never: 1\nunreached: 1\nkey: 1\npassword: 1\npin: 1\n";
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, "app.yaml": text }), [
      `app.yaml:3:6 key ${PLAINTEXT}`,
      `app.yaml:4:11 password ${PLAINTEXT}`,
      `app.yaml:5:6 pin ${PLAINTEXT}`,
    ]);
  });

  it("may hold sealed values that one of them admits", async () => {
    for (const context of [
      { app: "billing-api", env: "staging" },
      { app: "billing-api", env: "production" },
      { app: "billing-api" },
    ]) {
      const text = `a: ${await sealOne("a", "x", { context })}\n`;
      assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, "app.yaml": text }), []);
    }
    const strange = await sealOne("a", "x", { context: { app: "billing-api", env: "test" } });
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, "app.yaml": `a: ${strange}\n` }), [
      "app.yaml:1:4 a the value was sealed for another place than app billing-api, env production, path /a",
    ]);
  });
});

describe("what may be taken for a policy", () => {
  it("is a warning", async () => {
    const entries = { ".sealconf.yaml": POLICY, "a/.sealconf.yml": POLICY, "b/.sealconf.json": "{}" };
    assert.deepEqual(await linesOf(entries), [
      "a/.sealconf.yml warning: a policy of this name is not read",
      "b/.sealconf.json warning: a policy of this name is not read",
    ]);
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
