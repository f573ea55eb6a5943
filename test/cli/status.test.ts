import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { printed, refused, runCli } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, sealOne, startKms, writeFiles } from "../support/load-fixture.ts";

const CANARY = "canary-status-20fa";
const POLICY = `app: billing-api
load: [config/default.yaml, "config/{env}.yaml"]
keys: [${LOCAL_KEY}]
secrets: ["**.password"]
rules:
  - files: ["config/production.*"]
    env: production
  - files: ["config/staging.*", ".env.staging"]
    env: staging
  - files: ["config/**"]
`;

async function inEnv(path: string, env: string, value: string = CANARY): Promise<string> {
  return await sealOne(path, value, { context: { app: "billing-api", env } });
}

describe("sealconf status", { concurrency: 4 }, () => {
  test("is a table for each file that has secrets, with what one environment lacks", async (t) => {
    const cwd = makeFolder(t, {
      ".git/HEAD": "",
      ".sealconf.yaml": POLICY,
      "config/default.yaml": "db: { host: localhost }\n",
      "config/production.yaml": `db:\n  password: ${await inEnv("db.password", "production")}\n  token: ${await inEnv("db.token", "production", "1")}\n`,
      "config/staging.yaml": `db: { password: ${CANARY} }\nextra: ${await inEnv("extra", "staging")}\n`,
      "config/README.md": "# no config\n",
      "node_modules/a/config/b.yaml": `password: ${CANARY}\n`,
      "nested/.sealconf.yaml": `app: other\nkeys: [${LOCAL_KEY}]\nrules:\n  - files: [app.json]\n`,
      "nested/app.json": `{ "a": "${await sealOne("a", "12", { context: { app: "other" } })}" }`,
    });
    const table = [
      "config/production.yaml: env production, 2 data keys, 0 KMS calls",
      "  db.password  envelope  18 bytes  local/dev",
      "  db.token     envelope    1 byte  local/dev",
      "  extra        missing!            config/staging.yaml has it",
      "",
      "config/staging.yaml: env staging, 1 data key, 0 KMS calls",
      "  db.password  plaintext!",
      "  extra        envelope    18 bytes  local/dev",
      "  db.token     missing!              config/production.yaml has it",
      "",
      "nested/app.json: 1 data key, 0 KMS calls",
      "  a  envelope  2 bytes  local/dev",
      "",
    ].join("\n");
    assert.equal(
      await printed(["status"], { cwd, environment: { SEALCONF_LOCAL_KEY_DEV: undefined } }),
      table,
    );
    assert.equal(
      await printed(["status", "nested/app.json", "nested/app.json"], { cwd }),
      table.split("\n\n")[2],
    );
    assert.equal(
      await printed(["status"], { cwd: `${cwd}/nested` }),
      (table.split("\n\n")[2] ?? "").replace("nested/", ""),
    );
  });

  test("--json tells the same of all files, and no value", async (t) => {
    const { key, environment, emulator } = await startKms(t);
    const token = await sealOne("a", CANARY, {
      keys: [key],
      environment,
      context: { app: "x", env: "production" },
    });
    const cwd = makeFolder(t, {
      ".sealconf.yaml": `app: x\nload: ["{env}.yaml"]\nsecrets: [b]\nrules:\n  - files: [production.yaml]\n    env: production\n    keys: [${key}]\n  - files: [test.yaml]\n    env: test\n    keys: [local/dev]\n`,
      "production.yaml": `a: ${token}\nb: ${CANARY}\n`,
      "test.yaml": "c: 1\n",
    });
    emulator.calls.reset();
    const text = await printed(["status", "--json"], { cwd });
    assert.ok(!text.includes(CANARY) && !text.includes(token));
    assert.deepEqual(JSON.parse(text), {
      files: [
        {
          file: "production.yaml",
          app: "x",
          env: "production",
          dataKeys: 1,
          kmsCalls: 1,
          secrets: [
            {
              path: "a",
              line: 1,
              column: 4,
              kind: "envelope",
              as: "text",
              recipients: [key],
              bytes: CANARY.length,
            },
            { path: "b", line: 2, column: 4, kind: "plaintext", recipients: [] },
          ],
          missing: [],
        },
        {
          file: "test.yaml",
          app: "x",
          env: "test",
          dataKeys: 0,
          kmsCalls: 0,
          secrets: [],
          missing: [
            { path: "a", presentIn: ["production.yaml"] },
            { path: "b", presentIn: ["production.yaml"] },
          ],
        },
      ],
    });
    assert.equal(emulator.calls.total, 0);
  });

  test("tells the rest, and then what could not be looked at", async (t) => {
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY,
      "config/a.yaml": `a: ${await sealOne("a", CANARY, { context: { app: "billing-api" } })}\nb: sealed:v1:nothing\n`,
      "config/b.yaml": "a: [\n",
      "config/c.json": "[]",
    });
    const one = await runCli(["status", "config/a.yaml"], { cwd });
    assert.deepEqual(
      [one.code, one.stdout],
      [4, "config/a.yaml: 1 data key, 0 KMS calls\n  a  envelope  18 bytes  local/dev\n"],
    );
    assert.match(one.stderr, /^sealconf: config\/a\.yaml:2:4 \(b\): /);
    const all = await runCli(["status"], { cwd });
    assert.deepEqual([all.code, all.stdout], [3, one.stdout]);
    for (const place of ["config/a.yaml:2:4", "config/b.yaml:", "config/c.json:1:1"])
      assert.ok(all.stderr.includes(place), all.stderr);
    assert.ok(!all.stderr.includes(CANARY));
  });

  test("says so when there is nothing to tell, or nobody says what is covered", async (t) => {
    const cwd = makeFolder(t, { ".sealconf.yaml": POLICY, "config/a.yaml": "a: 1\n" });
    assert.deepEqual(await runCli(["status"], { cwd }), {
      code: 0,
      stdout: "",
      stderr: "there are no secrets here\n",
    });
    assert.equal(await printed(["status", "--quiet"], { cwd }), "");
    assert.match(await refused(3, ["status", "elsewhere.yaml"], { cwd }), /no rule of .* covers this file/);
    assert.match(await refused(3, ["status", "config/gone.yaml"], { cwd }), /the file is not there/);
    writeFiles(cwd, { ".sealconf.yaml": "rules: 1\n" });
    assert.match(
      await refused(3, ["status"], { cwd }),
      /^sealconf: \.sealconf\.yaml:1:1 \(rules\): expected a list$/m,
    );
  });
});
