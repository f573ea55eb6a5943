import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";

import { loadConfig, LoadError, type LoadOptions } from "../../src/index.ts";
import {
  ENVIRONMENT,
  makeFolder,
  placesOf,
  POLICY_TEXT,
  problemsOf,
  sealOne,
} from "../support/load-fixture.ts";

describe("the policy", () => {
  it("is .sealconf.yaml in root, which may be a path or a file: URL", async (t) => {
    const token = await sealOne("a", "opened");
    const root = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT, "app.yaml": `a: ${token}` });
    for (const each of [root, pathToFileURL(`${root}/`), pathToFileURL(root)]) {
      const config = await loadConfig({ files: ["app.yaml"], root: each, environment: ENVIRONMENT });
      assert.equal(config["a"], "opened");
    }
  });

  it("is looked for in the working directory where no root is given, and the files too", async (t) => {
    const token = await sealOne("a", "opened");
    const root = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT, "app.yaml": `a: ${token}` });
    const before = process.cwd();
    t.after(() => process.chdir(before));
    process.chdir(root);
    const config = await loadConfig({ files: ["app.yaml"], environment: ENVIRONMENT });
    assert.equal(config["a"], "opened");
  });

  it("covers a file whose name holds a line break as any other", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT.replace('["**", "$env"]', '["config/**"]').replace(
        "rules:",
        "secrets: [a]\nrules:",
      ),
      "config/two\nlines.yaml": "a: plain",
    });
    const load = loadConfig({ files: ["config/two\nlines.yaml"], root, environment: ENVIRONMENT });
    assert.deepEqual(await placesOf(load), ["ERR_PLAINTEXT_SECRET config/two\\u{a}lines.yaml:1:4 (a)"]);
    const sealed = await sealOne("b", "opened");
    const files = [{ as: "config/two\nlines.yaml", text: `b: ${sealed}` }];
    assert.equal((await loadConfig({ files, root, environment: ENVIRONMENT }))["b"], "opened");
  });

  it("is not looked for above root", async (t) => {
    const token = await sealOne("a", "opened");
    const outer = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT, "api/app.yaml": `a: ${token}` });
    const load = loadConfig({ files: ["app.yaml"], root: join(outer, "api"), environment: ENVIRONMENT });
    assert.deepEqual(await placesOf(load), ["ERR_NO_RULE app.yaml"]);
  });

  it("may be another file, named by path or URL, or a text; its globs stay relative to root", async (t) => {
    const token = await sealOne("a", "opened");
    const text = POLICY_TEXT.replace('"**"', '"config/*.yaml"');
    const root = makeFolder(t, { "ops/policy.yaml": text, "config/app.yaml": `a: ${token}` });
    const policies: LoadOptions["policy"][] = [
      "ops/policy.yaml",
      join(root, "ops/policy.yaml"),
      pathToFileURL(join(root, "ops/policy.yaml")),
      { text },
    ];
    for (const policy of policies) {
      const config = await loadConfig({ files: ["config/app.yaml"], root, policy, environment: ENVIRONMENT });
      assert.equal(config["a"], "opened");
    }
  });

  it("that is named and not there is an error", async (t) => {
    const root = makeFolder(t, { "app.yaml": "a: 1" });
    const load = loadConfig({ files: ["app.yaml"], root, policy: "policy.yaml" });
    assert.deepEqual(await placesOf(load), ["ERR_FILE_UNREADABLE policy.yaml"]);
  });

  it("that cannot be parsed is an error with its place, and the files are not judged by it", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": "app: billing-api\nrules: [", "app.yaml": "a: [" });
    const load = loadConfig({ files: ["app.yaml"], root });
    assert.deepEqual(await placesOf(load), ["ERR_FORMAT_SYNTAX .sealconf.yaml:2:9"]);
  });

  it("that is wrong in several places tells all of them, with line, column and path", async () => {
    const cloud = "tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41";
    const text = [
      "app: billing api",
      "colour: red",
      "keys: [dev]",
      "rules:",
      "  - files: [a.yaml]",
      "    mode: direct",
      "    keys: [local/a, local/b]",
      "  - files: [b.yaml]",
      `    keys: [local/a, ${cloud}]`,
      "  - env: production",
      '  - files: ["../c.yaml"]',
      "    raw: [a..b]",
    ].join("\n");
    const problems = await problemsOf(
      loadConfig({ files: [{ as: "a.yaml", text: "a: 1" }], policy: { text } }),
    );
    const places = problems.map(
      ({ code, source }) => `${code} ${source?.line}:${source?.column} ${source?.path}`,
    );
    assert.deepEqual(places, [
      "ERR_POLICY_INVALID 1:1 app",
      "ERR_POLICY_INVALID 2:1 colour",
      "ERR_POLICY_INVALID 3:8 keys[0]",
      "ERR_POLICY_INVALID 6:5 rules[0].mode",
      "ERR_POLICY_INVALID 9:5 rules[1].keys",
      "ERR_POLICY_INVALID 10:5 rules[2]",
      "ERR_POLICY_INVALID 11:5 rules[3]",
      "ERR_POLICY_INVALID 11:13 rules[3].files[0]",
      "ERR_POLICY_INVALID 12:11 rules[3].raw[0]",
    ]);
    const messages = problems.map(({ message }) => message).join("\n");
    assert.match(messages, /unknown field "colour"/);
    assert.match(messages, /mode: direct goes with one key/);
    assert.match(messages, /a local key stands beside a cloud key/);
  });

  it("gives the first rule that matches a file, and its own defaults where the rule says nothing", async () => {
    const inFirst = await sealOne("a", "1", { context: { app: "first-app", env: "first" } });
    const inSecond = await sealOne("a", "2", { context: { app: "top-app", env: "second" } });
    const text = [
      "app: top-app",
      "keys: [local/dev]",
      "rules:",
      '  - { files: ["config/a.*"], app: first-app, env: first }',
      '  - { files: ["config/**"], env: second }',
    ].join("\n");
    for (const [as, token, value] of [
      ["config/a.yaml", inFirst, "1"],
      ["config/deep/er/a.yaml", inSecond, "2"],
    ] as const) {
      const files = [{ as, text: `a: ${token}` }];
      const config = await loadConfig({ files, policy: { text }, environment: ENVIRONMENT });
      assert.equal(config["a"], value);
    }
  });
});

