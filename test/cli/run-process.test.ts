import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { test, type TestContext } from "node:test";

import { childEnvironment, programFile } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, POLICY_TEXT, sealOne } from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";

const DECRYPT = ["decrypt-value", "--key", LOCAL_KEY, "--path", "a"];

/** Runs a command whose output, or messages, nobody reads any more when its input comes. */
async function runUnread(
  unread: "stdout" | "stderr",
  stdin: string,
): Promise<{ readonly code: unknown; readonly other: string }> {
  const child = spawn(process.execPath, [programFile("sealconf"), ...DECRYPT], { env: childEnvironment() });
  let other = "";
  const read = unread === "stdout" ? child.stderr : child.stdout;
  read.setEncoding("utf8").on("data", (text: string) => (other += text));
  child[unread].destroy();
  await once(child[unread], "close");
  child.stdin.end(stdin);
  const [code] = (await once(child, "close")) as [unknown];
  return { code, other };
}

test("a result that nobody reads ends the command without a word", async () => {
  const token = await sealOne("a", "hunter2", { context: {} });
  assert.deepEqual(await runUnread("stdout", token), { code: 0, other: "" });
});

test("a message that nobody reads does not change the exit code", async () => {
  assert.deepEqual(await runUnread("stderr", "no token"), { code: 4, other: "" });
});

test("output that is read in part ends the command without a word", async (t) => {
  const lines = '  - "one of many lines, more than a pipe holds"\n'.repeat(4_000);
  const cwd = makeFolder(t, { "app.yaml": `list:\n${lines}` });
  const heads = ["load", "decrypt-value"].map(
    (command) => `{ $SEALCONF ${command} app.yaml; echo "${command} $?" >&2; } | head -n 1`,
  );
  const shown = await runOnTerminal(heads.join("; "), { cwd });
  assert.deepEqual(shown.split("\n").sort(), ["", "decrypt-value 0", "list:", "list:", "load 0"]);
});

const POLICY = `secrets: [password]\n${POLICY_TEXT}`;
const NAMES = Array.from({ length: 4 }, (_, index) => `${index}.yaml`);
const PLAIN = "password: hunter2\n";
const SEALED = /^password: sealed:v1:envelope:\S+\n$/;

function makeProject(t: TestContext, policy: string = POLICY): string {
  const files = NAMES.map((name) => [name, PLAIN] as const);
  return makeFolder(t, { ".sealconf.yaml": policy, ".git/HEAD": "", ...Object.fromEntries(files) });
}

function textsOf(cwd: string): string[] {
  return NAMES.map((name) => readFileSync(join(cwd, name), "utf8"));
}

/** A descriptor that takes no output. */
function unwritable(t: TestContext): number {
  const descriptor = openSync(programFile("sealconf"), "r");
  t.after(() => closeSync(descriptor));
  return descriptor;
}

async function run(args: readonly string[], cwd: string, stdout: "closed" | number): Promise<unknown> {
  const child = spawn(process.execPath, [programFile("sealconf"), ...args], {
    cwd,
    env: childEnvironment(),
    stdio: ["ignore", stdout === "closed" ? "pipe" : stdout, "pipe"],
  });
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  const [code] = (await once(child, "close")) as [unknown];
  return [code, stderr];
}

test("a command whose output nobody reads does all of its work, with its own exit code", async (t) => {
  const cwd = makeProject(t);
  assert.deepEqual(await run(["check", "--quiet"], cwd, "closed"), [1, ""]);
  assert.deepEqual(await run(["encrypt-value", ...NAMES], cwd, "closed"), [0, ""]);
  const sealed = textsOf(cwd);
  for (const each of sealed) assert.match(each, SEALED);
  assert.deepEqual(await run(["rotate", ...NAMES], cwd, "closed"), [0, ""]);
  for (const [index, each] of textsOf(cwd).entries()) {
    assert.match(each, SEALED);
    assert.notEqual(each, sealed[index]);
  }
});

test("a command whose output cannot be written does all of its work, and then tells", async (t) => {
  const cwd = makeProject(t);
  const told = [3, "sealconf: standard output cannot be written (EBADF)\n"];
  assert.deepEqual(await run(["check", "--quiet"], cwd, unwritable(t)), told);
  assert.deepEqual(await run(["encrypt-value", ...NAMES], cwd, unwritable(t)), told);
  for (const each of textsOf(cwd)) assert.match(each, SEALED);
  assert.deepEqual(await run(["--help"], cwd, unwritable(t)), told);
});

for (const [what, unwritten, code, expected] of [
  ["a result that cannot be written is an error", "stdout", 0, 3],
  ["a finding that cannot be written is an error", "stdout", 1, 3],
  ["an error stays the one it is where a result cannot be written", "stdout", 5, 5],
  ["a message that cannot be written does not change the exit code", "stderr", 5, 5],
] as const) {
  test(what, async (t) => {
    const module = new URL("../../src/cli/run-process.js", import.meta.url);
    const command = `async (_, { ${unwritten} }) => (${unwritten}.write("text"), ${code})`;
    const script = `const { runProcess } = await import("${module.href}"); await runProcess(${command});`;
    const failing = unwritable(t);
    const stdio = (["stdout", "stderr"] as const).map((name) => (name === unwritten ? failing : "ignore"));
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", ...stdio],
    });
    assert.deepEqual(await once(child, "close"), [expected, null]);
  });
}

/** A key service that is asked and does not answer. */
async function startSilentService(
  t: TestContext,
): Promise<{ readonly endpoint: string; asked: Promise<void> }> {
  const server = createServer();
  const asked = once(server, "request").then(() => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} during a call ends the command, and nothing is left beside the file`, async (t) => {
    const cwd = makeProject(
      t,
      POLICY.replace(LOCAL_KEY, "tencent/ap-guangzhou/01234567-89ab-cdef-0123-456789abcdef"),
    );
    const before = readdirSync(cwd);
    const { endpoint, asked } = await startSilentService(t);
    const child = spawn(process.execPath, [programFile("sealconf"), "encrypt-value", "0.yaml"], {
      cwd,
      env: childEnvironment({
        SEALCONF_TENCENT_ENDPOINT: endpoint,
        TENCENTCLOUD_SECRET_ID: "id",
        TENCENTCLOUD_SECRET_KEY: "key",
      }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = once(child, "close");
    const output = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    await Promise.race([asked, closed.then(async () => assert.fail(`it ended: ${(await output).join("")}`))]);
    const lock = JSON.parse(readFileSync(join(cwd, ".0.yaml.sealconf-lock"), "utf8")) as { pid: unknown };
    assert.equal(lock.pid, child.pid);
    child.kill(signal);
    assert.deepEqual(await closed, [null, signal]);
    assert.deepEqual(await output, ["", ""]);
    assert.deepEqual(readdirSync(cwd), before);
    assert.equal(readFileSync(join(cwd, "0.yaml"), "utf8"), PLAIN);
  });
}

test("a signal at the prompt ends the command and leaves the terminal as it was", async (t) => {
  const cwd = makeProject(t);
  const commands = [
    "mkfifo asked",
    '{ head -c 5 asked > /dev/null; kill -TERM "$(cat pid)"; } &',
    "before=$(stty -g)",
    "sh -c 'echo $$ > pid; exec $SEALCONF encrypt-value 0.yaml --path password 2> asked'",
    'echo "code $?"; test "$(stty -g)" = "$before" && echo sane',
  ];
  assert.match(await runOnTerminal(commands.join("\n"), { cwd }), /code 143\nsane\n$/);
  assert.deepEqual(textsOf(cwd), [PLAIN, PLAIN, PLAIN, PLAIN]);
});
