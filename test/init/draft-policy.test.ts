import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, it } from "node:test";

import { parsePolicyText } from "../../src/config/parse-policy-text.ts";
import { Problems } from "../../src/config/problems.ts";
import { draftPolicy } from "../../src/init/draft-policy.ts";
import { DEFAULT_LIMITS } from "../../src/format/index.ts";
import type { Policy } from "../../src/policy/index.ts";
import { makeFolder, sealOne } from "../support/load-fixture.ts";

const KEYS = ["local/dev"];

describe("draftPolicy", () => {
  it("drafts a policy from what lies in the folder, and counts what stands in the clear", async (t) => {
    const token = await sealOne("token", "x");
    const root = makeFolder(t, {
      "package.json": '{ "name": "@acme/billing-api" }',
      "config/default.yaml": "db: { host: localhost, password: canary }\n",
      "config/production.yaml": `db: { password: canary, url: 'postgres://a:canary@b' }\ntoken: ${token}\n`,
      ".env": "API_KEY=canary\nPORT=1\n",
      "README.md": "",
    });
    const { text, ...draft } = await draftPolicy(root, { keys: KEYS });
    assert.deepEqual(draft, {
      app: "billing-api",
      files: [
        { path: ".env", secrets: 1 },
        { path: "config/default.yaml", secrets: 1 },
        { path: "config/production.yaml", secrets: 2 },
      ],
      counts: new Map([
        ["**.*_KEY", 1],
        ["**.password", 2],
        ["db.url", 1],
      ]),
      unreadable: [],
      others: [],
      complete: true,
    });
    assert.doesNotMatch(text, /canary/);
    const policy = await parse(text);
    assert.deepEqual(
      policy.load.map(({ path }) => path),
      ["config/default.yaml", "config/{env}.yaml"],
    );
    assert.ok(policy.secrets.match(["db", "url"]));
  });

  it("leaves out what is no map, what cannot be read, and the manifests of other programs", async (t) => {
    const root = makeFolder(t, {
      "deploy/list.yaml": "- a\n",
      "deploy/broken.yaml": "a: [",
      "deploy/several.yaml": "a: 1\n---\nb: 2\n",
      "deploy/comments.json": "{} // JSONC",
      "deploy/latin.yaml": Buffer.from("a: \xff", "latin1"),
      "deploy/service.yaml": "apiVersion: v1\nkind: Service\n",
      "config/api.json": '{ "openapi": "3.1.0" }',
      "deploy/values.yaml": "a: 1\n",
      "config/empty.yaml": "# nothing yet\n",
    });
    const { files, unreadable } = await draftPolicy(root, { keys: KEYS });
    assert.deepEqual(
      files.map(({ path }) => path),
      ["config/empty.yaml", "deploy/values.yaml"],
    );
    assert.deepEqual(
      unreadable.map(({ code, source }) => [code, source?.file]),
      ["broken.yaml", "comments.json", "latin.yaml", "list.yaml", "several.yaml"].map((name) => {
        return ["ERR_FORMAT_SYNTAX", `deploy/${name}`];
      }),
    );
  });

  for (const [title, files, app] of [
    ["the one that is given", { "package.json": '{ "name": "b" }' }, "given"],
    ["the package's", { "package.json": '{ "name": "b" }' }, "b"],
    ["the folder's where the package has none", { "package.json": "{}" }, undefined],
    ["the folder's where the package's is no name", { "package.json": '{ "name": ["b"] }' }, undefined],
    ["the folder's where package.json is no JSON", { "package.json": "{" }, undefined],
    ["the folder's where there is no package", {}, undefined],
  ] as const) {
    it(`takes the app's name: ${title}`, async (t) => {
      const root = makeFolder(t, files);
      const given = app === "given" ? app : undefined;
      assert.equal((await draftPolicy(root, { app: given, keys: KEYS })).app, app ?? basename(root));
    });
  }

  it("drafts a policy without rules where there is no config", async (t) => {
    const { text, files } = await draftPolicy(makeFolder(t, { "a.md": "" }), { keys: KEYS });
    assert.deepEqual([files, (await parse(text)).rules], [[], []]);
  });
});

async function parse(text: string): Promise<Policy> {
  const problems = new Problems();
  const policy = await parsePolicyText(text, { file: ".sealconf.yaml", limits: DEFAULT_LIMITS }, problems);
  assert.deepEqual(problems.inOrder(), []);
  return policy;
}
