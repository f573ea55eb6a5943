import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { coverageOf } from "../../src/check/covered.ts";
import { parsePolicyText } from "../../src/config/parse-policy-text.ts";
import { Problems } from "../../src/config/problems.ts";
import { DEFAULT_LIMITS } from "../../src/format/index.ts";
import type { Policy } from "../../src/policy/index.ts";

async function policyOf(text: string): Promise<Policy> {
  const problems = new Problems();
  const policy = await parsePolicyText(text, { file: ".sealconf.yaml", limits: DEFAULT_LIMITS }, problems);
  problems.throwIfAny();
  return policy;
}

describe("a policy covers", () => {
  const text = `
load:
  - ./base.yaml
  - "env/{env}/{env}.yaml"
  - { path: "mounted/{env}.conf", as: "config/{env}.yaml", format: yaml }
  - ../outside.yaml
  - /etc/app.yaml
rules:
  - files: [config/production.*]
    env: production
  - files: ["config/**", "$env", "**/.*"]
`;

  for (const [path, expected] of [
    ["config/production.yaml", { env: "production", listed: false }],
    ["config/a/b.yaml", { env: undefined, listed: false }],
    ["base.yaml", { env: "no rule", listed: true }],
    ["env/eu/eu.yaml", { env: "no rule", listed: true }],
    ["mounted/production.conf", { env: "production", listed: true }],
    ["mounted/staging.conf", { env: undefined, listed: true }],
    [".env", { env: undefined, listed: false }],
    ["env/eu/us.yaml", undefined],
    ["env/eu/x/eu/x.yaml", undefined],
    ["other.yaml", undefined],
    ["outside.yaml", undefined],
    ["etc/app.yaml", undefined],
    ["$env", undefined],
    [".sealconf.yaml", undefined],
    ["config/.sealconf.yaml", undefined],
    ["config/.production.yaml.0123456789abcdef.sealconf-tmp", { env: "production", listed: false }],
    [".base.yaml.sealconf-tmp", { env: "no rule", listed: true }],
    ["..sealconf.yaml.0123456789abcdef.sealconf-tmp", undefined],
  ] as const) {
    it(`${path}: ${expected === undefined ? "no" : "yes"}`, async () => {
      const coverage = coverageOf(await policyOf(text), path);
      const seen = coverage && {
        env: coverage.rule === undefined ? "no rule" : coverage.rule.env,
        listed: coverage.entry !== undefined,
      };
      assert.deepEqual(seen, expected);
    });
  }

  for (const [path, expected] of [
    ["shared/base.yaml", { env: undefined, covered: true }],
    ["shared/eu.conf", { env: "eu", covered: true }],
    ["app/config/eu.yaml", { env: "eu", covered: true }],
    ["app/back.yaml", { env: undefined, covered: true }],
    ["config/eu.yaml", { env: undefined, covered: false }],
    ["shared/config/eu.yaml", { env: undefined, covered: false }],
    ["base.yaml", { env: undefined, covered: false }],
    ["etc/app.yaml", { env: undefined, covered: false }],
  ] as const) {
    it(`below its folder and where its load list leads out of it, ${path}: ${expected.covered}`, async () => {
      const policy = await policyOf(`
load: [../shared/base.yaml, { path: "../shared/{env}.conf", as: "config/{env}.yaml", format: yaml }, ../app/back.yaml, /etc/app.yaml]
rules: [{ files: ["config/eu.*"], env: eu }]
`);
      const coverage = coverageOf(policy, path, "app/");
      assert.deepEqual({ env: coverage?.rule?.env, covered: coverage !== undefined }, expected);
    });
  }

  it("names whichever way their letters are composed", async () => {
    const policy = await policyOf("load: [caf\u00e9.yaml]\n");
    assert.notEqual(coverageOf(policy, "cafe\u0301.yaml"), undefined);
  });

  it("what the load list says to be something else by the rule of that, and by its own where there is none", async () => {
    const policy = await policyOf(`
load: [{ path: a.yaml, as: config/x.yaml }, { path: b.yaml, as: nowhere.yaml }]
rules: [{ files: [config/*], env: config }, { files: ["*"], env: top }]
`);
    assert.equal(coverageOf(policy, "a.yaml")?.rule?.env, "config");
    assert.equal(coverageOf(policy, "b.yaml")?.rule?.env, "top");
  });
});
