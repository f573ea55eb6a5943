import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parsePolicyText } from "../../src/config/parse-policy-text.ts";
import { Problems } from "../../src/config/problems.ts";
import { DEFAULT_LIMITS } from "../../src/format/index.ts";

const CLOUD = "tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41";

/** Globs that the matcher refuses, or would take for one that matches nothing. */
const UNREADABLE = [
  "config/{a,b.yaml",
  "{config",
  "config/[a",
  "config/a]",
  "config/[z-a]x",
  "config/(a",
  "config/a)",
  "@(a|b",
  "[a/{b}",
  "\\[a]",
];

/** A policy's text, in which ‸ stands before each place that is wrong, and what is wrong there. */
const WRONG: readonly (readonly [text: string, ...what: string[]])[] = [
  ["‸ap: billing-api\n", 'unknown field "ap"'],
  ["app: billing-api\r\n\r\n‸secret: [a]\r\n", 'unknown field "secret"'],
  ["\u{feff}# a comment\n‸env: production\n", 'unknown field "env"'],
  ["rules:\n  - files: [a]\n    ‸file: [b]\n", 'unknown field "file"'],
  ["load: [a.yaml, { path: b.yaml, ‸optinal: true }]\n", 'unknown field "optinal"'],
  ["load:\n  - ‸{}\n", "a load entry needs a path"],
  ["rules:\n  - ‸env: production\n", "a rule needs files"],
  ["keys: [local/dev, ‸dev]\n", "expected a key reference: tencent/<region>/<key id>, or local/<name>"],
  [
    "secrets: &secrets\n  - '**.password'\n  - ‸a..b\n",
    "expected a path pattern such as db.password or **.token",
  ],
  [`app: a\n‸keys: [local/dev, ${CLOUD}]\n`, "a local key stands beside a cloud key"],
  [
    `‸keys: [${CLOUD}, local/dev]\nrules:\n  - files: [a]\n    accept: [local/old]\n`,
    "a local key stands beside a cloud key",
  ],
  [
    `accept: [${CLOUD}]\nrules:\n  - files: [a]\n    ‸keys: [local/a, aliyun/cn-hangzhou/k]\n`,
    "a local key stands beside a cloud key",
  ],
  ["mode: direct\nrules:\n  - files: [a]\n    ‸keys: [local/a, local/b]\n", "mode: direct goes with one key"],
  [
    "keys: [local/a, local/b]\nrules:\n  - files: [a]\n  - { files: [b], ‸mode: direct }\n",
    "mode: direct goes with one key",
  ],
  ["rules:\n  - files: [a]\n    ‸maxDataKeys: 0\n", "expected a whole number above 0"],
  [`load: [a.yaml, ‸"config/\${env}.yaml"]\n`, "the env takes the place of {env} alone, not of its $"],
  ["rules:\n  - files: [a, ‸'config/']\n", "the glob means a folder itself, not the files in it"],
  ...UNREADABLE.map((glob) => [`rules:\n  - files: [a, ‸'${glob}']\n`, "the glob cannot be read"] as const),
  [
    "‸secret: []\nrules:\n  - files: [a, ‸'{b', 'c*', ‸'[d']\n  - files: [‸'{b']\n    ‸file: x\n",
    'unknown field "secret"',
    "the glob cannot be read",
    "the glob cannot be read",
    "the glob cannot be read",
    'unknown field "file"',
  ],
  ["‸- app: a\n", "expected a map of app, keys, accept, secrets, mode, maxDataKeys, load, rules"],
];

describe("parsePolicyText", () => {
  it("takes the text of a file that moves from a local key to a cloud key", async () => {
    const problems = new Problems();
    const text = `keys: [local/dev]\nrules:\n  - files: [a]\n    keys: [${CLOUD}]\n    accept: [local/dev]\n`;
    const policy = await parsePolicyText(text, { file: "p.yaml", limits: DEFAULT_LIMITS }, problems);
    assert.deepEqual(problems.inOrder(), []);
    const [rule] = policy.rules;
    assert.deepEqual([rule?.keys, rule?.accept], [[CLOUD], ["local/dev"]]);
  });

  for (const glob of UNREADABLE) {
    it(`says what to close in ${glob}, and nothing of what the matcher says`, async () => {
      const problems = new Problems();
      const text = `rules: [{ files: [${JSON.stringify(glob)}] }]`;
      await parsePolicyText(text, { file: "p.yaml", limits: DEFAULT_LIMITS }, problems);
      const [problem, ...others] = problems.inOrder();
      assert.deepEqual(others, []);
      assert.equal(problem?.message, "p.yaml:1:19 (rules[0].files[0]): the glob cannot be read");
      assert.match(problem.hint ?? "", /^close what is open: \[ \], \{ \}, \( \)/);
      assert.equal(problem.cause, undefined);
    });
  }

  it("takes globs that are whole", async () => {
    const problems = new Problems();
    const globs = ["{a,b}.yaml", "{a}", "a}", "[ab]*", "[id].yaml", "\\[a\\]*", "@(a|b)", "**/.env*", "a(1)"];
    const text = `rules: [{ files: ${JSON.stringify(globs)} }]`;
    await parsePolicyText(text, { file: "p.yaml", limits: DEFAULT_LIMITS }, problems);
    assert.deepEqual(problems.inOrder(), []);
  });

  for (const [marked, ...what] of WRONG) {
    it(`tells ${what.join(", and ")} with its line and column in ${JSON.stringify(marked)}`, async () => {
      const problems = new Problems();
      await parsePolicyText(marked.replaceAll("‸", ""), { file: "p.yaml", limits: DEFAULT_LIMITS }, problems);
      const told = problems.inOrder().map(({ code, message, source }) => ({
        code,
        place: `${source?.line}:${source?.column}`,
        what: message.slice(message.indexOf(": ") + 2),
      }));
      const expected = placesOf(marked).map((place, index) => ({
        code: "ERR_POLICY_INVALID",
        place,
        what: what[index],
      }));
      assert.deepEqual(told, expected);
    });
  }
});

function placesOf(marked: string): string[] {
  const parts = marked.split("‸").slice(0, -1);
  return parts.map((_, index) => {
    const before = parts
      .slice(0, index + 1)
      .join("")
      .replace(/^\u{feff}/u, "");
    const lines = before.split("\n");
    return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
  });
}
