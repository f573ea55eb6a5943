import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { parsePolicyText } from "../../src/config/parse-policy-text.ts";
import { Problems } from "../../src/config/problems.ts";
import { formatPolicy } from "../../src/init/policy-text.ts";
import type { PolicyProposal } from "../../src/init/propose-policy.ts";
import { DEFAULT_LIMITS } from "../../src/format/index.ts";
import { loadListFor, type Policy } from "../../src/policy/index.ts";

const PROPOSAL: PolicyProposal = {
  app: "billing-api",
  keys: ["local/dev"],
  load: [
    { path: "config/default.yaml", optional: false },
    { path: ".env", optional: true },
  ],
  secrets: [["**.password", "!**.host"], ["a\\.b"]],
  rules: [
    { files: ["config/production.*", "deploy/**"], env: "production" },
    { files: [".env*"], env: undefined },
  ],
};

describe("formatPolicy", () => {
  it("writes what the parser reads", async () => {
    const policy = await parse(formatPolicy(PROPOSAL));
    assert.deepEqual(loadListFor(policy, "x"), [
      { path: "config/default.yaml", optional: false, as: undefined },
      { path: ".env", optional: true, as: undefined, format: undefined },
    ]);
    assert.deepEqual(policy.secrets.texts, ["**.password", "!**.host", "a\\.b"]);
    assert.deepEqual(
      policy.rules.map(({ files, env, app, keys, mode }) => ({ files, env, app, keys, mode })),
      PROPOSAL.rules.map(({ files, env }) => {
        return { files, env, app: "billing-api", keys: ["local/dev"], mode: "envelope" };
      }),
    );
  });

  it("begins with the line by which editors find the schema", () => {
    const [first] = formatPolicy(PROPOSAL).split("\n");
    assert.equal(first, "# yaml-language-server: $schema=node_modules/sealconf/schema/policy.schema.json");
  });

  it("writes fields that are left out as comments, which are right once they are none", async () => {
    const proposal = { ...PROPOSAL, load: [], secrets: [["a"]] };
    for (const rules of [PROPOSAL.rules, []]) {
      const text = formatPolicy({ ...proposal, rules });
      const open = text
        .replace(/^rules: \[\]\n/m, "")
        .replace(/^# (?=(?:load|accept|mode|maxDataKeys|rules): ?|rules:$| {2}- files| {4}env:)/gm, "")
        .replace(/^( {4})# (?=keys: )/gm, "$1");
      assert.doesNotMatch(open, /^ *# *[a-z]+: ?[[a-z0-9]/im);
      const policy = await parse(open);
      assert.deepEqual(
        policy.load.map(({ path }) => path),
        ["config/default.yaml", "config/{env}.yaml"],
      );
      assert.equal(policy.rules.length, 2);
    }
  });

  it("names every field of a policy", () => {
    const text = formatPolicy(PROPOSAL);
    const fields = "app load keys accept secrets mode maxDataKeys rules files env raw".split(" ");
    assert.deepEqual(
      fields.filter((field) => !new RegExp(`^[#\\s-]*${field}(?:: | {2}|:$)`, "m").test(text)),
      [],
    );
  });

  it("proposes a key of its own for production where the others are local", () => {
    assert.match(formatPolicy(PROPOSAL), /env: production\n {4}# keys: \[tencent\//);
    const keys = ["tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41"];
    assert.doesNotMatch(formatPolicy({ ...PROPOSAL, keys }), /# keys/);
  });

  it("writes any name so that it is read as what it is", async () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
      fc.constantFrom(
        "true",
        "null",
        "1",
        "1.5",
        "~",
        "-",
        "no",
        "0x1f",
        ".inf",
        "2026-01-01",
        "a: b",
        "a #b",
        "<<",
        "=",
      ),
    );
    // A load path holds neither: init proposes none of such files.
    const loadable = name.filter((text) => !/\\|\$\{env\}/.test(text));
    await fc.assert(
      fc.asyncProperty(loadable, async (text) => {
        const load = [text, text].map((path, index) => ({ path, optional: index > 0 }));
        const policy = await parse(formatPolicy({ ...PROPOSAL, load }));
        assert.deepEqual(
          policy.load.map(({ path }) => path),
          [text, text],
        );
      }),
    );
  });
});

async function parse(text: string): Promise<Policy> {
  const problems = new Problems();
  const policy = await parsePolicyText(text, { file: ".sealconf.yaml", limits: DEFAULT_LIMITS }, problems);
  assert.deepEqual(problems.inOrder(), []);
  return policy;
}
