import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";

import { loadConfig, type LoadOptions } from "../../src/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  NO_POLICY,
  placesOf,
  POLICY_TEXT,
  problemsOf,
  sealAll,
  sealOne,
} from "../support/load-fixture.ts";

describe("files", () => {
  it("may be relative paths, absolute paths, file: URLs and files with details, and later ones win", async (t) => {
    const root = makeFolder(t, {
      "config/a.yaml": "from: a\na: 1",
      "b.json": '{ "from": "b", "b": 2 }',
      "c.yml": "from: c\nc: 3",
      ".env": "from=d\nd=4",
      "settings.txt": '{ "from": "e", "e": 5 }',
    });
    const files = [
      "./config/a.yaml",
      join(root, "b.json"),
      pathToFileURL(join(root, "c.yml")),
      { path: ".env" },
      { path: pathToFileURL(join(root, "settings.txt")), format: "json" },
    ];
    const config = await loadConfig({ files, root, environment: {} });
    assert.deepEqual({ ...config }, { from: "e", a: 1, b: 2, c: 3, d: "4", e: 5 });
  });

  it("may be texts, whose format is told by what they stand for or by format", async () => {
    const files = [
      { as: "config/a.yaml", text: "a: 1" },
      { as: "b.json", text: '{ "b": 2 }' },
      { as: "deploy/.env.production", text: "c=3" },
      { as: "etcd:/billing", format: "yaml", text: "d: 4" },
    ];
    const config = await loadConfig({ files, root: NO_POLICY });
    assert.deepEqual({ ...config }, { a: 1, b: 2, c: "3", d: 4 });
  });

  it("take their format from format before the name, and from as before the path", async (t) => {
    const root = makeFolder(t, { "a.yaml": '{"a": 1}', "..data": "b: 2" });
    const files = [
      { path: "a.yaml", format: "json" },
      { path: "..data", as: "config/production.yaml" },
    ];
    assert.deepEqual({ ...(await loadConfig({ files, root })) }, { a: 1, b: 2 });
  });

  it("may be empty, or hold comments alone", async () => {
    const texts = { "a.yaml": "", "b.yaml": "# nothing yet\n", "c.env": "\n# nothing\n", "d.json": "{}" };
    assert.deepEqual({ ...(await loadTexts(texts)) }, {});
  });

  it("are merged in the order given, however long each takes to be read", async (t) => {
    const names = Array.from({ length: 25 }, (_, index) => `f${index}.yaml`);
    // The first is by far the largest.
    const text = (index: number): string => `last: ${index}\npad: ${"x".repeat(index === 0 ? 1_000_000 : 1)}`;
    const root = makeFolder(t, Object.fromEntries(names.map((name, index) => [name, text(index)])));
    const config = await loadConfig({ files: names, root });
    assert.equal(config["last"], 24);
    assert.equal(config["pad"], "x");
  });

  it("that are missing are an error that says where they were looked for", async (t) => {
    const root = makeFolder(t);
    const [problem] = await problemsOf(loadConfig({ files: ["config/a.yaml"], root }));
    assert.equal(problem?.code, "ERR_FILE_UNREADABLE");
    assert.equal(problem.message, "config/a.yaml: the file is not there");
    assert.match(
      problem.hint ?? "",
      new RegExp(`looked for at ${join(root, "config/a.yaml")};.*optional: true`),
    );
  });

  it("that are missing and optional are passed over", async (t) => {
    const root = makeFolder(t, { "a.yaml": "a: 1" });
    const files = ["a.yaml", { path: "b.yaml", optional: true }, { path: "a.yaml/c.yaml", optional: true }];
    assert.deepEqual({ ...(await loadConfig({ files, root })) }, { a: 1 });
  });

  it("that are optional and wrong are an error all the same", async (t) => {
    const root = makeFolder(t, { "a.yaml": "a: [" });
    const load = loadConfig({ files: [{ path: "a.yaml", optional: true }], root });
    assert.deepEqual(await placesOf(load), ["ERR_FORMAT_SYNTAX a.yaml:1:5"]);
  });

  it("that are folders, pipes or links in a circle are an error, and none is waited for", async (t) => {
    const root = makeFolder(t, { "folder.yaml/a.yaml": "a: 1" });
    execFileSync("mkfifo", [join(root, "pipe.yaml")]);
    symlinkSync("circle.yaml", join(root, "circle.yaml"));
    const problems = await problemsOf(
      loadConfig({ files: ["folder.yaml", "pipe.yaml", "circle.yaml"], root }),
    );
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message}`),
      [
        "ERR_FILE_UNREADABLE folder.yaml: this is not a regular file",
        "ERR_FILE_UNREADABLE pipe.yaml: this is not a regular file",
        "ERR_FILE_UNREADABLE circle.yaml: the file cannot be read (ELOOP)",
      ],
    );
  });

  it("of an unknown format are an error", async () => {
    const [problem] = await problemsOf(loadTexts({ "app.toml": "a = 1" }));
    assert.equal(problem?.code, "ERR_FORMAT_UNKNOWN");
    assert.equal(problem.source?.file, "app.toml");
  });

  it("that hold a list or a lone value instead of a map are an error with its place", async () => {
    const load = loadTexts({
      "a.yaml": "# top\n- 1\n- 2",
      "b.json": '"text"',
      "c.json": "[]",
      "d.yaml": "42",
    });
    assert.deepEqual(await placesOf(load), [
      "ERR_FORMAT_SYNTAX a.yaml:2:1",
      "ERR_FORMAT_SYNTAX b.json:1:1",
      "ERR_FORMAT_SYNTAX c.json:1:1",
      "ERR_FORMAT_SYNTAX d.yaml:1:1",
    ]);
  });

  const BAD_FILES: readonly (readonly [title: string, file: unknown, message: RegExp])[] = [
    ["an unknown option", { path: "a.yaml", optinal: true }, /a file has no option "optinal"/],
    ["a URL of the web", new URL("https://example.com/a.yaml"), /a URL must be a file: URL/],
    ["a text that stands for nothing", { text: "a: 1" }, /text needs as/],
    ["a text that is none", { as: "a.yaml", text: 1 }, /text needs as/],
    ["an empty path", "", /a file needs a path/],
    ["no path", { as: "a.yaml" }, /a file needs a path/],
    ["an empty as", { path: "a.yaml", as: "" }, /as is not a path/],
    [
      "a format that is none",
      { as: "a.yaml", text: "a: 1", format: "toml" },
      /"toml" is not yaml, json or dotenv/,
    ],
  ];
  for (const [title, file, message] of BAD_FILES) {
    it(`with ${title} are refused`, async () => {
      const files = [file] as NonNullable<LoadOptions["files"]>;
      const [problem] = await problemsOf(loadConfig({ files, root: NO_POLICY }));
      assert.equal(problem?.code, "ERR_OPTION_INVALID");
      assert.match(problem.message, message);
    });
  }
});

describe("env", () => {
  const policy = `load: [base.yaml, "{env}.yaml", { path: "secret/{env}", as: "{env}.env", format: dotenv }, { path: .env, optional: true }]`;

  it("reads the policy's load list in order, with {env} replaced", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": policy,
      "base.yaml": "from: base\na: 1",
      "staging.yaml": "from: staging\nb: 2",
      "secret/staging": "c=3",
    });
    const config = await loadConfig({ env: "staging", root });
    assert.deepEqual({ ...config }, { from: "staging", a: 1, b: 2, c: "3" });
  });

  it("names each file of the list that is missing and not optional", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": policy, "base.yaml": "a: 1" });
    assert.deepEqual(await placesOf(loadConfig({ env: "staging", root })), [
      "ERR_FILE_UNREADABLE staging.yaml",
      "ERR_FILE_UNREADABLE secret/staging",
    ]);
  });

  it("needs a policy, and says where none was found", async (t) => {
    const root = makeFolder(t);
    const [problem] = await problemsOf(loadConfig({ env: "production", root }));
    assert.equal(problem?.code, "ERR_NO_RULE");
    assert.match(problem.message, new RegExp(`there is no .sealconf.yaml in ${root}`));
    assert.match(problem.hint ?? "", /copy the policy into the image/);
  });

  it("needs a load list in the policy", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": "app: billing-api" });
    const [problem] = await problemsOf(loadConfig({ env: "production", root }));
    assert.equal(problem?.code, "ERR_NO_RULE");
    assert.match(problem.message, /^\.sealconf\.yaml: the policy has no load list/);
  });
});

describe("what a file's values are opened with", () => {
  const options = { keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT, root: NO_POLICY };

  it("is the rule's app, env and keys; the caller's are not used beside them", async () => {
    const context = { app: "rule-app", env: "rule-env" };
    const token = await sealOne("a", "opened", { context });
    const policy = {
      text: `app: rule-app\nrules: [{ files: [a.yaml], env: rule-env, keys: [${LOCAL_KEY}] }]`,
    };
    const files = [{ as: "a.yaml", text: `a: ${token}` }];
    const caller = { keys: ["local/other"], context: { app: "caller-app", env: "caller-env" } };
    const config = await loadConfig({ ...options, ...caller, files, policy });
    assert.equal(config["a"], "opened");
  });

  it("is nothing where a rule names no env, even if the caller does", async () => {
    const token = await sealOne("a", "opened");
    const policy = { text: `app: ${CONTEXT.app}\nrules: [{ files: [a.yaml], keys: [${LOCAL_KEY}] }]` };
    const load = loadConfig({ ...options, files: [{ as: "a.yaml", text: `a: ${token}` }], policy });
    const [problem] = await problemsOf(load);
    assert.equal(problem?.code, "ERR_PLACE_MISMATCH");
    assert.match(problem.message, /app billing-api, env \(none\), path \/a/);
  });

  it("never includes a key that the caller names and the rule does not", async () => {
    const token = await sealOne("a", "opened");
    const policy = {
      text: `app: ${CONTEXT.app}\nrules: [{ files: [a.yaml], env: ${CONTEXT.env}, keys: [local/other] }]`,
    };
    const load = loadConfig({ ...options, files: [{ as: "a.yaml", text: `a: ${token}` }], policy });
    assert.deepEqual(await placesOf(load), ["ERR_KEY_NOT_ALLOWED a.yaml:1:4 (a)"]);
  });

  it("is the caller's where no rule covers the file", async () => {
    const { a } = await sealAll({ a: "opened" });
    const policy = { text: "rules: [{ files: [other.yaml], env: staging, keys: [local/other] }]" };
    const config = await loadConfig({ ...options, files: [{ as: "a.yaml", text: `a: ${a}` }], policy });
    assert.equal(config["a"], "opened");
  });

  it("includes keys that the rule accepts and no longer seals to", async () => {
    const token = await sealOne("a", "opened");
    const policy = {
      text: `app: billing-api\nrules: [{ files: ["*"], env: production, keys: [local/new], accept: [${LOCAL_KEY}] }]`,
    };
    const config = await loadConfig({ ...options, files: [{ as: "a.yaml", text: `a: ${token}` }], policy });
    assert.equal(config["a"], "opened");
  });

  it("follows what a file is said to be, where it lies elsewhere", async (t) => {
    const token = await sealOne("a", "opened");
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT.replace('"**", "$env"', "config/production.yaml"),
    });
    const mount = makeFolder(t, { "production.yaml": `a: ${token}` });
    const path = join(mount, "production.yaml");
    const load = { root, environment: ENVIRONMENT };
    const config = await loadConfig({ ...load, files: [{ path, as: "config/production.yaml" }] });
    assert.equal(config["a"], "opened");
    assert.deepEqual(await placesOf(loadConfig({ ...load, files: [path] })), [`ERR_NO_RULE ${path}`]);
  });

  it("must be told: without a policy and keys, one error a file says where it looked and what to do", async () => {
    const { a, b } = await sealAll({ a: "1", b: "2" });
    const files = [{ as: "app.yaml", text: `a: ${a}\nb: ${b}` }];
    const [problem, ...others] = await problemsOf(
      loadConfig({ files, root: NO_POLICY, environment: ENVIRONMENT }),
    );
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_NO_RULE");
    const where = NO_POLICY.replace(/\/$/, "");
    assert.ok(
      problem.message.startsWith(
        "app.yaml: the file holds sealed values, and there is no .sealconf.yaml in ",
      ),
    );
    assert.ok(problem.message.includes(where), problem.message);
    assert.match(problem.hint ?? "", /^copy .sealconf.yaml into the image beside the config, or pass keys/);
  });

  it("must be told: a policy without a rule for the file is one error that says so", async () => {
    const { a, b } = await sealAll({ a: "1", b: "2" });
    const files = [{ as: "app.yaml", text: `a: ${a}\nb: ${b}` }];
    const [problem, ...others] = await problemsOf(
      loadConfig({ files, root: NO_POLICY, environment: ENVIRONMENT, policy: { text: "app: billing-api" } }),
    );
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_NO_RULE");
    assert.equal(
      problem.message,
      "app.yaml: the file holds sealed values, and no rule of .sealconf.yaml names keys for it",
    );
    assert.equal(problem.hint, 'add a rule: files: ["app.yaml"], or say what the file is: { path, as }');
  });

  it("need not be told where nothing is sealed", async () => {
    const files = [{ as: "app.yaml", text: "a: 1" }];
    assert.deepEqual({ ...(await loadConfig({ files, root: NO_POLICY })) }, { a: 1 });
  });
});
