import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";

import { type CliOptions, printed, refused, runCli } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, POLICY_TEXT, sealAll, sealOne, startKms } from "../support/load-fixture.ts";
import { sealFile } from "./seal-file.ts";

const CANARY = "canary-e802-hunter2";

// Most of the time is that of processes which start: several tests run at once.
describe("load", { concurrency: 4 }, () => {
  test("load prints what the application gets, with sealed values hidden", async (t) => {
    const sealed = await sealAll({
      "db.password": CANARY,
      limits: { max: 3, names: ["n"] },
      "tokens[1]": "t",
    });
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "default.yaml": `db:\n  host: localhost\n  password: ${sealed["db.password"]}\nport: 80\n`,
      "production.json": `{"port": 443, "limits": "${sealed.limits}", "tokens": ["x", "${sealed["tokens[1]"]}"], "none": null}`,
      ".env": "NAME=billing\n",
    });
    const load = ["load", "default.yaml", "production.json", ".env"];
    const [yaml, json, revealed, revealedJson] = await Promise.all([
      printed(load, { cwd }),
      printed([...load, "--json"], { cwd }),
      printed([...load, "--reveal"], { cwd }),
      printed([...load, "--reveal", "--json"], { cwd }),
    ]);
    const config = (password: string, limits: object, token: string): object => ({
      db: { host: "localhost", password },
      port: 443,
      limits,
      tokens: ["x", token],
      none: null,
      NAME: "billing",
    });
    assert.equal(
      yaml,
      'db:\n  host: localhost\n  password: "[sealed]"\nport: 443\nlimits:\n  max: "[sealed]"\n  names:\n' +
        '    - "[sealed]"\ntokens:\n  - x\n  - "[sealed]"\nnone: null\nNAME: billing\n',
    );
    const hidden = config("[sealed]", { max: "[sealed]", names: ["[sealed]"] }, "[sealed]");
    assert.equal(json, `${JSON.stringify(hidden, null, 2)}\n`);
    assert.equal(
      revealed,
      `db:\n  host: localhost\n  password: ${CANARY}\nport: 443\nlimits:\n  max: 3\n  names:\n    - n\n` +
        "tokens:\n  - x\n  - t\nnone: null\nNAME: billing\n",
    );
    const opened = config(CANARY, { max: 3, names: ["n"] }, "t");
    assert.equal(revealedJson, `${JSON.stringify(opened, null, 2)}\n`);
  });

  test("load --explain tells each value's source and key, and what it cost", async (t) => {
    const { key, environment } = await startKms(t);
    const context = { app: "billing-api", env: "production" };
    const sealed = await sealAll({ a: CANARY, "b.c": "2", old: "3" }, { keys: [key], environment, context });
    const direct = await sealOne("d", "4", { keys: [key], environment, context, direct: true });
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT.replace(LOCAL_KEY, key),
      "one.yaml": `a: ${sealed.a}\nb: { c: ${sealed["b.c"]} }\nold: ${sealed.old}\n`,
      "two.yaml": `old: new\nd: ${direct}\n`,
    });
    const load = ["load", "one.yaml", "two.yaml", "--explain"];
    const [text, json] = await Promise.all([
      printed(load, { cwd, environment }),
      printed([...load, "--json"], { cwd, environment }),
    ]);
    const bound = (path: string): string =>
      `under ${key}, bound to app billing-api, env production, path ${path}`;
    assert.equal(
      text,
      `a: "[sealed]"\nb:\n  c: "[sealed]"\nold: new\nd: "[sealed]"\n\n` +
        `a    one.yaml:1:4  envelope ${bound("/a")}\n` +
        `b.c  one.yaml:2:9  envelope ${bound("/b/c")}\n` +
        `old  two.yaml:1:6  plaintext\n` +
        `d    two.yaml:2:4  direct ${bound("/d")}\n` +
        "\nKMS calls: 2, data keys: 1\n",
    );
    const described = JSON.parse(json) as Record<string, unknown>;
    assert.deepEqual(Object.keys(described), ["config", "values", "kmsCalls", "dataKeys"]);
    assert.deepEqual([described["kmsCalls"], described["dataKeys"]], [2, 1]);
    assert.ok(!`${text}${json}`.includes(CANARY));
  });

  test("load --env reads the policy's list, from --root", async (t) => {
    const folder = makeFolder(t, {
      "app/.sealconf.yaml": `load: [default.yaml, "{env}.yaml", { path: .env, optional: true }]\n${POLICY_TEXT}`,
      "app/default.yaml": "a: 1\nb: 1\n",
      "app/production.yaml": `b: ${await sealOne("b", CANARY)}\n`,
      "app/staging.yaml": "b: 3\n",
    });
    const env = (name: string, options: CliOptions): Promise<string> =>
      printed(
        ["load", "--env", name, "--json", "--reveal", ...(options.cwd === folder ? ["--root", "app"] : [])],
        options,
      );
    const outputs = await Promise.all([
      env("production", { cwd: join(folder, "app") }),
      env("staging", { cwd: join(folder, "app") }),
      env("production", { cwd: folder }),
    ]);
    assert.deepEqual(
      outputs.map((output) => JSON.parse(output) as unknown),
      [
        { a: 1, b: CANARY },
        { a: 1, b: 3 },
        { a: 1, b: CANARY },
      ],
    );
  });

  test("PATH=AS says what a file is that lies elsewhere", async (t) => {
    const mount = makeFolder(t, { data: `a: ${await sealOne("a", CANARY)}\n` });
    const cwd = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT.replace('"**"', '"config/**"') });
    const file = join(mount, "data");
    assert.equal(
      await printed(["load", `${file}=config/production.yaml`, "--reveal"], { cwd }),
      `a: ${CANARY}\n`,
    );
    assert.match(await refused(3, ["load", file], { cwd }), /format is not known from its name/);
    assert.match(
      await refused(3, ["load", `${file}=other.yaml`], { cwd }),
      /no rule of \.sealconf\.yaml names keys/,
    );
    assert.match(await refused(2, ["load", `${file}=`], { cwd }), /as is not a path/);
  });

  test("--key names the keys where no policy does", async (t) => {
    const token = await sealOne("a", CANARY, { context: {} });
    const cwd = makeFolder(t, { "app.yaml": `a: ${token}\n` });
    const [opened, without] = await Promise.all([
      printed(["load", "app.yaml", "--key", LOCAL_KEY, "--reveal"], { cwd }),
      refused(3, ["load", "app.yaml"], { cwd }),
    ]);
    assert.equal(opened, `a: ${CANARY}\n`);
    assert.match(without, /app\.yaml: the file holds sealed values, and there is no \.sealconf\.yaml in /);
  });

  test("a sealed file's bytes are printed as base64, hidden unless they are asked for", async (t) => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06]);
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "app.yaml": "der: sealed:v1:file+bytes:tls.der.sealed\n",
      "tls.der.sealed": await sealFile("tls.der", bytes),
    });
    const load = ["load", "app.yaml"];
    const outputs = await Promise.all([
      printed(load, { cwd }),
      printed([...load, "--json"], { cwd }),
      printed([...load, "--reveal"], { cwd }),
      printed([...load, "--reveal", "--json"], { cwd }),
    ]);
    assert.deepEqual(outputs, [
      'der: "[sealed]"\n',
      '{\n  "der": "[sealed]"\n}\n',
      `der: ${bytes.toString("base64")}\n`,
      `{\n  "der": "${bytes.toString("base64")}"\n}\n`,
    ]);
  });

  test("names that a terminal would act on are printed escaped", async (t) => {
    const token = await sealOne("/x\u001b[31m\u202e", CANARY);
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "app.json": `{ "x\\u001b[31m\u202e": "${token}" }`,
    });
    const output = await printed(["load", "app.json", "--explain"], { cwd });
    assert.ok(!output.includes("\u001b"));
    assert.match(
      output,
      /\nx\\u\{1b\}\\\[31m\\u\{202e\} {2}app\.json:1:\d+ {2}envelope under .* path \/x\\u\{1b\}\[31m\\u\{202e\}\n/,
    );
  });

  test("a load that fails prints every problem in file order and exits by the lowest", async (t) => {
    const token = await sealOne("a", CANARY);
    const changed = `${token.slice(0, -2)}${token.endsWith("A") ? "BA" : "AA"}`;
    const cwd = makeFolder(t, {
      ".sealconf.yaml": `${POLICY_TEXT}secrets: ["**.password"]\n`,
      "moved.yaml": `b: ${token}\n`,
      "changed.yaml": `a: ${changed}\n`,
      "bad.yaml": `x: 1\na: "${CANARY}\n`,
      "plain.yaml": `db: { password: ${CANARY} }\n`,
      "good.yaml": `a: ${token}\n`,
    });
    const withoutKey = { SEALCONF_LOCAL_KEY_DEV: undefined };
    const runs: readonly (readonly [number, readonly string[], readonly RegExp[], CliOptions?])[] = [
      [3, ["missing.yaml"], [/^ {2}missing\.yaml: the file is not there$/]],
      [3, ["bad.yaml"], [/^ {2}bad\.yaml:3:1: the YAML cannot be read/]],
      [4, ["moved.yaml"], [/^ {2}moved\.yaml:1:4 \(b\): the value was sealed for another place/]],
      [4, ["plain.yaml"], [/^ {2}plain\.yaml:1:17 \(db\.password\): a secret stands here in plaintext$/]],
      [5, ["changed.yaml"], [/^ {2}changed\.yaml:1:4 \(a\): the sealed value does not open here$/]],
      [
        6,
        ["good.yaml"],
        [/^ {2}good\.yaml:1:4 \(a\): the local key local\/dev is neither/],
        { environment: withoutKey },
      ],
      [4, ["changed.yaml", "moved.yaml"], [/^ {2}changed\.yaml:1:4/, /^ {2}moved\.yaml:1:4/]],
      [
        3,
        ["moved.yaml", "bad.yaml", "changed.yaml"],
        [/^ {2}moved\.yaml/, /^ {2}bad\.yaml/, /^ {2}changed\.yaml/],
      ],
      [2, ["moved.yaml", "bad.yaml="], [/^ {2}files: as is not a path$/]],
    ];
    await Promise.all(
      runs.map(async ([code, files, wanted, options]) => {
        const message = await refused(code, ["load", ...files, "--reveal"], { cwd, ...options });
        const [title, ...lines] = message.trimEnd().split("\n");
        assert.equal(
          title,
          `sealconf: the config cannot be loaded: ${wanted.length === 1 ? "1 problem" : `${wanted.length} problems`}`,
        );
        const problems = lines.filter((line) => !line.startsWith("    "));
        assert.equal(problems.length, wanted.length, message);
        wanted.forEach((pattern, index) => assert.match(problems[index] ?? "", pattern));
        assert.ok(!message.includes("canary"), message);
      }),
    );
  });

  test("a key service that refuses fails the load with its own exit code, told once for all its values", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const context = { app: "billing-api", env: "production" };
    const sealed = await sealAll({ a: CANARY, b: "2" }, { keys: [key], environment, context });
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT.replace(LOCAL_KEY, key),
      "app.yaml": `a: ${sealed.a}\nb: ${sealed.b}\n`,
    });
    emulator.inject({ kind: "error", code: "UnauthorizedOperation", message: CANARY }, { times: 9 });
    const message = await refused(6, ["load", "app.yaml"], { cwd, environment });
    assert.match(message, /: 1 problem\n {2}app\.yaml:1:4 \(a\): .* \(2 values wait for this key\)\n/);
    assert.ok(!message.includes(CANARY));
  });

  test("files or --env must be named, and not both", async (t) => {
    const cwd = makeFolder(t, { "app.yaml": "a: 1\n", "policy/.sealconf.yaml": POLICY_TEXT });
    const [none, both, noPolicy, noList, badEnv] = await Promise.all([
      refused(2, ["load"], { cwd }),
      refused(2, ["load", "app.yaml", "--env", "production"], { cwd }),
      refused(3, ["load", "--env", "production"], { cwd }),
      refused(3, ["load", "--env", "production", "--root", "policy"], { cwd }),
      refused(2, ["load", "--env", "../x"], { cwd }),
    ]);
    assert.match(none, /: no file is named\n {2}name files, or --env for the policy's list\n$/);
    assert.match(both, /: files and --env do not go together\n$/);
    assert.match(noPolicy, /there is no \.sealconf\.yaml in .*, and so no list of files for an env\n/);
    assert.match(noList, /the policy has no load list/);
    assert.match(badEnv, /env/);
  });

  test("a load without files that hold anything is an empty config", async (t) => {
    const cwd = makeFolder(t, { "app.yaml": "", ".env": "\n" });
    const { code, stdout } = await runCli(["load", "app.yaml", ".env", "--json"], { cwd });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "{}\n" });
  });
});
