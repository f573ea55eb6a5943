import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { loadConfig } from "../../src/index.ts";
import { printed, refused, runCli } from "../support/cli.ts";
import { ENVIRONMENT, makeFolder } from "../support/load-fixture.ts";

const CANARY = "canary-moved-40b7";
const POLICY = `app: billing-api
keys: [local/dev]
secrets: ["**.password", "**.port"]
rules:
  - { files: ["config/staging.*"], env: staging }
  - { files: ["config/production.*"], env: production }
`;
const STAGING = `db:\n  password: ${CANARY} # the primary's\n  port: 5432\nhost: a\n`;
const PRODUCTION = `# empty so far\n`;

/** A project whose staging secrets are sealed. */
async function makeProject(t: TestContext): Promise<string> {
  const cwd = makeFolder(t, {
    ".sealconf.yaml": POLICY,
    ".git/HEAD": "",
    "config/staging.yaml": STAGING,
    "config/production.yaml": PRODUCTION,
  });
  await printed(["encrypt-value", "config/staging.yaml"], { cwd });
  return cwd;
}

async function load(root: string, file: string): Promise<unknown> {
  return await loadConfig({ root, files: [file], environment: ENVIRONMENT });
}

function read(cwd: string, name: string): string {
  return readFileSync(join(cwd, name), "utf8");
}

describe("mv, cp and unset", { concurrency: 4 }, () => {
  test("mv renames a sealed value within its file, in one write", async (t) => {
    const cwd = await makeProject(t);
    const before = read(cwd, "config/staging.yaml");
    const places = ["config/staging.yaml:db.password", "config/staging.yaml:db.primary.password"];
    assert.deepEqual(await runCli(["mv", ...places], { cwd }), {
      code: 0,
      stdout: "",
      stderr: "config/staging.yaml (db.password): moved to config/staging.yaml (db.primary.password)\n",
    });
    assert.deepEqual(await load(cwd, "config/staging.yaml"), {
      db: { port: 5432, primary: { password: CANARY } },
      host: "a",
    });
    const port = /^ {2}port: .*$/m;
    assert.equal(port.exec(read(cwd, "config/staging.yaml"))?.[0], port.exec(before)?.[0]);
  });

  test("cp promotes a value to another env and leaves the first as it is", async (t) => {
    const cwd = await makeProject(t);
    const before = read(cwd, "config/staging.yaml");
    for (const path of ["db.password", "db.port"]) {
      await printed(["cp", "-q", `config/staging.yaml:${path}`, `config/production.yaml:${path}`], { cwd });
    }
    assert.equal(read(cwd, "config/staging.yaml"), before);
    assert.ok(read(cwd, "config/production.yaml").startsWith(PRODUCTION));
    assert.deepEqual(await load(cwd, "config/production.yaml"), { db: { password: CANARY, port: 5432 } });
  });

  test("mv between files takes the value out of the first", async (t) => {
    const cwd = await makeProject(t);
    await printed(["mv", "-q", "config/staging.yaml:db.password", "config/production.yaml:secret"], { cwd });
    assert.deepEqual(await load(cwd, "config/production.yaml"), { secret: CANARY });
    assert.deepEqual(await load(cwd, "config/staging.yaml"), { db: { port: 5432 }, host: "a" });
  });

  test("a value that is there already is replaced with --force alone", async (t) => {
    const cwd = await makeProject(t);
    const places = ["config/staging.yaml:db.password", "config/staging.yaml:host"];
    const before = read(cwd, "config/staging.yaml");
    assert.match(
      await refused(2, ["cp", ...places], { cwd }),
      /: config\/staging\.yaml \(host\): there is a value already\n {2}--force replaces it\n/,
    );
    assert.equal(read(cwd, "config/staging.yaml"), before);
    await printed(["cp", "-q", "--force", ...places], { cwd });
    assert.deepEqual(await load(cwd, "config/staging.yaml"), {
      db: { password: CANARY, port: 5432 },
      host: CANARY,
    });
  });

  test("what cannot be moved is refused and nothing is written", async (t) => {
    const cwd = await makeProject(t);
    const before = read(cwd, "config/staging.yaml");
    const lists: readonly (readonly [number, string, string, RegExp])[] = [
      [2, "config/staging.yaml:host", "config/staging.yaml:b", /the value there is not sealed/],
      [2, "config/staging.yaml:none", "config/staging.yaml:b", /there is no value/],
      [2, "config/staging.yaml:db", "config/staging.yaml:b", /there is no value/],
      [2, "config/staging.yaml:db.port", "config/staging.yaml:db.port", /both places are the same/],
      [3, "config/staging.yaml:db.port", "config/staging.yaml:host.port", /staging\.yaml/],
      [2, "config/staging.yaml", "config/staging.yaml:b", /does not name a file and a path/],
      [3, "config/staging.yaml:db.port", "config/other.yaml:db.port", /no rule of/],
      [3, "config/staging.yaml:db.port", "../x.yaml:db.port", /lies outside the folder of \.sealconf\.yaml/],
      [3, "config/staging.json:db.port", "config/staging.yaml:b", /staging\.json: the file is not there\n$/],
    ];
    for (const [code, from, to, wanted] of lists) {
      const message = await refused(code, ["mv", from, to], { cwd });
      assert.match(message, wanted);
      assert.ok(!message.includes(CANARY));
    }
    assert.equal(read(cwd, "config/staging.yaml"), before);
    assert.equal(read(cwd, "config/production.yaml"), PRODUCTION);
  });

  test("unset removes a value with its line and needs no key", async (t) => {
    const cwd = await makeProject(t);
    const before = read(cwd, "config/staging.yaml");
    const environment = { SEALCONF_LOCAL_KEY_DEV: undefined };
    const args = ["unset", "config/staging.yaml", "--path", "db.password"];
    assert.deepEqual(await runCli(args, { cwd, environment }), {
      code: 0,
      stdout: "",
      stderr: "config/staging.yaml (db.password): removed\n",
    });
    assert.equal(read(cwd, "config/staging.yaml"), before.replace(/^ {2}password: .*\n/m, ""));
    const [again, absent] = await Promise.all([
      refused(2, args, { cwd, environment }),
      refused(3, ["unset", "config/none.yaml", "-p", "a"], { cwd }),
    ]);
    assert.match(again, /\(db\.password\): there is no value\n/);
    assert.match(absent, /config\/none\.yaml: the file is not there\n/);
  });
});
