import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type AnySealconfError,
  type ErrorCode,
  KmsError,
  LoadError,
  OpenError,
  type ProblemError,
  SchemaError,
  SourceError,
  TokenError,
  UsageError,
} from "../../src/errors/index.ts";
import { reportError } from "../../src/cli/report-error.ts";
import { runCli } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, POLICY_TEXT, sealOne, startKms } from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";

const CANARY = "canary-b7a3-hunter2";

/** Reports an error to a stream that remembers. */
function report(
  error: unknown,
  options: { isTTY?: boolean; env?: Record<string, string> } = {},
): [number, string] {
  let text = "";
  const stderr = { isTTY: options.isTTY ?? false, write: (part: string) => (text += part) };
  const io = { stderr, env: options.env ?? {} } as unknown as Parameters<typeof reportError>[1];
  return [reportError(error, io), text];
}

test("each class of errors has its exit code", () => {
  const kms = (code: ConstructorParameters<typeof KmsError>[0]): KmsError =>
    new KmsError(code, "x", { provider: "local" });
  const expected: Readonly<Record<Exclude<ErrorCode, "ERR_LOAD_FAILED">, readonly [number, ProblemError]>> = {
    ERR_OPTION_INVALID: [2, new UsageError("ERR_OPTION_INVALID", "x")],
    ERR_COMMAND_UNKNOWN: [2, new UsageError("ERR_COMMAND_UNKNOWN", "x")],
    ERR_FILE_UNREADABLE: [3, new SourceError("ERR_FILE_UNREADABLE", "x")],
    ERR_FILE_CHANGED: [3, new SourceError("ERR_FILE_CHANGED", "x")],
    ERR_WRITE_FAILED: [3, new SourceError("ERR_WRITE_FAILED", "x")],
    ERR_FORMAT_UNKNOWN: [3, new SourceError("ERR_FORMAT_UNKNOWN", "x")],
    ERR_FORMAT_SYNTAX: [3, new SourceError("ERR_FORMAT_SYNTAX", "x")],
    ERR_LIMIT_EXCEEDED: [3, new SourceError("ERR_LIMIT_EXCEEDED", "x")],
    ERR_POLICY_INVALID: [3, new SourceError("ERR_POLICY_INVALID", "x")],
    ERR_NO_RULE: [3, new SourceError("ERR_NO_RULE", "x")],
    ERR_TOKEN_MALFORMED: [4, new TokenError("ERR_TOKEN_MALFORMED", "x")],
    ERR_TOKEN_VERSION: [4, new TokenError("ERR_TOKEN_VERSION", "x")],
    ERR_PROVIDER_UNKNOWN: [4, new TokenError("ERR_PROVIDER_UNKNOWN", "x")],
    ERR_KEY_NOT_ALLOWED: [4, new TokenError("ERR_KEY_NOT_ALLOWED", "x")],
    ERR_PLACE_MISMATCH: [4, new TokenError("ERR_PLACE_MISMATCH", "x")],
    ERR_RAW_REFUSED: [4, new TokenError("ERR_RAW_REFUSED", "x")],
    ERR_PLAINTEXT_SECRET: [4, new TokenError("ERR_PLAINTEXT_SECRET", "x")],
    ERR_OPEN_FAILED: [5, new OpenError()],
    ERR_KMS_DENIED: [6, kms("ERR_KMS_DENIED")],
    ERR_KMS_KEY_UNUSABLE: [6, kms("ERR_KMS_KEY_UNUSABLE")],
    ERR_KMS_THROTTLED: [6, kms("ERR_KMS_THROTTLED")],
    ERR_KMS_UNREACHABLE: [6, kms("ERR_KMS_UNREACHABLE")],
    ERR_KMS_RESPONSE: [6, kms("ERR_KMS_RESPONSE")],
    ERR_CREDENTIALS_MISSING: [6, kms("ERR_CREDENTIALS_MISSING")],
    ERR_CLOCK_SKEW: [6, kms("ERR_CLOCK_SKEW")],
    ERR_DEADLINE: [6, kms("ERR_DEADLINE")],
    ERR_SCHEMA_INVALID: [7, new SchemaError("x", [])],
  };
  for (const [exitCode, error] of Object.values(expected)) {
    assert.equal(report(error)[0], exitCode, error.code);
    assert.equal(report(new LoadError([error]))[0], exitCode, error.code);
  }
  const all = Object.values(expected).map(([, error]) => error);
  assert.equal(report(new LoadError(all.toReversed()))[0], 2);
  assert.equal(report(new LoadError(all.slice(-3)))[0], 6);
});

test("a message is told with its place and its hint", () => {
  const source = { file: "app.yaml", line: 12, column: 7, path: "db.password" };
  const error: AnySealconfError = new TokenError("ERR_TOKEN_MALFORMED", "what was wrong", {
    source,
    hint: "do this",
  });
  assert.equal(report(error)[1], "sealconf: app.yaml:12:7 (db.password): what was wrong\n  do this\n");
  assert.equal(report(new SchemaError("bad", []))[1], "sealconf: bad\n");
});

