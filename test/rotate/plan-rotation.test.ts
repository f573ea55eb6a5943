import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SealconfError } from "../../src/errors/index.ts";
import { rejectionOf, tamper } from "../support/load-fixture.ts";
import { countsOf, startSealed, tokensOf } from "./rotation.ts";

const FILE = "config/production.yaml";
const TWO_REGIONS = { regions: ["ap-guangzhou", "ap-shanghai"], keysPerRegion: 2 };
const CANARY = "canary-planned-71d4";

function policy(rule: string, app: string = "billing-api"): string {
  return `app: ${app}\nrules:\n  - files: [${FILE}, config/other.yaml]\n    env: production\n    ${rule}\n`;
}

describe("a direct value", { concurrency: 4 }, () => {
  it("is re-encrypted by the key service, which asks for no right to decrypt", async (t) => {
    const project = await startSealed(t, ([old, key]) =>
      policy(`mode: direct\n    keys: [${key}]\n    accept: [${old}]`),
    );
    const tokens = [
      await project.seal("a", CANARY, { direct: true }),
      await project.seal("b", { c: 1 }, { direct: true }),
      await project.seal(null, "x", { direct: true }),
    ] as const;
    project.write(FILE, `a: ${tokens[0]}\nb: ${tokens[1]}\nc: ${tokens[2]}\n`);
    const credential = { secretId: "rotator", secretKey: "canary0000secret0key", allow: ["ReEncrypt"] };
    project.emulator.addCredential(credential);
    project.emulator.calls.reset();
    const environment = {
      ...project.environment,
      TENCENTCLOUD_SECRET_ID: credential.secretId,
      TENCENTCLOUD_SECRET_KEY: credential.secretKey,
    };
    const [summary = assert.fail()] = await project.rotate([FILE], { environment });
    assert.deepEqual(countsOf(summary), { "re-encrypt": 3 });
    assert.deepEqual([project.emulator.calls.of("ReEncrypt"), project.emulator.calls.total], [3, 3]);
    const after = tokensOf(project.read(FILE));
    for (const [index, token] of after.entries()) {
      const [header, recipient] = token.split(`:tencent/`);
      assert.equal(header, tokens[index]?.split(`:tencent/`)[0]);
      assert.match(`tencent/${recipient}`, new RegExp(`^${project.keys[1]}=`));
    }
    assert.deepEqual((await project.load(FILE)).config, { a: CANARY, b: { c: 1 }, c: "x" });
  });

  it("keeps its bytes when its key has no newer version", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`mode: direct\n    keys: [${key}]`));
    const text = `a: ${await project.seal("a", CANARY, { direct: true })}\n`;
    project.write(FILE, text);
    const [summary = assert.fail()] = await project.rotate([FILE]);
    assert.deepEqual(countsOf(summary), { unchanged: 1 });
    assert.equal(project.read(FILE), text);
  });

  it("is opened and sealed again for a key elsewhere, and as what the rule says", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`), TWO_REGIONS);
    const { keyIdsByRegion } = project.emulator.tencent;
    const shanghai = `tencent/ap-shanghai/${keyIdsByRegion["ap-shanghai"]?.[0]}`;
    const direct = `a: ${await project.seal("a", CANARY, { direct: true })}\n`;
    project.write(FILE, direct);
    assert.deepEqual((await project.rotate([FILE])).map(countsOf), [{ "seal-again": 1 }]);
    assert.match(project.read(FILE), /sealed:v1:envelope:/);

    project.write(
      ".sealconf.yaml",
      policy(`mode: direct\n    keys: [${shanghai}]\n    accept: [${project.key}]`),
    );
    project.write("config/other.yaml", direct);
    project.emulator.calls.reset();
    const both = await project.rotate([FILE, "config/other.yaml"]);
    assert.deepEqual(both.map(countsOf), [{ "seal-again": 1 }, { "seal-again": 1 }]);
    assert.deepEqual([project.emulator.calls.of("ReEncrypt"), project.emulator.calls.of("Encrypt")], [0, 2]);
    for (const name of [FILE, "config/other.yaml"]) {
      assert.match(project.read(name), new RegExp(`sealed:v1:direct:[^:]*:${shanghai}=`));
      assert.deepEqual((await project.load(name)).config, { a: CANARY });
    }
  });

  it("is one of several in a file, each of which goes its own way", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`), TWO_REGIONS);
    const { keyIdsByRegion } = project.emulator.tencent;
    const far = `tencent/ap-shanghai/${keyIdsByRegion["ap-shanghai"]?.[0]}`;
    const [key = "", near = ""] = project.keys;
    project.write(
      ".sealconf.yaml",
      policy(`mode: direct\n    keys: [${key}]\n    accept: [${near}, ${far}]`),
    );
    const tokens = [
      await project.seal("a", "1", { direct: true, keys: [near] }),
      await project.seal("b", "2"),
      await project.seal("c", "3", { direct: true, keys: [far] }),
    ];
    project.write(FILE, `a: ${tokens[0]}\nb: ${tokens[1]}\nc: ${tokens[2]}\n`);
    assert.deepEqual(countsOf(await project.preview(FILE)), { "re-encrypt": 1, "seal-again": 2 });
    project.emulator.calls.reset();
    assert.deepEqual((await project.rotate([FILE])).map(countsOf), [{ "re-encrypt": 1, "seal-again": 2 }]);
    const { calls } = project.emulator;
    const counts = ["ReEncrypt", "Decrypt", "Encrypt"].map((action) => calls.of(action));
    assert.deepEqual(counts, [1, 2, 2]);
    assert.deepEqual((await project.load(FILE)).config, { a: "1", b: "2", c: "3" });
  });

  it("that the key service does not accept leaves the file as it was", async (t) => {
    const project = await startSealed(t, ([old, key]) =>
      policy(`mode: direct\n    keys: [${key}]\n    accept: [${old}]`),
    );
    const good = await project.seal("a", "1", { direct: true });
    const text = `a: ${good}\nb: ${tamper(await project.seal("b", CANARY, { direct: true }))}\n`;
    project.write(FILE, text);
    await assert.rejects(project.rotate([FILE]), {
      code: "ERR_OPEN_FAILED",
      message: /^config\/production\.yaml:2:4 \(b\): /,
    });
    assert.equal(project.read(FILE), text);
  });

  it("is too large to become one of another mode, which is said with its place", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`mode: direct\n    keys: [${key}]`));
    const text = `a: ${await project.seal("a", "x".repeat(5_000))}\n`;
    project.write(FILE, text);
    await assert.rejects(project.rotate([FILE]), {
      code: "ERR_OPTION_INVALID",
      message: /^config\/production\.yaml:1:4 \(a\): .*at most 4064 fit$/,
    });
    assert.equal(project.read(FILE), text);
  });

  it("goes to one key: several that are named are refused", async (t) => {
    const project = await startSealed(t, ([key, other]) =>
      policy(`mode: direct\n    keys: [${key}]\n    accept: [${other}]`),
    );
    project.write(FILE, `a: ${await project.seal("a", CANARY, { direct: true })}\n`);
    const error = await rejectionOf(project.preview(FILE, { keys: project.keys.slice(0, 2) }));
    assert.ok(error instanceof SealconfError);
    assert.deepEqual([error.code, error.source?.file], ["ERR_OPTION_INVALID", FILE]);
  });
});

