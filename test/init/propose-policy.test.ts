import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { parsePolicyText } from "../../src/config/parse-policy-text.ts";
import { Problems } from "../../src/config/problems.ts";
import { longEnvName, readConfigFileName } from "../../src/init/config-file-names.ts";
import { formatPolicy } from "../../src/init/policy-text.ts";
import { proposeApp, proposeLoad, type ProposedLoad, proposeRules } from "../../src/init/propose-policy.ts";
import { DEFAULT_LIMITS } from "../../src/format/index.ts";
import { ruleFor } from "../../src/policy/index.ts";
import { isContextName } from "../../src/token/index.ts";

interface Row {
  readonly title: string;
  /** The files of the folder; those that look like config are read as such. */
  readonly files: readonly string[];
  /** `env: glob glob`, or globs alone. */
  readonly rules: readonly string[];
}

const ROWS: readonly Row[] = [
  { title: "no rule where there is no config", files: ["package.json", "src/index.ts"], rules: [] },
  {
    title: "a rule for each env and one for the rest, production first and local last",
    files: ["default", "development", "local", "production", "qa", "staging", "test"].map(
      (name) => `config/${name}.yaml`,
    ),
    rules: [
      "production: config/production.*",
      "qa: config/qa.*",
      "staging: config/staging.*",
      "development: config/development.*",
      "test: config/test.*",
      "local: config/local.*",
      "config/**",
    ],
  },
  {
    title: "the files of an env in one rule, wherever they lie",
    files: [".env.production", "config/prod.yaml", "deploy/production/a.yaml", "deploy/production/b.json"],
    rules: ["production: .env.production config/prod.* deploy/production/**", ".env* config/** deploy/**"],
  },
  {
    title: "an env called as the files call it, and a rule for files that their folder does not have yet",
    files: ["config/dev.yaml", "config/prod.yaml"],
    rules: ["prod: config/prod.*", "dev: config/dev.*", "config/**"],
  },
  {
    title: "no glob that means a file which is no config",
    files: ["config/production.js", "config/production.yaml", "config/default.yaml", "config/index.js"],
    rules: ["production: config/production.yaml", "config/**/*.yaml"],
  },
  {
    title: "single files where another of the same ending is no config",
    files: ["config/a.yaml", "config/b/c.yaml", "config/sample.yaml"],
    rules: ["config/a.yaml config/b/c.yaml"],
  },
  {
    title: "all dotenv files beside each other, unless one is an example",
    files: [".env", ".env.local", "api/.env", "api/.env.example"],
    rules: ["local: .env.local", ".env* api/.env"],
  },
  {
    title: "no glob for what stands outside a folder of config",
    files: ["src/settings.json", "src/data.json"],
    rules: ["src/settings.json"],
  },
  {
    title: "names that a glob would read otherwise, escaped",
    files: ["config/[a]/production.yaml", "config/(b)+{c}!.yaml", "config/x.md", "a*/.env", "a*/.envrc"],
    rules: ["production: config/\\[a\\]/production.*", "a\\*/.env config/**/*.yaml"],
  },
];

describe("proposeRules", () => {
  for (const { title, files, rules } of ROWS) {
    it(`proposes ${title}`, () => {
      const proposed = proposeRules(configOf(files), files.toSorted());
      assert.deepEqual(
        proposed.map(({ env, files: globs }) => `${env === undefined ? "" : `${env}: `}${globs.join(" ")}`),
        rules,
      );
    });
  }

  it("covers every file of config with a rule of its env, and no other file, in a policy that can be read", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(somePath(), { maxLength: 12 }), async (paths) => {
        const files = paths.toSorted();
        const config = configOf(files);
        const text = formatPolicy({
          app: "a",
          keys: ["local/dev"],
          load: proposeLoad(config),
          secrets: [],
          rules: proposeRules(config, files),
        });
        const problems = new Problems();
        const policy = await parsePolicyText(text, { file: "p", limits: DEFAULT_LIMITS }, problems);
        assert.deepEqual(problems.inOrder(), []);
        for (const path of files) {
          const name = readConfigFileName(path);
          const rule = ruleFor(policy, path);
          assert.equal(rule !== undefined, name !== undefined, path);
          assert.equal(long(rule?.env), long(name?.env), path);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const LOADS: readonly (readonly [files: readonly string[], load: readonly (string | ProposedLoad)[]])[] = [
  [["config/production.yaml"], []],
  [["config/default.yaml", "config/other.yaml"], []],
  [
    ["config/default.yaml", "config/production.yaml", "config/staging.yaml"],
    ["config/default.yaml", "config/{env}.yaml"],
  ],
  [
    ["config/default.json", "config/dev.json", "config/local.json", "deploy/prod.json"],
    ["config/default.json", "config/{env}.json", { path: "config/local.json", optional: true }],
  ],
  [
    ["defaults.yaml", "production.json", "staging.yaml"],
    ["defaults.yaml", { path: "{env}.json", optional: true }, { path: "{env}.yaml", optional: true }],
  ],
  [["config/default.yaml", "config/app.production.yaml", "config/test/a.yaml"], []],
];

describe("proposeLoad", () => {
  for (const [files, load] of LOADS) {
    it(`proposes ${JSON.stringify(load)} for ${files.join(", ")}`, () => {
      const expected = load.map((each) =>
        typeof each === "string" ? { path: each, optional: false } : each,
      );
      assert.deepEqual(proposeLoad(configOf(files)), expected);
    });
  }
});

describe("proposeApp", () => {
  for (const [names, app] of [
    [["billing-api"], "billing-api"],
    [["@acme/billing-api", "folder"], "billing-api"],
    [[undefined, "folder"], "folder"],
    [["", "My Folder (2)"], "My-Folder-2"],
    [["..", "@@", "x"], "x"],
    [["应用"], "app"],
    [["a".repeat(63) + "--b"], "a".repeat(63)],
    [[], "app"],
  ] as const) {
    it(`makes ${app.slice(0, 20)} of ${JSON.stringify(names).slice(0, 40)}`, () => {
      assert.equal(proposeApp(...names), app);
    });
  }

  it("makes a name that a policy takes of whatever it is given", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => isContextName(proposeApp(name))));
  });
});

function configOf(files: readonly string[]): NonNullable<ReturnType<typeof readConfigFileName>>[] {
  return files.toSorted().flatMap((path) => readConfigFileName(path) ?? []);
}

function long(env: string | undefined): string | undefined {
  return env === undefined ? undefined : longEnvName(env);
}

function somePath(): fc.Arbitrary<string> {
  const folder = fc.constantFrom(
    "config",
    "deploy",
    "prod",
    "test",
    "src",
    "a b",
    "[x]",
    "$(y)",
    "{z,w}",
    "!n",
    "应",
  );
  const stem = fc.constantFrom(
    "default",
    "production",
    "prod",
    "app.staging",
    "local",
    "a",
    "**",
    "a+(b)",
    "@k",
    "-",
  );
  const ending = fc.constantFrom(".yaml", ".yml", ".json", ".js", ".example.yaml", ".sealed");
  const dotenv = fc.constantFrom(".env", ".env.production", ".env.local", ".env.example", ".envrc");
  const name = fc.oneof(
    fc.tuple(stem, ending).map(([a, b]) => a + b),
    dotenv,
  );
  return fc
    .tuple(fc.array(folder, { maxLength: 3 }), name)
    .map(([folders, file]) => [...folders, file].join("/"));
}