test("an error that nobody foresaw exits with 70 and shows nothing of itself", () => {
  class OddError extends Error {
    override readonly name = "Odd\u001b[31m";
  }
  const [code, text] = report(new OddError(CANARY, { cause: CANARY }));
  assert.equal(code, 70);
  assert.equal(text, "sealconf: an unexpected Odd\\u{1b}[31m ended the command; please report it\n");
  assert.deepEqual(report(CANARY), [
    70,
    "sealconf: an unexpected string ended the command; please report it\n",
  ]);
});

test("what a terminal acts on is escaped in messages and hints, line by line", () => {
  const source = { file: "a\nb\u001b[31m.yaml", path: "x\u202ey" };
  const error = new SourceError("ERR_NO_RULE", "x\u001b]0;title\u0007", { source, hint: "one\u009b\ntwo" });
  assert.equal(
    report(new LoadError([error]))[1],
    "sealconf: the config cannot be loaded: 1 problem\n" +
      "  a\\u{a}b\\u{1b}[31m.yaml (x\\u{202e}y): x\\u{1b}]0;title\\u{7}\n    one\\u{9b}\\u{a}two\n",
  );
});

test("only the label is coloured, only on a terminal, and not with NO_COLOR", async (t) => {
  const cwd = makeFolder(t);
  const command = "$SEALCONF inspect missing.yaml";
  const message = "missing.yaml: the file is not there\n";
  const [coloured, empty, plain, piped] = await Promise.all([
    runOnTerminal(command, { cwd }),
    runOnTerminal(command, { cwd, environment: { NO_COLOR: "" } }),
    runOnTerminal(command, { cwd, environment: { NO_COLOR: "1" } }),
    runOnTerminal(`${command} 2>&1 | cat`, { cwd }),
  ]);
  assert.equal(coloured, `\u001b[31msealconf:\u001b[39m ${message}`);
  assert.equal(empty, coloured);
  assert.equal(plain, `sealconf: ${message}`);
  assert.equal(piped, plain);
});

test("a file's name with a line break or an escape sequence is printed escaped", async (t) => {
  const name = "a\nb\u001b[31m.yaml";
  const cwd = makeFolder(t, { [name]: "a: sealed:v1:x\n" });
  const commands = [
    ["load", name],
    ["decrypt-value", name],
    ["inspect", `missing${name}`],
    ["load", name, "--json"],
  ];
  const results = await Promise.all(commands.map((args) => runCli(args, { cwd })));
  for (const { code, stderr } of results) {
    assert.notEqual(code, 0);
    assert.doesNotMatch(stderr, /\u001b|a\nb/);
  }
  assert.match(results[0]?.stderr ?? "", /^ {2}a\\u\{a\}b\\u\{1b\}\[31m\.yaml:1:4 \(a\): /m);
});

test("a command that fails shows the secret in neither stream, whatever fails", async (t) => {
  const { emulator, key, environment } = await startKms(t);
  const place = { keys: [key], environment, context: { app: "billing-api", env: "production" } };
  const [local, remote] = await Promise.all([sealOne("a", CANARY), sealOne("a", CANARY, place)]);
  const cwd = makeFolder(t, {
    ".sealconf.yaml": `${POLICY_TEXT}secrets: [secret]\n`,
    "plain.yaml": `secret: ${CANARY}\n`,
    "open.yaml": `a: ${local}\nsecret: ${CANARY}\n`,
    "duplicate.json": `{"a": "${CANARY}", "a": "${CANARY}"}`,
    "bad.yaml": `a: [${CANARY}\nb: {`,
    ".env": `A="${CANARY}\n`,
    "merge.yaml": `a: ${local}\n`,
    "under.yaml": `a: { x: ${CANARY} }\n`,
  });
  emulator.inject({ kind: "error", code: "UnauthorizedOperation", message: CANARY }, { times: 100 });
  const sealing = ["--key", LOCAL_KEY, "--path", "a"];
  const runs: readonly (readonly [readonly string[], string])[] = [
    [["encrypt-value", ...sealing, "--as", "json"], CANARY],
    [["encrypt-value", "--key", key, "--path", "a"], CANARY],
    [["encrypt-value", ...sealing, "--direct"], CANARY.repeat(400)],
    [["encrypt-value", ...sealing, CANARY], CANARY],
    [["decrypt-value", ...sealing], local],
    [["decrypt-value", ...sealing], CANARY],
    [["decrypt-value", "--key", key, "--app", "billing-api", "--env", "production", "--path", "a"], remote],
    [["decrypt-value", "bad.yaml"], ""],
    [["decrypt-value", "open.yaml", "--path", "secret"], ""],
    [["load", "plain.yaml", "--reveal"], ""],
    [["load", "open.yaml", "--reveal", "--explain"], ""],
    [["load", "duplicate.json", "--reveal"], ""],
    [["load", "bad.yaml"], ""],
    [["load", ".env"], ""],
    [["load", "merge.yaml", "under.yaml", "--reveal"], ""],
    [["inspect", "bad.yaml"], ""],
    [["inspect", "-"], CANARY],
  ];
  await Promise.all(
    runs.map(async ([args, stdin]) => {
      const { code, stdout, stderr } = await runCli(args, { cwd, stdin, environment });
      assert.ok(code !== null && code >= 2 && code <= 7, `${args.join(" ")}: ${code}\n${stderr}`);
      assert.equal(stdout, "", args.join(" "));
      assert.ok(!stderr.includes("canary"), `${args.join(" ")}: ${stderr}`);
    }),
  );
});
