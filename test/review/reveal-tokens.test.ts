import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { revealTokens, type RevealOptions } from "../../src/review/reveal-tokens.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { CONTEXT, ENVIRONMENT, LOCAL_KEY, makeFolder, sealOne, tamper } from "../support/load-fixture.ts";

const POLICY = `app: ${CONTEXT.app}
keys: [${LOCAL_KEY}]
rules:
  - { files: ["config/staging.*"], env: staging }
  - { files: ["config/production.*"], env: production }
`;

async function reveal(
  file: string,
  text: string,
  options: Partial<RevealOptions> & { readonly cwd: string },
): Promise<readonly [string, readonly string[]]> {
  const { bytes, problems } = await revealTokens(file, Buffer.from(text), {
    environment: ENVIRONMENT,
    ...options,
  });
  return [Buffer.from(bytes).toString("utf8"), problems.map(({ message }) => message)];
}

async function seal(env: string, path: string | null, value: string): Promise<string> {
  return await sealOne(path, value, { context: { app: CONTEXT.app, env } });
}

test("a file of the work tree is opened by the rule that covers it, its formatting kept", async (t) => {
  const cwd = makeFolder(t, { ".sealconf.yaml": POLICY });
  const token = await seal("production", "db.password", "it's: #1");
  const text = `# the primary\ndb: { password: "${token}", host: x }\r\n`;
  assert.deepEqual(await reveal("config/production.yaml", text, { cwd }), [
    `# the primary\ndb: { password: "it's: #1", host: x }\r\n`,
    [],
  ]);
});

test("git's copy of an older version is opened by the rule that each value's place tells", async (t) => {
  const cwd = makeFolder(t, { ".sealconf.yaml": POLICY });
  const folder = makeFolder(t, { ".sealconf.yaml": "not: [a policy" });
  const [staging, production, unbound] = await Promise.all([
    seal("staging", "a", "one"),
    seal("production", "b", "two"),
    seal("production", null, "three"),
  ]);
  const [text, problems] = await reveal(
    join(folder, "production.yaml"),
    `a: ${staging}\nb: ${production}\nc: ${unbound}\nd: ${production}\n`,
    { cwd },
  );
  assert.equal(text, `a: one\nb: two\nc: three\nd: ${production}\n`);
  assert.deepEqual(problems, [
    `${folder}/production.yaml:4:4 (d): no rule is known that this value was sealed under`,
  ]);
});

test("what the file is can be said, and its rule alone then decides", async (t) => {
  const cwd = makeFolder(t, { ".sealconf.yaml": "rules: []\n", "apps/billing/.sealconf.yaml": POLICY });
  const [staging, production] = await Promise.all([
    seal("staging", "a", "one"),
    seal("production", "b", "two"),
  ]);
  const as = "apps/billing/config/production.yaml";
  const [text, problems] = await reveal("/elsewhere/production.yaml", `a: ${staging}\nb: ${production}\n`, {
    cwd,
    as,
  });
  assert.equal(text, `a: ${staging}\nb: two\n`);
  assert.equal(problems.length, 1);
  assert.match(
    problems[0] ?? "",
    /^apps\/billing\/config\/production\.yaml:1:4 \(a\): the value was sealed for another place /,
  );
});

test("a value that does not open stays a token, and the others open", async (t) => {
  const cwd = makeFolder(t, { ".sealconf.yaml": POLICY });
  const [good, other] = await Promise.all([seal("production", "a", "one"), seal("production", "b", "two")]);
  const lines = [
    `a: ${good}`,
    `b: ${tamper(other)}`,
    "c: sealed:v1:file:x.sealed",
    "d: sealed:v1:nothing",
    "",
  ];
  const [text, problems] = await reveal("config/production.yaml", lines.join("\n"), { cwd });
  assert.equal(text, ["a: one", ...lines.slice(1)].join("\n"));
  assert.deepEqual(
    problems.map((problem) => problem.replace(/:.*: /, ": ")),
    [
      "config/production.yaml: the sealed value does not open here",
      "config/production.yaml: the sealed value's kind is unknown",
    ],
  );
});

test("no key but those that the policy lists is asked", async (t) => {
  const cwd = makeFolder(t, { ".sealconf.yaml": POLICY.replace(LOCAL_KEY, "local/other") });
  const text = `a: ${await seal("production", "a", "one")}\n`;
  const [same, [problem]] = await reveal("/elsewhere/production.yaml", text, { cwd });
  assert.equal(same, text);
  assert.match(problem ?? "", /the value is sealed to local\/dev, which is not allowed here/);
});

test("without a policy, and for what cannot be read, it is an error that says why", async (t) => {
  const cwd = makeFolder(t);
  await assert.rejects(
    reveal("config/production.yaml", "a: 1\n", { cwd }),
    anErrorWith({ code: "ERR_NO_RULE", message: "config/production.yaml: there is no .sealconf.yaml" }),
  );
  await assert.rejects(reveal("x.yaml", "a: [", { cwd }), anErrorWith({ code: "ERR_FORMAT_SYNTAX" }));
  await assert.rejects(reveal("x.txt", "a", { cwd }), anErrorWith({ code: "ERR_FORMAT_UNKNOWN" }));
});
