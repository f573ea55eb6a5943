import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { loadConfig } from "../../src/index.ts";
import { type CliOptions, printed, runCli } from "../support/cli.ts";
import { makeFolder, startKms } from "../support/load-fixture.ts";

const CANARY = "canary-unread-58f2";
const FILE = "config/production.yaml";
const SEALER = { secretId: "AKIDsealer", secretKey: "s", allow: ["kms:Encrypt", "kms:GenerateDataKey"] };
const SERVER = { secretId: "AKIDserver", secretKey: "d", allow: ["kms:Decrypt"] };

interface Workplace {
  readonly cwd: string;
  /** What the developer, who may seal and not read, runs commands with. */
  readonly developer: CliOptions;
  readonly load: (environment?: Record<string, string>) => Promise<unknown>;
}

async function makeWorkplace(t: TestContext, mode: "direct" | "envelope"): Promise<Workplace> {
  const { key, environment } = await startKms(t, { credentials: [SEALER, SERVER] });
  const cwd = makeFolder(t, {
    ".git/HEAD": "",
    ".sealconf.yaml": `app: billing-api
keys: [${key}]
mode: ${mode}
secrets: ["**.password"]
rules:
  - { files: ["config/production.*", "$env"], env: production }
`,
    [FILE]: `db:\n  password: ${CANARY}-1\n  user: app\n`,
  });
  const as = ({ secretId, secretKey }: typeof SEALER) => ({
    ...environment,
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
  });
  return {
    cwd,
    developer: { cwd, environment: as(SEALER) },
    load: async (more = {}) =>
      await loadConfig({
        root: cwd,
        files: [FILE],
        environment: { ...as(SERVER), ...more },
        ...(Object.keys(more).length === 0 ? {} : { variables: { prefix: "APP_" } }),
      }),
  };
}

describe("a developer who may encrypt and not decrypt", { concurrency: 2 }, () => {
  for (const mode of ["envelope", "direct"] as const) {
    test(`seals, adds, replaces and removes values, and prints tokens (${mode})`, async (t) => {
      const { cwd, developer, load } = await makeWorkplace(t, mode);
      await printed(["encrypt-value", FILE], developer);
      const run = async (args: readonly string[], stdin = "") => await printed(args, { ...developer, stdin });
      await run(["encrypt-value", FILE, "-q", "--path", "mail.password"], `${CANARY}-2`);
      await run(["encrypt-value", FILE, "-q", "--path", "db.password"], `${CANARY}-3`);
      await run(["encrypt-value", FILE, "-q", "--path", "old"], `${CANARY}-4`);
      await run(["unset", FILE, "-q", "--path", "old"]);
      const token = await run(["encrypt-value", "--for", "$env", "--path", "APP_X"], `${CANARY}-5`);
      assert.ok(!readFileSync(join(cwd, FILE), "utf8").includes(CANARY));
      const file = { db: { password: `${CANARY}-3`, user: "app" }, mail: { password: `${CANARY}-2` } };
      assert.deepEqual(await load(), file);
      assert.deepEqual(await load({ APP_X: token.trimEnd() }), { ...file, x: `${CANARY}-5` });
    });
  }

  for (const args of [
    ["mv", `${FILE}:db.password`, `${FILE}:password`],
    ["cp", `${FILE}:db.password`, `${FILE}:password`],
    ["edit", FILE],
  ]) {
    test(`is told in one line that ${args[0]} needs the right to decrypt`, async (t) => {
      const { cwd, developer } = await makeWorkplace(t, "envelope");
      await printed(["encrypt-value", FILE], developer);
      const before = readFileSync(join(cwd, FILE), "utf8");
      const environment = { ...developer.environment, EDITOR: "false" };
      const { code, stdout, stderr } = await runCli(args, { ...developer, environment });
      assert.deepEqual({ code, stdout }, { code: 6, stdout: "" }, stderr);
      const [line = "", hint = "", ...rest] = stderr.split("\n");
      assert.match(line, /^sealconf: config\/production\.yaml:2:13 \(db\.password\): .*tencent.*/);
      assert.match(hint, /^ {2}\S/);
      assert.deepEqual(rest, [""]);
      assert.equal(readFileSync(join(cwd, FILE), "utf8"), before);
    });
  }
});
