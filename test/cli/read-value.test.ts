import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { openValue } from "../../src/index.ts";
import { ENVIRONMENT, LOCAL_KEY, makeFolder } from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";

const CANARY = "canary-1c9e-hunter2";
const PROMPT = "value for db.password (hidden): ";
const SEAL = `$ENCRYPT_VALUE --key ${LOCAL_KEY} --path db.password`;
// What a terminal is set to, before and after: it must not be left without echo.
const BETWEEN_SETTINGS = (command: string): string =>
  `before=$(stty -g); ${command}; echo "code $?"; test "$before" = "$(stty -g)" && echo sane`;

async function open(file: string): Promise<unknown> {
  const text = readFileSync(file, "utf8");
  assert.match(text, /^sealed:v1:envelope:\S+\n$/);
  return await openValue(text.trimEnd(), {
    keys: [LOCAL_KEY],
    path: "db.password",
    environment: ENVIRONMENT,
  });
}

test("on a terminal the value is asked for on standard error and not shown; the token alone is the output", async (t) => {
  const cwd = makeFolder(t);
  const shown = await runOnTerminal(BETWEEN_SETTINGS(`${SEAL} > token.txt`), {
    cwd,
    typed: [{ after: PROMPT, keys: `${CANARY}\r` }],
  });
  assert.equal(shown, `${PROMPT}\ncode 0\nsane\n`);
  assert.equal(await open(join(cwd, "token.txt")), CANARY);
});

test("the token follows the prompt when both go to the terminal", async (t) => {
  const shown = await runOnTerminal(SEAL, {
    cwd: makeFolder(t),
    typed: [{ after: PROMPT, keys: `${CANARY}\r` }],
  });
  assert.match(shown, /^value for db\.password \(hidden\): \nsealed:v1:envelope:\S+\n$/);
});

test("the prompt says when the value is bound to no path", async (t) => {
  const shown = await runOnTerminal(`$SEALCONF encrypt-value --key ${LOCAL_KEY} --no-path`, {
    cwd: makeFolder(t),
    typed: [{ after: "value (hidden): ", keys: `${CANARY}\r` }],
  });
  assert.match(shown, /^value \(hidden\): \nsealed:v1:envelope\+nopath:\S+\n$/);
});

test("what is typed can be corrected", async (t) => {
  const cwd = makeFolder(t);
  const shown = await runOnTerminal(`${SEAL} > token.txt`, {
    cwd,
    typed: [{ after: PROMPT, keys: `${CANARY}xy\u007f\u007f é✓\r` }],
  });
  assert.equal(shown, `${PROMPT}\n`);
  assert.equal(await open(join(cwd, "token.txt")), `${CANARY} é✓`);
});

test("^C at the prompt ends it with 130, seals nothing and leaves the terminal as it was", async (t) => {
  const cwd = makeFolder(t);
  const shown = await runOnTerminal(BETWEEN_SETTINGS(`${SEAL} > token.txt`), {
    cwd,
    typed: [{ after: PROMPT, keys: `${CANARY}\u0003` }],
  });
  assert.equal(shown, `${PROMPT}\ncode 130\nsane\n`);
  assert.equal(readFileSync(join(cwd, "token.txt"), "utf8"), "");
});

test("several lines that are pasted at the prompt are refused, and none of them is sealed or shown", async (t) => {
  const cwd = makeFolder(t);
  for (const keys of [`${CANARY}\rsecond\rthird\r`, `${CANARY}\rsecond`]) {
    const shown = await runOnTerminal(BETWEEN_SETTINGS(`${SEAL} > token.txt`), {
      cwd,
      typed: [{ after: PROMPT, keys }],
    });
    assert.match(shown, /the prompt takes one line, and there were several\n.*\ncode 2\nsane\n$/);
    assert.ok(!shown.includes("canary"), shown);
    assert.equal(readFileSync(join(cwd, "token.txt"), "utf8"), "");
  }
});

test("^D at the prompt is no value", async (t) => {
  const cwd = makeFolder(t);
  const shown = await runOnTerminal(BETWEEN_SETTINGS(`${SEAL} > token.txt`), {
    cwd,
    typed: [{ after: PROMPT, keys: "\u0004" }],
    environment: { NO_COLOR: "1" },
  });
  assert.equal(shown, `${PROMPT}\nsealconf: no value was given\ncode 2\nsane\n`);
  assert.equal(readFileSync(join(cwd, "token.txt"), "utf8"), "");
});

test("on a terminal nothing is asked when the value is piped in, or when the options are wrong", async (t) => {
  const [piped, keyless] = await Promise.all([
    runOnTerminal(`printf %s ${CANARY} | ${SEAL}`, { cwd: makeFolder(t) }),
    runOnTerminal("$ENCRYPT_VALUE --path db.password", {
      cwd: makeFolder(t),
      environment: { NO_COLOR: "1" },
    }),
  ]);
  assert.match(piped, /^sealed:v1:envelope:\S+\n$/);
  assert.match(keyless, /^sealconf: no key is named\n/);
});
