import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

import { childEnvironment, programFile } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, sealOne } from "../support/load-fixture.ts";
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
