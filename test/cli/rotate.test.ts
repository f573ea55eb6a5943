import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { type Sealed, startSealed } from "../rotate/rotation.ts";
import { childEnvironment, printed, programFile, refused, runCli } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, sealOne } from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";

const FILE = "config/production.yaml";
const CANARY = "canary-rotate-cli-b5e8";

function policy(rule: string): string {
  return `app: billing-api\nrules:\n  - files: ["config/*"]\n    env: production\n    ${rule}\n`;
}

function at(project: Sealed) {
  return { cwd: project.folder, environment: project.environment };
}

describe("sealconf rotate", { concurrency: 4 }, () => {
  test("says of each file how many values went which way", async (t) => {
    const project = await startSealed(t, ([key, old]) =>
      policy(`mode: direct\n    keys: [${key}]\n    accept: [${old}]\n    raw: [r]`),
    );
    const [, old = ""] = project.keys;
    project.write(
      FILE,
      `a: ${await project.seal("a", CANARY, { direct: true, keys: [old] })}\nb: ${await project.seal("b", CANARY)}\n` +
        `c: ${await project.seal("c", CANARY)}\nd: ${await project.seal("d", CANARY, { direct: true })}\n` +
        `r: ${await project.encryptRaw(old, CANARY)}\nf: sealed:v1:file:f.sealed\n`,
    );
    project.write("config/f.sealed", await project.sealFile("f", CANARY));
    project.write("config/other.yaml", `a: ${await project.seal("a", CANARY)}\n`);
    project.write("config/plain.yaml", "a: 1\n");
    const before = await project.load(FILE);
    const files = [FILE, "config/other.yaml", "config/plain.yaml", join(project.folder, FILE)];
    assert.deepEqual(await runCli(["rotate", ...files], at(project)), {
      code: 0,
      stdout:
        `${FILE}: 5 values: 2 re-encrypted by the key service, 1 unchanged, since the key has no newer version, ` +
        "2 opened and sealed again; 1 sealed file opened and sealed again\n" +
        "config/other.yaml: 1 value: 1 opened and sealed again\n",
      stderr: "config/plain.yaml: nothing is sealed in it\n",
    });
    assert.deepEqual((await project.load(FILE)).config, before.config);
  });

  test("--dry-run says what it would do, changes nothing and contacts nothing", async (t) => {
    const project = await startSealed(t, ([key, old]) =>
      policy(`mode: direct\n    keys: [${key}]\n    accept: [${old}]`),
    );
    const [, old = ""] = project.keys;
    const text =
      `a: ${await project.seal("a", CANARY, { direct: true, keys: [old] })}\nb: ${await project.seal("b", CANARY)}\n` +
      "f: sealed:v1:file:f.sealed\n";
    project.write(FILE, text);
    project.write("config/f.sealed", await project.sealFile("f", CANARY));
    const blob = project.read("config/f.sealed");
    project.emulator.calls.reset();
    // Nobody's credentials: they are not even looked for.
    const environment = { ...project.environment, TENCENTCLOUD_SECRET_ID: "", TENCENTCLOUD_SECRET_KEY: "" };
    assert.equal(
      await printed(["rotate", FILE, "--dry-run"], { cwd: project.folder, environment }),
      `${FILE}: 2 values: 1 to be re-encrypted by the key service, 1 to be opened and sealed again; ` +
        "1 sealed file to be opened and sealed again\n",
    );
    assert.deepEqual([project.read(FILE), project.read("config/f.sealed")], [text, blob]);
    assert.equal(project.emulator.calls.total, 0);
    assert.deepEqual(readdirSync(join(project.folder, "config")).sort(), ["f.sealed", "production.yaml"]);
  });

  test("--over, --key and --was-* do what they say, and --quiet leaves notes out", async (t) => {
    const project = await startSealed(t, ([key, other]) => policy(`keys: [${key}]\n    accept: [${other}]`));
    const [, other = ""] = project.keys;
    const was = { context: { app: "billing", env: "live" } };
    project.write(FILE, `a: ${await project.seal("a", CANARY, was)}\n`);
    project.write(
      "config/b.yaml",
      `a: ${await project.seal("a", CANARY, was)}\nb: ${await project.seal("b", "1", was)}\n`,
    );
    const args = [
      "rotate",
      FILE,
      "config/b.yaml",
      "--over",
      "1",
      "--was-app",
      "billing",
      "--was-env",
      "live",
    ];
    const done = "config/b.yaml: 2 values: 2 opened and sealed again\n";
    assert.deepEqual(await runCli([...args, "--key", other], at(project)), {
      code: 0,
      stdout: done,
      stderr: `${FILE}: 1 data key, left as it is\n`,
    });
    assert.match(project.read("config/b.yaml"), new RegExp(other));
    assert.deepEqual((await project.load("config/b.yaml")).config, { a: CANARY, b: "1" });
    assert.equal(await printed([...args, "--quiet"], at(project)), "");
  });

  test("stops at the first file that fails, which stays as it was, and says how many are done", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const names = ["config/1.yaml", "config/2.yaml", "config/3.yaml"];
    for (const name of names) project.write(name, `a: ${await project.seal("a", CANARY)}\n`);
    const before = names.map((name) => project.read(name));
    project.emulator.inject(
      { kind: "error", code: "UnauthorizedOperation" },
      { action: "Decrypt", after: 1 },
    );
    const { code, stdout, stderr } = await runCli(["rotate", ...names], at(project));
    assert.deepEqual([code, stdout], [6, "config/1.yaml: 1 value: 1 opened and sealed again\n"]);
    assert.match(
      stderr,
      /^1 of 3 files are done\nsealconf: config\/2\.yaml:1:4 \(a\): tencent kms refused Decrypt [^\n]+\n  what is rotated /,
    );
    assert.ok(!stderr.includes(CANARY));
    assert.deepEqual(
      names.map((name, index) => project.read(name) === before[index]),
      [false, true, true],
    );
  });

  test("tells what is wrong with any of the files before it changes one", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const text = `a: ${await project.seal("a", CANARY)}\n`;
    project.write(FILE, text);
    project.write("config/bad.yaml", "a: sealed:v1:nothing\n");
    project.emulator.calls.reset();
    const message = await refused(4, ["rotate", FILE, "config/bad.yaml"], at(project));
    assert.match(message, /^sealconf: config\/bad\.yaml:1:4 \(a\): /);
    assert.deepEqual([project.read(FILE), project.emulator.calls.total], [text, 0]);
    assert.match(
      await refused(3, ["rotate", FILE, "elsewhere.yaml"], at(project)),
      /no rule of .* covers this file/,
    );
    assert.match(await refused(3, ["rotate", "config/gone.yaml"], at(project)), /the file is not there/);
    assert.match(
      await refused(2, ["rotate", "config/a.sealed"], at(project)),
      /with the config file that refers to it/,
    );
    assert.match(await refused(2, ["rotate", FILE, "--over", "-1"], at(project)), /must be a whole number/);
    assert.match(
      await refused(2, ["rotate", FILE, "--was-app", "a b"], at(project)),
      /--was-app is not 1 to 64/,
    );
    assert.match(await refused(2, ["rotate"], at(project)), /missing required argument/);
  });

  test("leaves the file whole when it is killed in the middle, and the next run takes over", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const text = `a: ${await project.seal("a", CANARY)}\nf: sealed:v1:file:f.sealed\n`;
    project.write(FILE, text);
    project.write("config/f.sealed", await project.sealFile("f", CANARY));
    const blob = project.read("config/f.sealed");
    project.emulator.calls.reset();
    project.emulator.inject({ kind: "delay", ms: 60_000 }, { action: "GenerateDataKey" });
    const child = spawn(process.execPath, [programFile("sealconf"), "rotate", FILE], {
      cwd: project.folder,
      env: childEnvironment(project.environment),
      stdio: "ignore",
    });
    const closed = once(child, "close");
    await project.emulator.calls.reach(2);
    child.kill("SIGKILL");
    await closed;
    assert.deepEqual([project.read(FILE), project.read("config/f.sealed")], [text, blob]);
    await printed(["rotate", FILE], at(project));
    assert.notEqual(project.read(FILE), text);
    assert.deepEqual(await project.load(FILE), { config: { a: CANARY, f: CANARY }, kmsCalls: 1 });
    assert.deepEqual(readdirSync(join(project.folder, "config")).sort(), ["f.sealed", "production.yaml"]);
  });

  test("on a terminal shows a bar when it takes long, and takes it away again", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    project.write(FILE, `a: ${await project.seal("a", CANARY)}\n`);
    project.emulator.inject({ kind: "delay", ms: 1_500 }, { action: "GenerateDataKey" });
    const shown = await runOnTerminal(`$SEALCONF rotate ${FILE}; echo end`, {
      ...at(project),
      environment: { ...project.environment, TERM: "xterm" },
    });
    assert.match(
      shown,
      /^(?:\r\u001b\[Krotating \[[#.]{24}\] [01]\/1)+\r\u001b\[Kconfig\/production\.yaml: 1 value: [^\r\n]+\nend\n$/,
    );
  });

  test("needs no network for local keys", async (t) => {
    const cwd = makeFolder(t, {
      ".sealconf.yaml": policy(`keys: [${LOCAL_KEY}]`),
      [FILE]: `a: ${await sealOne("a", CANARY)}\n`,
    });
    assert.equal(await printed(["rotate", FILE], { cwd }), `${FILE}: 1 value: 1 opened and sealed again\n`);
    assert.equal(await printed(["decrypt-value", FILE, "--path", "a"], { cwd }), CANARY);
  });
});
