import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { printed, programFile, refused, runCli } from "../support/cli.ts";
import { createRepository } from "../support/git-repository.ts";
import { ENVIRONMENT, makeFolder, POLICY_TEXT, sealAll, sealOne } from "../support/load-fixture.ts";

const CANARY = "canary-71c0";
const KEYLESS = { SEALCONF_LOCAL_KEY_DEV: undefined };
const TEXTCONV = `'${process.execPath}' '${programFile("sealconf")}' textconv`;

// Most of the time is that of processes which start: several tests run at once.
describe("textconv", { concurrency: 4 }, () => {
  test("git diff says which secret changed, and nothing of its value", async (t) => {
    const repository = await createRepository(t);
    const [before, after] = await Promise.all([sealAll({ a: CANARY, b: CANARY }), sealAll({ b: "other" })]);
    await repository.write(".git/info/attributes", "/config/*.yaml diff=sealconf\n");
    await repository.write("config/app.yaml", `a: ${before.a}\nb: ${before.b}\n`);
    await repository.add();
    await repository.commit();
    await repository.write("config/app.yaml", `a: ${before.a}\nb: ${after.b}\n`);
    const diff = ["-c", `diff.sealconf.textconv=${TEXTCONV}`, "diff"];
    const shown = await repository.git([...diff, "--unified=0"]);
    const changed = shown.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
    assert.equal(changed.length, 2, shown);
    assert.match(changed[0] ?? "", /^-b: sealed\(local\/dev, [\w-]{22}\)$/);
    assert.match(changed[1] ?? "", /^\+b: sealed\(local\/dev, [\w-]{22}\)$/);
    assert.notEqual(changed[0]?.slice(1), changed[1]?.slice(1));
    // Two versions of history, neither of them in the work tree.
    await repository.add();
    await repository.commit();
    assert.equal(await repository.git([...diff, "--unified=0", "HEAD~1", "HEAD"]), shown);
  });

  test("git diff with --reveal shows the values of both sides to whoever may open them", async (t) => {
    const repository = await createRepository(t);
    const [before, after] = await Promise.all([sealOne("a", "one"), sealOne("a", "two")]);
    await repository.write(".git/info/attributes", "*.yaml diff=sealconf\n");
    await repository.write(".sealconf.yaml", POLICY_TEXT);
    for (const token of [before, after]) {
      await repository.write("config/app.yaml", `a: ${token}\n`);
      await repository.add();
      await repository.commit();
    }
    const args = [
      "-c",
      `diff.sealconf.textconv=${TEXTCONV} --reveal`,
      "diff",
      "--unified=0",
      "HEAD~1",
      "HEAD",
    ];
    assert.match(await repository.git(args, { environment: ENVIRONMENT }), /\n-a: one\n\+a: two$/);
    const { code, stdout, stderr } = await repository.tryGit(args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n-a: sealed\(local\/dev, .{22}\)\n\+a: sealed\(local\/dev, .{22}\)\n$/);
    assert.match(
      stderr,
      /^sealconf: not revealed: .*app\.yaml:1:4 \(a\): the local key local\/dev is neither /,
    );
  });

  test("--reveal prints what opens and the fingerprint of what does not, with a note that --quiet leaves out", async (t) => {
    const [mine, other] = await Promise.all([sealOne("a", "open me"), sealOne("elsewhere", CANARY)]);
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "app.yaml": `a: ${mine} # ${mine}\nb: ${other}\n`,
    });
    const { code, stdout, stderr } = await runCli(["textconv", "--reveal", "app.yaml"], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /^a: open me # sealed\(local\/dev, .{22}\)\nb: sealed\(local\/dev, .{22}\)\n$/);
    assert.match(
      stderr,
      /^sealconf: not revealed: app\.yaml:2:4 \(b\): the value was sealed for another place .*\n$/,
    );
    assert.equal(await printed(["textconv", "--reveal", "--quiet", "app.yaml"], { cwd }), stdout);
    const copy = join(makeFolder(t, { "app.yaml": readFileSync(join(cwd, "app.yaml")) }), "app.yaml");
    assert.equal(await printed(["textconv", "--reveal", "--quiet", copy], { cwd }), stdout);
    assert.equal(await printed(["textconv", "-q", "--reveal", "--as", "app.yaml", copy], { cwd }), stdout);
  });

  test("a file that cannot be understood is shown all the same", async (t) => {
    const token = await sealOne("a", CANARY);
    const cwd = makeFolder(t, {
      "conflict.yaml": `<<<<<<< ours\na: ${token}\n`,
      "notes.txt": `a: ${token}\n`,
      "data.json": Buffer.from([0, 255, 10, 128]),
    });
    for (const args of [["textconv"], ["textconv", "--reveal", "--quiet"]]) {
      assert.match(
        await printed([...args, "conflict.yaml"], { cwd }),
        /^<<<<<<< ours\na: sealed\(local\/dev, .{22}\)\n$/,
      );
      assert.match(await printed([...args, "notes.txt"], { cwd }), /^a: sealed\(local\/dev, .{22}\)\n$/);
      assert.equal(
        await printed([...args, "data.json"], { cwd, encoding: "latin1" }),
        "\u0000\u00ff\n\u0080",
      );
    }
  });

  test("a huge file is passed through", async (t) => {
    const cwd = makeFolder(t, { "huge.json": "" });
    const bytes = 64 * 1024 * 1024 + 1;
    truncateSync(join(cwd, "huge.json"), bytes);
    assert.equal((await printed(["textconv", "huge.json"], { cwd, encoding: "latin1" })).length, bytes);
  });

  test("it needs no key, no policy and no repository, and a file that is not there is an error", async (t) => {
    const cwd = makeFolder(t, { "app.yaml": `a: ${await sealOne("a", CANARY)}\n` });
    assert.match(await printed(["textconv", "app.yaml"], { cwd, environment: KEYLESS }), /^a: sealed\(/);
    assert.equal(
      await refused(3, ["textconv", "nope.yaml"], { cwd }),
      "sealconf: nope.yaml: the file is not there\n",
    );
  });

  test("without --reveal no value is shown, whoever asks", async (t) => {
    const cwd = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT });
    writeFileSync(join(cwd, "app.yaml"), `a: ${await sealOne("a", CANARY)}\n`);
    assert.ok(!(await printed(["textconv", "--as", "app.yaml", "app.yaml"], { cwd })).includes(CANARY));
  });
});
