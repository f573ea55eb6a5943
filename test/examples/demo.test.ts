import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const DEMO = fileURLToPath(new URL("../../examples/demo.js", import.meta.url));
const SERVICE = fileURLToPath(new URL("../../../fixtures/service/", import.meta.url));

interface Outcome {
  readonly exitCode: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

let temporary: string;
let outcome: Outcome;

before(async () => {
  temporary = mkdtempSync(join(tmpdir(), "sealconf-demo-test-"));
  outcome = await runDemo();
});

after(() => rmSync(temporary, { recursive: true, force: true }));

test("the demo succeeds and prints no warning", () => {
  assert.equal(outcome.stderr, "");
  assert.equal(outcome.exitCode, 0);
});

test("the demo counts a call for each data key and direct value, and none for local keys", () => {
  assert.deepEqual(outcome.stdout.match(/^KMS calls: .*$/gm), ["KMS calls: 3", "KMS calls: 0"]);
});

test("the demo shows every kind of value with its file, line and key", () => {
  assert.match(outcome.stdout, /^ {2}service\.name +config\/default\.yaml:\d+ +plaintext$/m);
  assert.match(
    outcome.stdout,
    /^ {2}db\.password +config\/production\.yaml:\d+ +envelope, for production +tencent\/ap-guangzhou\/\S+$/m,
  );
  assert.match(
    outcome.stdout,
    /^ {2}payments\.apiToken +config\/production\.yaml:\d+ +direct, for production +local\/production$/m,
  );
  assert.match(
    outcome.stdout,
    /^ {2}payments\.webhookSigningKey +\.env:\d+ +envelope, for any env +local\/others$/m,
  );
});

test("the demo prints the config with every secret hidden", () => {
  assert.equal(outcome.stdout.match(/\[sealed\]/g)?.length, 2 * 8);
  const secrets = findSecrets();
  assert.equal(secrets.length, 10);
  assert.deepEqual(
    secrets.filter((secret) => outcome.stdout.includes(secret)),
    [],
  );
});

test("the demo leaves nothing in the temporary folder", () => {
  assert.deepEqual(readdirSync(temporary), []);
});

test("a demo that fails half-way leaves nothing either", async () => {
  // Nothing can listen any more: the emulator does not start.
  const broken =
    'import { Server } from "node:net"; Server.prototype.listen = () => { throw new Error("no network"); };';
  const { exitCode, stderr } = await runDemo(
    "--import",
    `data:text/javascript,${encodeURIComponent(broken)}`,
  );
  assert.equal(exitCode, 1);
  assert.match(stderr, /no network/);
  assert.deepEqual(readdirSync(temporary), []);
});

/** Runs the compiled demo with nothing of this machine's own settings: no keys, no credentials, no proxy. */
async function runDemo(...nodeOptions: readonly string[]): Promise<Outcome> {
  const env = {
    PATH: process.env["PATH"],
    HOME: temporary,
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
  };
  const child = spawn(process.execPath, [...nodeOptions, DEMO], { env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = (await closed) as [unknown];
  return { exitCode, stdout, stderr };
}

/** What stands in the service's files in place of secrets; of the key with several lines, its first. */
function findSecrets(): string[] {
  const files = readdirSync(SERVICE, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  return texts.flatMap((content) => content.match(/\bfake-[\w-]+|^ThisIsNotAKey.*$/gm) ?? []);
}
