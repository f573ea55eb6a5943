import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { loadConfig, openValue } from "../../src/index.ts";
import { printed, refused, runCli } from "../support/cli.ts";
import { CONTEXT, ENVIRONMENT, LOCAL_KEY, makeFolder, startKms } from "../support/load-fixture.ts";

const CANARY = "canary-in-file-91c3";
const POLICY = `app: billing-api
keys: [local/dev]
secrets: ["**.password", "**.token", "DB_PASSWORD"]
rules:
  - files: ["config/production.*", "$env"]
    env: production
  - files: ["config/*", ".env*"]
`;

const PRODUCTION = `# kept
db:
    host: db.internal   # kept too
    password: ${CANARY}-1
servers:
    - { name: "a", token: ${CANARY}-2 }
`;

function makeProject(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  return makeFolder(t, { ".sealconf.yaml": POLICY, ".git/HEAD": "", ...files });
}

async function load(root: string, files: readonly string[]): Promise<unknown> {
  return await loadConfig({ root, files, environment: ENVIRONMENT });
}

describe("encrypt-value in files", { concurrency: 4 }, () => {
  test("every plaintext secret of the named files is sealed, and everything else stays as it is", async (t) => {
    const cwd = makeProject(t, {
      "config/production.yaml": PRODUCTION,
      "config/default.json": `{\n\t"db": {"password": "${CANARY}-3", "port": 5432},\n\t"token": null\n}`,
      ".env": `# kept\nexport DB_PASSWORD='${CANARY}-4' # too\nOTHER=x\n`,
    });
    const names = ["config/production.yaml", "config/default.json", ".env"];
    const before = names.map((name) => readFileSync(join(cwd, name), "utf8"));
    assert.equal(
      await printed(["encrypt-value", ...names], { cwd }),
      [
        "config/production.yaml:4:15 (db.password): sealed",
        "config/production.yaml:6:27 (servers[0].token): sealed",
        "config/default.json:2:21 (db.password): sealed",
        ".env:2:20 (DB_PASSWORD): sealed",
        "",
      ].join("\n"),
    );
    for (const [index, name] of names.entries()) {
      const text = readFileSync(join(cwd, name), "utf8");
      const plain = new RegExp(`(?:"|')?${CANARY}-\\d(?:"|')?`, "g");
      const token = /(?:"|')?sealed:v1:envelope:[^"'\s]*(?:"|')?/g;
      assert.equal(text.replace(token, "?"), before[index]?.replace(plain, "?"), name);
    }
    assert.deepEqual(await load(cwd, names), {
      db: { host: "db.internal", password: `${CANARY}-3`, port: 5432 },
      servers: [{ name: "a", token: `${CANARY}-2` }],
      token: null,
      DB_PASSWORD: `${CANARY}-4`,
      OTHER: "x",
    });
  });

  test("what is sealed stays as it is, and nothing to do is no error and no write", async (t) => {
    const cwd = makeProject(t, { "config/production.yaml": PRODUCTION });
    await printed(["encrypt-value", "config/production.yaml"], { cwd });
    const file = join(cwd, "config/production.yaml");
    const [before, { mtimeNs, ino }] = [readFileSync(file), statSync(file, { bigint: true })];
    assert.deepEqual(await runCli(["encrypt-value", "config/production.yaml"], { cwd }), {
      code: 0,
      stdout: "",
      stderr: "config/production.yaml: nothing to seal\n",
    });
    assert.equal(await printed(["encrypt-value", "-q", "config/production.yaml"], { cwd }), "");
    assert.deepEqual(readFileSync(file), before);
    const after = statSync(file, { bigint: true });
    assert.deepEqual([after.mtimeNs, after.ino], [mtimeNs, ino]);
  });

  test("one run makes one data key for each list of recipients, app and env", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const cwd = makeProject(t, {
      ".sealconf.yaml": POLICY.replaceAll("local/dev", key),
      "config/production.yaml": PRODUCTION,
      "config/production.json": `{"token": "${CANARY}"}`,
      "config/default.yaml": `a: { password: 1 }\nb: { password: true }\n`,
    });
    const names = ["config/production.yaml", "config/production.json", "config/default.yaml"];
    await printed(["encrypt-value", ...names], { cwd, environment });
    const actions = emulator.calls.list.map(({ action }) => action);
    assert.deepEqual(actions, ["GenerateDataKey", "GenerateDataKey"]);
    const config = await loadConfig({ root: cwd, files: [names[2] ?? ""], environment });
    assert.deepEqual(config, { a: { password: 1 }, b: { password: true } });
  });

  test("5,000 values of one file cost one call", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const lines = Array.from(
      { length: 5_000 },
      (_, index) => `k${index}: { password: "${CANARY}${index}" }\n`,
    );
    const cwd = makeProject(t, {
      ".sealconf.yaml": POLICY.replaceAll("local/dev", key),
      "config/production.yaml": lines.join(""),
    });
    const sealed = await printed(["encrypt-value", "config/production.yaml"], { cwd, environment });
    assert.equal(sealed.split("\n").length, 5_001);
    assert.equal(emulator.calls.total, 1);
    assert.ok(!readFileSync(join(cwd, "config/production.yaml"), "utf8").includes(CANARY));
  });

  test("with --path the value of standard input replaces what stands there, or is added", async (t) => {
    const cwd = makeProject(t, { "config/production.yaml": PRODUCTION });
    const name = "config/production.yaml";
    for (const [path, stdin, as] of [
      ["db.password", `${CANARY}-new`, []],
      ["servers[0].token", "7", ["--as", "json"]],
      ["/servers/0/name", "first", []],
      ["mail.smtp.password", `${CANARY}-mail`, []],
    ] as const) {
      assert.deepEqual(await runCli(["encrypt-value", name, "--path", path, ...as], { cwd, stdin }), {
        code: 0,
        stdout: "",
        stderr: `${name} (${path}): sealed\n`,
      });
    }
    assert.deepEqual(await load(cwd, [name]), {
      db: { host: "db.internal", password: `${CANARY}-new` },
      servers: [{ name: "first", token: 7 }],
      mail: { smtp: { password: `${CANARY}-mail` } },
    });
    const text = readFileSync(join(cwd, name), "utf8");
    assert.match(text, /^mail:\n {4}smtp:\n {8}password: sealed:v1:/m);
    assert.ok(text.startsWith("# kept\ndb:\n    host: db.internal   # kept too\n    password: sealed:v1:"));
  });

  test("--for prints a token for a place by the file's rule and changes nothing", async (t) => {
    const cwd = makeProject(t, { "config/production.yaml": PRODUCTION });
    const [inFile, inVariable, anywhere] = await Promise.all(
      [
        ["--for", "config/production.yaml", "--path", "db.password"],
        ["--for", "$env", "--path", "DB_PASSWORD"],
        ["--for", "config/production.yaml", "--no-path"],
      ].map(async (args) => (await printed(["encrypt-value", ...args], { cwd, stdin: CANARY })).trimEnd()),
    );
    const options = { keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT };
    assert.equal(await openValue(inFile ?? "", { ...options, path: "db.password" }), CANARY);
    assert.equal(await openValue(inVariable ?? "", { ...options, path: "DB_PASSWORD" }), CANARY);
    assert.equal(await openValue(anywhere ?? "", { ...options, path: "x" }), CANARY);
    assert.equal(readFileSync(join(cwd, "config/production.yaml"), "utf8"), PRODUCTION);
    const message = await refused(2, ["encrypt-value", "--for", "$env", "--path", "a.b"], { cwd });
    assert.match(message, /: a variable has a name and no path below it\n/);
  });

  test("a rule with mode: direct has the key service encrypt each value", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const cwd = makeProject(t, {
      ".sealconf.yaml": `mode: direct\n${POLICY.replaceAll("local/dev", key)}`,
      "config/production.yaml": PRODUCTION,
    });
    await printed(["encrypt-value", "config/production.yaml"], { cwd, environment });
    assert.deepEqual(
      emulator.calls.list.map(({ action }) => action),
      ["Encrypt", "Encrypt"],
    );
    const config = await loadConfig({ root: cwd, files: ["config/production.yaml"], environment });
    assert.equal(config["db"]?.["password" as never], `${CANARY}-1`);
  });

  test("what cannot be sealed is refused with its place, and no file is written", async (t) => {
    const texts: readonly (readonly [string, RegExp])[] = [
      ["a: &a { password: x }\nb: *a\n", /config\/production\.yaml:1:19 \(a\.password\): .*alias/],
      ["a: { password: !secret x }\n", /config\/production\.yaml:1:\d+: .*tag/],
      [`a: { password: "${"x".repeat(16_384)}" }\n`, /:1:16 \(a\.password\): .* at most 16383 fit\n/],
      ["1: { password: x }\n", /:1:16 \(1\.password\): .*key that is not a string/],
      ['"-": { password: x }\n', /\("?-"?\.password\): a sealed value cannot stand below the key "-"/],
      ["a: { password: 1 }\n---\nb: 1\n", /more than one document/],
      ["<<<<<<< HEAD\n", /production\.yaml:/],
      ["- password: x\n", /a config must be a map/],
    ];
    await Promise.all(
      texts.map(async ([text, wanted]) => {
        const cwd = makeProject(t, { "config/production.yaml": text });
        const { code, stdout, stderr } = await runCli(["encrypt-value", "config/production.yaml"], { cwd });
        assert.notEqual(code, 0);
        assert.equal(stdout, "");
        assert.match(stderr, wanted);
        assert.equal(readFileSync(join(cwd, "config/production.yaml"), "utf8"), text);
      }),
    );
  });

  test("a file that no rule covers, and options that its rule gives, are refused", async (t) => {
    const cwd = makeProject(t, { "other.yaml": "a: 1\n", "config/default.yaml": "a: 1\n" });
    const lists: readonly (readonly [number, readonly string[], RegExp])[] = [
      [
        3,
        ["other.yaml"],
        /other\.yaml: no rule of \.sealconf\.yaml covers this file\n {2}add one: files: \["other\.yaml"\]\n/,
      ],
      [3, ["other.yaml", "--path", "a"], /no rule of/],
      [3, ["--for", "other.yaml", "--path", "a"], /no rule of/],
      [2, ["config/default.yaml", "--key", LOCAL_KEY], /--key does not go with a file/],
      [2, ["config/default.yaml", "--env", "x"], /--env does not go with a file/],
      [2, ["--for", "config/default.yaml", "--path", "a", "--app", "x"], /--app does not go with --for/],
      [2, ["config/default.yaml", "--no-path"], /--no-path does not go with a file/],
      [2, ["config/default.yaml", "other.yaml", "--path", "a"], /--path goes with one file/],
      [2, ["config/default.yaml", "--as", "json"], /--as needs --path/],
      [2, ["config/default.yaml", "--path", "a..b"], /cannot be read/],
      [2, ["config"], /an argument is no file/],
    ];
    await Promise.all(
      lists.map(async ([code, args, wanted]) => {
        assert.match(await refused(code, ["encrypt-value", ...args], { cwd, stdin: "x" }), wanted);
      }),
    );
    const bare = makeFolder(t, { "a.yaml": "a: 1\n", ".git/HEAD": "" });
    const message = await refused(3, ["encrypt-value", "a.yaml"], { cwd: bare });
    assert.match(
      message,
      /a\.yaml: there is no \.sealconf\.yaml beside the file or above it\n {2}make one: sealconf init\n/,
    );
  });

  test("the nearest policy above the file is used, from wherever the command runs", async (t) => {
    const cwd = makeProject(t, {
      "services/api/.sealconf.yaml": POLICY.replace("billing-api", "api"),
      "services/api/config/production.yaml": PRODUCTION,
    });
    mkdirSync(join(cwd, "services/api/src"));
    const inside = join(cwd, "services/api/src");
    await printed(["encrypt-value", "../config/production.yaml"], { cwd: inside });
    const root = join(cwd, "services/api");
    assert.ok(await load(root, ["config/production.yaml"]));
    await printed(["encrypt-value", "services/api/config/production.yaml", "-q"], { cwd });
  });

  test("a link to a file that another rule covers is refused: the value would not open there", async (t) => {
    const cwd = makeProject(t, { "config/production.yaml": PRODUCTION });
    symlinkSync("production.yaml", join(cwd, "config/other.yaml"));
    for (const more of [[], ["--path", "db.password"]]) {
      assert.equal(
        await refused(3, ["encrypt-value", "config/other.yaml", ...more], { cwd, stdin: "x" }),
        "sealconf: config/other.yaml: the file is a link to one that another rule covers\n  name the file itself\n",
      );
    }
    assert.equal(readFileSync(join(cwd, "config/production.yaml"), "utf8"), PRODUCTION);
  });

  test("a key service that fails says for which value, and how many files are done", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const cwd = makeProject(t, {
      ".sealconf.yaml": POLICY.replaceAll("local/dev", key).replace(
        "env: production",
        "env: production\n    mode: direct",
      ),
      "config/default.yaml": "password: a\n",
      "config/production.yaml": PRODUCTION,
    });
    emulator.inject({ kind: "error", code: "UnauthorizedOperation" }, { action: "Encrypt" });
    const names = ["config/default.yaml", "config/production.yaml"];
    const { code, stdout, stderr } = await runCli(["encrypt-value", ...names], { cwd, environment });
    assert.deepEqual([code, stdout], [6, "config/default.yaml:1:11 (password): sealed\n"]);
    assert.match(
      stderr,
      /^1 of 2 files are done\nsealconf: config\/production\.yaml:\d+:\d+ \([\w.[\]]+\): tencent kms refused Encrypt with /,
    );
    assert.equal(readFileSync(join(cwd, "config/production.yaml"), "utf8"), PRODUCTION);
  });

  test("a link is kept and the file that it names is changed", async (t) => {
    const cwd = makeProject(t, { "shared/real.yaml": PRODUCTION });
    mkdirSync(join(cwd, "config"));
    symlinkSync("../shared/real.yaml", join(cwd, "config/production.yaml"));
    await printed(["encrypt-value", "config/production.yaml"], { cwd });
    assert.ok(!readFileSync(join(cwd, "shared/real.yaml"), "utf8").includes(CANARY));
    writeFileSync(join(cwd, "config/production.yaml"), PRODUCTION);
    assert.equal(readFileSync(join(cwd, "shared/real.yaml"), "utf8"), PRODUCTION);
  });
});
