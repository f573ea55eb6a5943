import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { longEnvName, readConfigFileName } from "../../src/init/config-file-names.ts";

const ENVS: readonly (readonly [path: string, env: string | undefined])[] = [
  ["config/default.yaml", undefined],
  ["config/production.yaml", "production"],
  ["config/prod.yml", "prod"],
  ["config/Production.json", "Production"],
  ["config/app.staging.yaml", "staging"],
  ["config/app-dev.yaml", "dev"],
  ["config/production-db.yaml", undefined],
  ["config/local.yaml", "local"],
  ["config/local-production.yaml", "production"],
  ["config/test/db.yaml", "test"],
  ["config/prod/eu/db.yaml", "prod"],
  ["config/prod/test.yaml", "test"],
  ["deploy/production/values.yaml", "production"],
  ["production.yaml", "production"],
  ["src/settings.json", undefined],
  ["src/api/application-qa.yaml", "qa"],
  ["conf/anything.json", undefined],
  [".env", undefined],
  [".env.production", "production"],
  [".env.production.local", "production"],
  [".env.local", "local"],
  ["apps/api/.env.test", "test"],
  ["staging.env", "staging"],
  ["secrets.yaml", undefined],
];

const NO_CONFIG: readonly string[] = [
  "README.md",
  "src/index.ts",
  "config/index.js",
  "data/countries.json",
  "src/production.ts",
  "package.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "config/custom-environment-variables.yaml",
  "config/default.example.yaml",
  "config/sample.json",
  "tsconfig.test.json",
  "config/tsconfig.json",
  "config/jest.config.json",
  "compose.yaml",
  "compose.production.yaml",
  "docker-compose.yml",
  "docker-compose.production.yml",
  "deploy/Chart.yaml",
  "deploy/kustomization.yaml",
  ".env.example",
  ".env.sample",
  ".env.production.template",
  ".env.dist",
  "env",
];

describe("readConfigFileName", () => {
  for (const [path, env] of ENVS) {
    it(`takes ${path} for config of ${env ?? "every env"}`, () => {
      assert.deepEqual([readConfigFileName(path)?.path, readConfigFileName(path)?.env], [path, env]);
    });
  }

  for (const path of NO_CONFIG) {
    it(`does not take ${path} for an application's config`, () => {
      assert.equal(readConfigFileName(path), undefined);
    });
  }

  it("names the outermost folder of config", () => {
    assert.equal(readConfigFileName("api/config/deploy/a.yaml")?.configFolder, "api/config");
    assert.equal(readConfigFileName("config/a.yaml")?.configFolder, "config");
    assert.equal(readConfigFileName("api/production.yaml")?.configFolder, undefined);
  });
});

describe("longEnvName", () => {
  it("gives the long form of an env's short name, and any other as it is", () => {
    assert.deepEqual(["prod", "Prod", "dev", "stage", "production", "qa", "other"].map(longEnvName), [
      "production",
      "production",
      "development",
      "staging",
      "production",
      "qa",
      "other",
    ]);
  });
});
