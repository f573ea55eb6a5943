import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { SealconfError } from "../../src/errors/index.ts";
import { LOCAL_KEY, ENVIRONMENT, rejectionOf, tamper } from "../support/load-fixture.ts";
import { showWhole } from "../support/provider-contract.ts";
import { aroundTokens, countsOf, startSealed, tokensOf } from "./rotation.ts";

const CANARY = "canary-rotated-3f07";

function policy(rule: string, more: string = ""): string {
  return `app: billing-api\nrules:\n  - files: ["config/production.*", ".env"]\n    env: production\n    ${rule}\n${more}`;
}

describe("rotating a file", { concurrency: 4 }, () => {
  it("seals its values under one fresh data key, and they load as before with one call", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const [a, b, c] = [
      await project.seal("a", `${CANARY}-a`),
      await project.seal("b", `${CANARY}-b`),
      await project.seal("c.d", 7),
    ];
    project.write("config/production.yaml", `a: ${a}\nb: ${b}\nc: {d: "${c}"}\nplain: 1\n`);
    const before = await project.load("config/production.yaml");
    assert.equal(before.kmsCalls, 3);
    project.emulator.calls.reset();

    const [summary = assert.fail()] = await project.rotate(["config/production.yaml"]);
    assert.deepEqual(countsOf(summary), { "seal-again": 3 });
    const { calls } = project.emulator;
    assert.deepEqual([calls.of("Decrypt"), calls.of("GenerateDataKey"), calls.total], [3, 1, 4]);
    const after = await project.load("config/production.yaml");
    assert.deepEqual(after, { config: before.config, kmsCalls: 1 });
    for (const token of [a, b, c]) assert.ok(!project.read("config/production.yaml").includes(token));
  });

  it("makes one data key for each group of a run, and opens each old one once", async (t) => {
    const project = await startSealed(t, ([one, two]) =>
      policy(
        `keys: [${one}]`,
        `  - files: [config/both.yaml]\n    env: production\n    keys: [${one}, ${two}]\n` +
          `  - files: [config/default.yaml]\n    keys: [${one}]\n`,
      ),
    );
    const shared = await project.seal("a", "1");
    project.write("config/production.yaml", `a: ${shared}\n`);
    project.write("config/production.json", `{"a": "${shared}"}`);
    project.write("config/both.yaml", `a: ${await project.seal("a", "2")}\n`);
    project.write(
      "config/default.yaml",
      `a: ${await project.seal("a", "3", { context: { app: "billing-api" } })}\n`,
    );
    project.emulator.calls.reset();
    await project.rotate(
      ["production.yaml", "production.json", "both.yaml", "default.yaml"].map((name) => `config/${name}`),
    );
    const { calls } = project.emulator;
    const counts = ["Decrypt", "GenerateDataKey", "Encrypt"].map((action) => calls.of(action));
    assert.deepEqual([...counts, calls.total], [3, 3, 1, 7]);
    const names = ["config/production.yaml", "config/production.json"];
    assert.deepEqual((await project.load(...names)).kmsCalls, 1);
    assert.deepEqual((await project.load("config/both.yaml")).config, { a: "2" });
    assert.deepEqual((await project.load("config/default.yaml")).config, { a: "3" });
  });

  it("changes nothing but the tokens, each of which stays of its kind", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const list = await project.seal("servers[].token", CANARY);
    const text =
      `\ufeff# kept\r\ndb:\r\n    password: '${await project.seal("db.password", CANARY)}'   # kept too\r\n` +
      `anchored: &all ${await project.seal(null, "anywhere")}\r\nagain: *all\r\n` +
      `json: {"text": "${await project.seal("json.text", "x", { keys: [project.key] })}", n: "${await project.seal("json.n", [1, null])}"}\r\n` +
      `servers:\r\n  - token: ${list}\r\n  - token: ${list}`;
    const jsonText = await project.seal(null, { a: 1 });
    project.write("config/production.yaml", text);
    project.write(".env", `export A="${await project.seal("A", "dotenv")}" # kept\nB='${jsonText}'\n`);
    const names = ["config/production.yaml", ".env"];
    const before = names.map((name) => project.read(name));
    const loaded = [await project.load("config/production.yaml"), await project.load(".env")];

    const summaries = await project.rotate(names);
    assert.deepEqual(summaries.map(countsOf), [{ "seal-again": 6 }, { "seal-again": 2 }]);
    for (const [index, name] of names.entries()) {
      assert.equal(aroundTokens(project.read(name)), aroundTokens(before[index] ?? ""));
      const [old, renewed] = [tokensOf(before[index] ?? ""), tokensOf(project.read(name))];
      assert.equal(old.length, renewed.length);
      assert.deepEqual(
        old.filter((token) => renewed.includes(token)),
        [],
      );
      assert.deepEqual((await project.load(name)).config, loaded[index]?.config);
    }
  });

  it("goes to the keys of today's rule from those that it accepts", async (t) => {
    const project = await startSealed(t, ([old, first, second]) =>
      policy(`keys: [${first}, ${second}]\n    accept: [${old}]`),
    );
    project.write("config/production.yaml", `a: ${await project.seal("a", CANARY)}\n`);
    await project.rotate(["config/production.yaml"]);
    const [token = ""] = tokensOf(project.read("config/production.yaml"));
    const recipients = token
      .split(":")[4]
      ?.split(",")
      .map((text) => text.split("=")[0]);
    assert.deepEqual(recipients, project.keys.slice(1));
    assert.deepEqual((await project.load("config/production.yaml")).config, { a: CANARY });
  });

  it("moves from a local key, which the rule accepts, to a cloud key, and never to both", async (t) => {
    const project = await startSealed(t, ([cloud]) => policy(`keys: [${cloud}]\n    accept: [${LOCAL_KEY}]`));
    const { key } = project;
    project.write("config/production.yaml", `a: ${await project.seal("a", CANARY, { keys: [LOCAL_KEY] })}\n`);
    const before = project.read("config/production.yaml");
    const error = await rejectionOf(project.rotate(["config/production.yaml"], { keys: [key, LOCAL_KEY] }));
    assert.ok(error instanceof SealconfError);
    assert.match(error.message, /: a local key stands beside a cloud key$/);
    assert.equal(project.read("config/production.yaml"), before);
    await project.rotate(["config/production.yaml"]);
    assert.ok(!project.read("config/production.yaml").includes(LOCAL_KEY));
    const { config, kmsCalls } = await project.load("config/production.yaml");
    assert.deepEqual([config, kmsCalls], [{ a: CANARY }, 1]);
  });

  it("goes to keys that are named, if the rule lists them", async (t) => {
    const project = await startSealed(t, ([one, two]) => policy(`keys: [${one}]\n    accept: [${two}]`));
    project.write("config/production.yaml", `a: ${await project.seal("a", CANARY)}\n`);
    const [, second = "", third = ""] = project.keys;
    const before = project.read("config/production.yaml");
    const error = await rejectionOf(project.rotate(["config/production.yaml"], { keys: [second, third] }));
    assert.ok(error instanceof SealconfError);
    assert.equal(error.code, "ERR_KEY_NOT_ALLOWED");
    assert.match(
      error.message,
      new RegExp(`^config/production\\.yaml: the file's rule does not list ${third}$`),
    );
    assert.match(error.hint ?? "", /list it under keys or accept in the policy first/);
    assert.equal(project.read("config/production.yaml"), before);
    await project.rotate(["config/production.yaml"], { keys: [second] });
    assert.match(project.read("config/production.yaml"), new RegExp(`:${second}=`));
    assert.deepEqual((await project.load("config/production.yaml")).config, { a: CANARY });
  });

  it("leaves a file alone that needs no more data keys than are few enough", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    project.write(
      "config/production.yaml",
      `a: ${await project.seal("a", "1")}\nb: sealed:v1:file:b.sealed\n`,
    );
    project.write("config/b.sealed", await project.sealFile("b", "2"));
    const before = project.read("config/production.yaml");
    const [few = assert.fail()] = await project.rotate(["config/production.yaml"], { over: 2 });
    assert.deepEqual(
      [few.fewDataKeys, countsOf(few), project.read("config/production.yaml")],
      [2, {}, before],
    );
    const [many = assert.fail()] = await project.rotate(["config/production.yaml"], { over: 1 });
    assert.deepEqual([many.fewDataKeys, countsOf(many)], [undefined, { "seal-again": 1, "seal-file": 1 }]);
    assert.equal((await project.load("config/production.yaml")).kmsCalls, 1);
    const [one = assert.fail()] = await project.rotate(["config/production.yaml"], { over: 1 });
    assert.equal(one.fewDataKeys, 1);
  });

  it("without sealed values writes and asks nothing", async (t) => {
    const project = await startSealed(t, () => policy("keys: [local/dev]"));
    project.write("config/production.yaml", "a: 1\n");
    const { ino } = statSync(join(project.folder, "config/production.yaml"));
    const [summary = assert.fail()] = await project.rotate(["config/production.yaml"]);
    assert.deepEqual(countsOf(summary), {});
    assert.equal(statSync(join(project.folder, "config/production.yaml")).ino, ino);
    assert.equal(project.emulator.calls.total, 0);
  });

  it("refuses what a load would refuse, before a key service is asked", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const [, other = ""] = project.keys;
    const good = await project.seal("a", CANARY);
    const cases: readonly (readonly [text: string, code: string, place: string])[] = [
      [`a: ${good}\nb: sealed:v1:nothing\n`, "ERR_TOKEN_MALFORMED", "2:4 (b)"],
      [`b: ${good}\n`, "ERR_PLACE_MISMATCH", "1:4 (b)"],
      [`a: ${await project.seal("a", CANARY, { keys: [other] })}\n`, "ERR_KEY_NOT_ALLOWED", "1:4 (a)"],
      [`a: ${await project.encryptRaw(project.key, CANARY)}\n`, "ERR_RAW_REFUSED", "1:4 (a)"],
      [`a: ${good}\nb: sealed:v1:file:gone.sealed\n`, "ERR_FILE_UNREADABLE", "2:4 (b)"],
      ["- a\n", "ERR_FORMAT_SYNTAX", "1:1"],
    ];
    project.emulator.calls.reset();
    for (const [text, code, place] of cases) {
      project.write("config/production.yaml", text);
      const error = await rejectionOf(project.rotate(["config/production.yaml"], { over: 0 }));
      assert.ok(error instanceof SealconfError, showWhole(error));
      assert.equal(error.code, code);
      assert.ok(error.message.startsWith(`config/production.yaml:${place}: `), error.message);
      assert.equal(project.read("config/production.yaml"), text);
    }
    assert.equal(project.emulator.calls.total, 0);
    project.write("config/production.yaml", `a: sealed:v1:x\nb: ${good}\n`);
    const several = await rejectionOf(project.rotate(["config/production.yaml"]));
    assert.ok(several instanceof SealconfError);
    assert.equal(several.code, "ERR_LOAD_FAILED");
  });

  it("leaves every byte as it was when one of its values does not open, and says which", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const text = `a: ${await project.seal("a", CANARY)}\nb: ${tamper(await project.seal("b", CANARY))}\nc: sealed:v1:file:c.sealed\n`;
    project.write("config/production.yaml", text);
    project.write("config/c.sealed", await project.sealFile("c", CANARY));
    const blob = project.read("config/c.sealed");
    const error = await rejectionOf(project.rotate(["config/production.yaml"]));
    assert.ok(error instanceof SealconfError);
    assert.deepEqual([error.code, error.source?.line, error.source?.path], ["ERR_OPEN_FAILED", 2, "b"]);
    const shown = showWhole(error);
    for (const secret of [CANARY, ...tokensOf(text)]) assert.ok(!shown.includes(secret), shown);
    assert.equal(project.read("config/production.yaml"), text);
    assert.equal(project.read("config/c.sealed"), blob);
    assert.deepEqual(readdirSync(join(project.folder, "config")).sort(), ["c.sealed", "production.yaml"]);
  });

  it("stops at the first file that fails: those before it are done, those after it as they were", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const names = ["config/production.yaml", "config/production.json", ".env"];
    const [a, b, c] = [
      await project.seal("a", "1"),
      await project.seal("a", "2"),
      await project.seal("A", "3"),
    ];
    project.write("config/production.yaml", `a: ${a}\n`);
    project.write("config/production.json", `{"a": "${b}"}`);
    project.write(".env", `A=${c}\n`);
    project.emulator.inject(
      { kind: "error", code: "InternalError" },
      { action: "Decrypt", after: 1, times: 20 },
    );
    await assert.rejects(project.rotate(names), {
      code: "ERR_KMS_UNREACHABLE",
      message: /^config\/production\.json:1:7 \(a\): /,
    });
    assert.deepEqual(
      [project.read("config/production.yaml").includes(a), project.read(".env")],
      [false, `A=${c}\n`],
    );
    assert.equal(project.read("config/production.json"), `{"a": "${b}"}`);
    project.emulator.clearFaults();
    assert.deepEqual((await project.load("config/production.yaml")).config, { a: "1" });
    await project.rotate(names);
    assert.equal((await project.load(...names)).kmsCalls, 1);
  });

  it("says in one line that it takes the right to decrypt", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    project.write("config/production.yaml", `a: ${await project.seal("a", CANARY)}\n`);
    const before = project.read("config/production.yaml");
    const sealer = {
      secretId: "sealer",
      secretKey: "canary0000secret0key",
      allow: ["Encrypt", "GenerateDataKey"],
    };
    project.emulator.addCredential(sealer);
    const environment = {
      ...project.environment,
      TENCENTCLOUD_SECRET_ID: sealer.secretId,
      TENCENTCLOUD_SECRET_KEY: sealer.secretKey,
    };
    await assert.rejects(project.rotate(["config/production.yaml"], { environment }), {
      code: "ERR_KMS_DENIED",
      message: /^config\/production\.yaml:1:4 \(a\): tencent kms refused Decrypt with \S+: [^\n]*$/,
      hint: /^what is rotated is opened and sealed again, which takes the right to decrypt: .*kms:Decrypt/,
    });
    assert.equal(project.read("config/production.yaml"), before);
  });

  it("works with local keys, and asks no key service", async (t) => {
    const project = await startSealed(t, () => policy("keys: [local/dev]"));
    project.write("config/production.yaml", `a: ${await project.seal("a", "1", { keys: ["local/dev"] })}\n`);
    const before = project.read("config/production.yaml");
    await project.rotate(["config/production.yaml"], { environment: ENVIRONMENT });
    assert.notEqual(project.read("config/production.yaml"), before);
    assert.deepEqual(await project.load("config/production.yaml"), { config: { a: "1" }, kmsCalls: 0 });
    assert.equal(project.emulator.calls.total, 0);
  });
});