describe("a raw ciphertext", { concurrency: 4 }, () => {
  it("is re-encrypted, to its own key where that is one of the rule's", async (t) => {
    const project = await startSealed(t, ([one, two, three]) =>
      policy(`keys: [${one}, ${two}]\n    accept: [${three}]\n    raw: ["**"]`),
    );
    const [one = "", two = "", three = ""] = project.keys;
    const tokens = [await project.encryptRaw(two, "1"), await project.encryptRaw(three, CANARY)];
    project.write(FILE, `a: ${tokens[0]}\nb: ${tokens[1]}\n`);
    assert.deepEqual((await project.rotate([FILE])).map(countsOf), [{ "re-encrypt": 1, unchanged: 1 }]);
    const [first, second = ""] = tokensOf(project.read(FILE));
    assert.equal(first, tokens[0]);
    assert.match(second, new RegExp(`^sealed:v1:raw:${one}=`));
    assert.deepEqual((await project.load(FILE)).config, { a: "1", b: CANARY });
  });

  it("stays as it is where no key can take it over", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`), TWO_REGIONS);
    const far = `tencent/ap-shanghai/${project.emulator.tencent.keyIdsByRegion["ap-shanghai"]?.[0]}`;
    project.write(".sealconf.yaml", policy(`keys: [${far}]\n    accept: [${project.key}]\n    raw: ["**"]`));
    const text = `a: ${await project.encryptRaw(project.key, CANARY)}\n`;
    project.write(FILE, text);
    project.emulator.calls.reset();
    assert.deepEqual((await project.rotate([FILE])).map(countsOf), [{ leave: 1 }]);
    assert.equal(project.read(FILE), text);
    assert.equal(project.emulator.calls.total, 0);
  });
});

describe("a sealed file that values refer to", { concurrency: 4 }, () => {
  it("is sealed again under the data key of the values, once, and the references stay", async (t) => {
    const project = await startSealed(t, ([old, key]) => policy(`keys: [${key}]\n    accept: [${old}]`));
    const text =
      `a: sealed:v1:file:tls/a.key.sealed\nb: sealed:v1:file+bytes:tls/a.key.sealed\n` +
      `c: sealed:v1:file+json:c.sealed\nd: ${await project.seal("d", "1")}\n`;
    project.write(FILE, text);
    project.write("config/tls/a.key.sealed", await project.sealFile("a.key", CANARY));
    project.write("config/c.sealed", await project.sealFile("c", '{"e": 1}'));
    const before = await project.load(FILE);
    const old = project.read("config/tls/a.key.sealed");
    project.emulator.calls.reset();
    assert.deepEqual((await project.rotate([FILE])).map(countsOf), [{ "seal-again": 1, "seal-file": 2 }]);
    const { calls } = project.emulator;
    assert.deepEqual([calls.of("Decrypt"), calls.of("GenerateDataKey"), calls.total], [3, 1, 4]);
    assert.deepEqual(tokensOf(project.read(FILE)).slice(0, 3), tokensOf(text).slice(0, 3));
    const renewed = project.read("config/tls/a.key.sealed");
    assert.notEqual(renewed, old);
    assert.match(renewed, new RegExp(`^sealconf/v1/blob\nname a\\.key\n-> ${project.keys[1]}=\\S+\n\n`));
    assert.deepEqual(await project.load(FILE), { config: before.config, kmsCalls: 1 });
  });

  it("stands alone in a file, which then keeps its bytes", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`mode: direct\n    keys: [${key}]`));
    project.write(FILE, "a: sealed:v1:file:a.sealed\n");
    project.write("config/a.sealed", await project.sealFile("a", CANARY));
    const before = project.read("config/a.sealed");
    assert.deepEqual((await project.rotate([FILE])).map(countsOf), [{ "seal-file": 1 }]);
    assert.equal(project.read(FILE), "a: sealed:v1:file:a.sealed\n");
    assert.notEqual(project.read("config/a.sealed"), before);
    assert.deepEqual((await project.load(FILE)).config, { a: CANARY });
  });

  it("that does not open leaves everything else as it was", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`));
    const text = `a: ${await project.seal("a", "1")}\nb: sealed:v1:file:b.sealed\nc: sealed:v1:file:c.sealed\n`;
    project.write(FILE, text);
    project.write("config/b.sealed", await project.sealFile("b", CANARY));
    const broken = Buffer.from(await project.sealFile("c", CANARY));
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    project.write("config/c.sealed", broken);
    const before = project.read("config/b.sealed");
    await assert.rejects(project.rotate([FILE]), {
      code: "ERR_OPEN_FAILED",
      message: /^config\/production\.yaml:3:4 \(c\): /,
    });
    assert.deepEqual([project.read(FILE), project.read("config/b.sealed")], [text, before]);
  });
});