describe("a policy that is nearer to a file than root's", () => {
  it("is an error that names both", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "services/api/.sealconf.yaml": POLICY_TEXT,
      "services/api/config/deep/app.yaml": "a: 1",
      "services/web/app.yaml": "b: 2",
    });
    const files = ["services/api/config/deep/app.yaml", "services/web/app.yaml"];
    const [problem, ...others] = await problemsOf(loadConfig({ files, root }));
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_POLICY_INVALID");
    assert.equal(
      problem.message,
      "services/api/config/deep/app.yaml: the policy services/api/.sealconf.yaml is nearer to this file than the one in use (.sealconf.yaml)",
    );
  });

  it("is an error where root has none, and where the policy in use is a text or another file", async (t) => {
    const root = makeFolder(t, {
      "api/.sealconf.yaml": POLICY_TEXT,
      "api/app.yaml": "a: 1",
      "ops/policy.yaml": POLICY_TEXT,
    });
    for (const policy of [undefined, { text: POLICY_TEXT }, "ops/policy.yaml"]) {
      const load = loadConfig({ files: ["api/app.yaml"], root, policy });
      assert.deepEqual(await placesOf(load), ["ERR_POLICY_INVALID api/app.yaml"]);
    }
  });

  it("does not matter for a file that is said to be another, or that lies outside root", async (t) => {
    const elsewhere = makeFolder(t, { ".sealconf.yaml": "app: other", "app.yaml": "a: 1" });
    const root = makeFolder(t, { "api/.sealconf.yaml": "app: other", "api/app.yaml": "b: 2" });
    const files = [join(elsewhere, "app.yaml"), { path: "api/app.yaml", as: "app.yaml" }];
    assert.deepEqual({ ...(await loadConfig({ files, root })) }, { a: 1, b: 2 });
  });

  it("is none beside a file in root itself", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT, "app.yaml": "a: 1" });
    assert.deepEqual({ ...(await loadConfig({ files: ["app.yaml"], root })) }, { a: 1 });
  });
});

describe("the files of a rule", () => {
  const covered = async (glob: string, file: string): Promise<boolean> => {
    const policy = { text: `rules: [{ files: [${JSON.stringify(glob)}], secrets: [x], keys: [local/dev] }]` };
    try {
      await loadConfig({ files: [{ as: file, text: "x: 1" }], policy });
      return false;
    } catch (error) {
      assert.ok(
        error instanceof LoadError && error.errors[0]?.code === "ERR_PLAINTEXT_SECRET",
        String(error),
      );
      return true;
    }
  };

  it("are found by their names and by wildcards", async () => {
    const rows: [glob: string, file: string, covered: boolean][] = [
      ["a.yaml", "a.yaml", true],
      ["./a.yaml", "a.yaml", true],
      ["a b/c-d_1.yaml", "a b/c-d_1.yaml", true],
      ["a.yaml", "b/a.yaml", false],
      ["a.yaml", "aXyaml.yaml", false],
      ["config//a.yaml", "config/a.yaml", true],
      ["config/./a.yaml", "config/a.yaml", true],
      ["config//./*.yaml", "config/a.yaml", true],
      [".//config/**/./a.*", "config/b/a.yaml", true],
      ["应/a.yaml", "应/a.yaml", true],
      ["caf\u00e9.yaml", "cafe\u0301.yaml", true],
      ["cafe\u0301.*", "caf\u00e9.yaml", true],
      ["cafe\u0301.*", "cafe.yaml", false],
      ["a.*", "a.yaml", true],
      ["./a.*", "a.yaml", true],
      ["*.yaml", "b/a.yaml", false],
      ["**/*.yaml", "b/a.yaml", true],
      ["a.{yaml,json}", "a.yaml", true],
      ["[ab].yaml", "b.yaml", true],
      ["A.yaml", "a.yaml", false],
    ];
    for (const [glob, file, expected] of rows)
      assert.equal(await covered(glob, file), expected, `${glob} ${file}`);
  });
});
