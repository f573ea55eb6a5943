import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { openValue } from "../../src/index.ts";
import { printed, refused, startEmulatorProcess } from "../support/cli.ts";
import { makeFolder } from "../support/load-fixture.ts";

const CANARY = "canary-40aa-hunter2";

test("kms-emulator prints one JSON line once it answers, and ends well at ^C and at SIGTERM", async (t) => {
  await Promise.all(
    (["SIGINT", "SIGTERM"] as const).map(async (signal) => {
      const emulator = await startEmulatorProcess(t);
      const { tencent, ...rest } = JSON.parse(emulator.line) as { readonly tencent: object };
      assert.deepEqual(rest, {});
      assert.deepEqual(Object.keys(tencent), ["endpoint", "region", "secretId", "secretKey", "keyIds"]);
      assert.match(emulator.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal(emulator.region, "ap-guangzhou");
      assert.match(emulator.keyIds.join(), /^[0-9a-f-]{36}$/);
      const answer = await fetch(emulator.endpoint, { method: "POST" });
      assert.match(await answer.text(), /"Error"/);
      assert.deepEqual(await emulator.stop(signal), { code: 0, stdout: emulator.line, stderr: "" });
      await assert.rejects(fetch(emulator.endpoint));
    }),
  );
});

test("a port that is taken, or is none, is a clear error", async (t) => {
  const { endpoint } = await startEmulatorProcess(t);
  const { port } = new URL(endpoint);
  const taken = await refused(2, ["kms-emulator", "--port", port]);
  assert.equal(
    taken,
    `sealconf: cannot listen on 127.0.0.1 port ${port} (EADDRINUSE)\n  give another port, or 0 for any free one\n`,
  );
  const ports = ["65536", "-1", "", "1e3"];
  await Promise.all(
    ports.map(async (text) => {
      const message = await refused(2, ["kms-emulator", `--port=${text}`]);
      assert.match(message, /it must be a port from 0 to 65535\n/, text);
    }),
  );
});

test("--state keeps keys and the credential from one run to the next, readable by the owner alone", async (t) => {
  const folder = makeFolder(t);
  const state = join(folder, "kms.json");
  const first = await startEmulatorProcess(t, ["--state", state]);
  assert.equal(statSync(state).mode & 0o777, 0o600);
  const args = ["encrypt-value", "--key", first.key, "--path", "a"];
  const token = await printed(args, { stdin: CANARY, environment: first.environment });
  await first.stop("SIGTERM");
  const second = await startEmulatorProcess(t, ["--state", state]);
  assert.deepEqual(second.keyIds, first.keyIds);
  const { TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY } = first.environment;
  const environment = { ...second.environment, TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY };
  assert.equal(await openValue(token.trimEnd(), { path: "a", keys: [first.key], environment }), CANARY);
  assert.equal(statSync(state).mode & 0o777, 0o600);
});

test("a state file that cannot be used is told, with what to do, and left as it is", async (t) => {
  const cwd = makeFolder(t, { "bad\u001b[31m.json": `{"${CANARY}": ` });
  const [damaged, missing] = await Promise.all([
    refused(2, ["kms-emulator", "--state", "bad\u001b[31m.json"], { cwd }),
    refused(2, ["kms-emulator", "--state", "nowhere/kms.json"], { cwd }),
  ]);
  assert.match(
    damaged,
    /bad\\u\{1b\}\[31m\.json is damaged: it is not JSON\n {2}move it away to start with new keys/,
  );
  assert.match(missing, /nowhere\/kms\.json cannot be written \(ENOENT\)\n$/);
  assert.ok(!damaged.includes(CANARY));
  assert.equal(readFileSync(join(cwd, "bad\u001b[31m.json"), "utf8"), `{"${CANARY}": `);
});

test("each --region has keys of its own", async (t) => {
  const state = join(makeFolder(t), "kms.json");
  const emulator = await startEmulatorProcess(t, [
    "--region",
    "ap-shanghai",
    "--region",
    "ap-guangzhou",
    "--state",
    state,
  ]);
  assert.equal(emulator.region, "ap-shanghai");
  const { tencent } = JSON.parse(readFileSync(state, "utf8")) as {
    readonly tencent: { readonly keys: readonly { readonly region: string; readonly keyId: string }[] };
  };
  const keys = tencent.keys.map(({ region, keyId }) => `tencent/${region}/${keyId}`);
  assert.deepEqual(
    keys.map((key) => key.split("/")[1]),
    ["ap-shanghai", "ap-guangzhou"],
  );
  const recipients = keys.flatMap((key) => ["--key", key]);
  const { environment } = emulator;
  const token = await printed(["encrypt-value", ...recipients, "--path", "a"], {
    stdin: CANARY,
    environment,
  });
  const opened = keys.map((key) => openValue(token.trimEnd(), { keys: [key], path: "a", environment }));
  assert.deepEqual(await Promise.all(opened), [CANARY, CANARY]);
});

test("a region that is none, or is named twice, is refused", async () => {
  const [none, upper, twice] = await Promise.all([
    refused(2, ["kms-emulator", "--region", ""]),
    refused(2, ["kms-emulator", "--region", "AP-guangzhou"]),
    refused(2, ["kms-emulator", "--region", "ap-guangzhou", "--region", "ap-guangzhou"]),
  ]);
  assert.match(none, /it must be the name of a region, such as ap-guangzhou\n/);
  assert.match(upper, /it must be the name of a region, such as ap-guangzhou\n/);
  assert.match(twice, /it is given twice\n/);
});