describe("values that were sealed before a renaming", { concurrency: 4 }, () => {
  const WAS = { app: "billing-api", env: "staging" };

  it("are opened under the names of then and sealed under those of today", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`, "billing"));
    const seal = { context: WAS };
    const text =
      `a: ${await project.seal("a", CANARY, seal)}\nb: ${await project.seal("b", "2", { ...seal, direct: true })}\n` +
      `c: ${await project.seal(null, "3", seal)}\nd: sealed:v1:file:d.sealed\n`;
    project.write(FILE, text);
    project.write("config/d.sealed", await project.sealFile("d", "4", { context: WAS }));
    await assert.rejects(project.rotate([FILE]), { code: "ERR_LOAD_FAILED" });
    for (const was of [{ app: WAS.app }, { env: WAS.env }, { app: "other", env: WAS.env }]) {
      await assert.rejects(project.rotate([FILE], { was }), { code: "ERR_LOAD_FAILED" });
    }
    assert.equal(project.read(FILE), text);
    const [summary = assert.fail()] = await project.rotate([FILE], { was: WAS });
    assert.deepEqual(countsOf(summary), { "seal-again": 3, "seal-file": 1 });
    assert.deepEqual(await project.load(FILE), {
      config: { a: CANARY, b: "2", c: "3", d: "4" },
      kmsCalls: 1,
    });
  });

  it("are told with what to say", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`keys: [${key}]`, "billing"));
    project.write(FILE, `a: ${await project.seal("a", CANARY, { context: WAS })}\n`);
    await assert.rejects(project.preview(FILE), {
      code: "ERR_PLACE_MISMATCH",
      message: /the value was not sealed for this place, app billing and env production$/,
      hint: /--was-app NAME, --was-env NAME$/,
    });
  });

  it("go on from where a run before stopped: some are renamed already", async (t) => {
    const project = await startSealed(t, ([key]) => policy(`mode: direct\n    keys: [${key}]`, "billing"));
    const now = { context: { app: "billing", env: "production" } };
    const tokens = [
      await project.seal("a", "1", { ...now, direct: true }),
      await project.seal("b", "2", { context: WAS, direct: true }),
    ];
    project.write(
      FILE,
      `a: ${tokens[0]}\nb: ${tokens[1]}\nc: sealed:v1:file:c.sealed\nd: sealed:v1:file:d.sealed\n`,
    );
    project.write("config/c.sealed", await project.sealFile("c", "3", now));
    project.write("config/d.sealed", await project.sealFile("d", "4", { context: WAS }));
    const [summary = assert.fail()] = await project.rotate([FILE], { was: WAS });
    // The first is under its names, and its key, already.
    assert.deepEqual(countsOf(summary), { unchanged: 1, "seal-again": 1, "seal-file": 2 });
    assert.deepEqual((await project.load(FILE)).config, { a: "1", b: "2", c: "3", d: "4" });
  });
});
