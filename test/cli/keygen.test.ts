import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { printed, refused, runCli } from "../support/cli.ts";
import { makeFolder } from "../support/load-fixture.ts";

// Most of the time is that of processes which start: several tests run at once.
describe("keygen", { concurrency: 4 }, () => {
  test("keygen makes a key that its owner alone can read, and prints its reference", async (t) => {
    const folder = join(makeFolder(t), "config", "keys");
    const { code, stdout, stderr } = await runCli(["keygen", "dev-2"], {
      environment: { SEALCONF_KEYS_DIR: folder },
    });
    const file = join(folder, "dev-2.key");
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "local/dev-2\n" });
    assert.ok(stderr.includes(file), stderr);
    const text = readFileSync(file, "utf8");
    assert.match(text, /^sealconf-local-key-v1:[A-Za-z0-9_-]{43}\n$/);
    assert.ok(!stderr.includes(text.slice(22, 40)));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  test("--quiet leaves out where the key lies", async (t) => {
    const environment = { SEALCONF_KEYS_DIR: makeFolder(t) };
    assert.equal(await printed(["keygen", "dev", "--quiet"], { environment }), "local/dev\n");
  });

  test("keygen never overwrites a key, also when two run at once", async (t) => {
    const folder = makeFolder(t);
    const options = { environment: { SEALCONF_KEYS_DIR: folder } };
    const both = await Promise.all([runCli(["keygen", "dev"], options), runCli(["keygen", "dev"], options)]);
    assert.deepEqual(new Set(both.map(({ code }) => code)), new Set([0, 3]));
    const before = readFileSync(join(folder, "dev.key"));
    const message = await refused(3, ["keygen", "dev"], options);
    assert.match(
      message,
      /dev\.key: the key file is there already and is left as it is\n {2}use the key, or /,
    );
    assert.deepEqual(readFileSync(join(folder, "dev.key")), before);
    assert.deepEqual(readdirSync(folder), ["dev.key"]);
  });

  test("keygen refuses names that are not lower-case letters, digits and dashes, and writes nothing", async (t) => {
    const folder = makeFolder(t);
    const keys = join(folder, "keys");
    const names = ["", "Dev", "../up", "dev.key", "dev\n", "x".repeat(65)];
    await Promise.all(
      names.map(async (name) => {
        const message = await refused(2, ["keygen", name], { environment: { SEALCONF_KEYS_DIR: keys } });
        assert.equal(
          message,
          `sealconf: a local key's name is 1 to 64 lower-case letters, digits or "-"\n`,
          name,
        );
      }),
    );
    assert.ok(!existsSync(keys));
    assert.deepEqual(readdirSync(folder), []);
  });

  test("keygen writes to SEALCONF_KEYS_DIR, else XDG_CONFIG_HOME, else the home folder", async (t) => {
    const folder = makeFolder(t);
    const own = { SEALCONF_KEYS_DIR: join(folder, "own") };
    const xdg = { XDG_CONFIG_HOME: join(folder, "xdg") };
    const home = { HOME: join(folder, "home") };
    const none = { SEALCONF_KEYS_DIR: undefined };
    await Promise.all([
      runCli(["keygen", "one"], { environment: { ...own, ...xdg, ...home } }),
      runCli(["keygen", "two"], { environment: { ...none, ...xdg, ...home } }),
      runCli(["keygen", "three"], { environment: { ...none, ...home } }),
      runCli(["keygen", "four"], { environment: { ...home, SEALCONF_KEYS_DIR: "", XDG_CONFIG_HOME: "" } }),
    ]);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".key"),
    );
    assert.deepEqual(files.sort(), [
      "home/.config/sealconf/keys/four.key",
      "home/.config/sealconf/keys/three.key",
      "own/one.key",
      "xdg/sealconf/keys/two.key",
    ]);
  });

  test("keygen says when the folder cannot be made", async (t) => {
    const folder = makeFolder(t, { file: "" });
    const environment = { SEALCONF_KEYS_DIR: join(folder, "file", "keys") };
    assert.match(await refused(3, ["keygen", "dev"], { environment }), /cannot be made \(ENOTDIR\)/);
  });

  test("keygen tells a folder's name with nothing in it that a terminal would act on", async (t) => {
    const environment = { SEALCONF_KEYS_DIR: join(makeFolder(t), "\u001b[31m") };
    const { code, stderr } = await runCli(["keygen", "dev"], { environment });
    assert.equal(code, 0);
    assert.match(stderr, /\\u\{1b\}\[31m\/dev\.key: keep a copy/);
    assert.doesNotMatch(await refused(3, ["keygen", "dev"], { environment }), /\u001b/);
  });

  test("what keygen made seals and opens", async (t) => {
    const environment = { SEALCONF_KEYS_DIR: makeFolder(t), SEALCONF_LOCAL_KEY_DEV: undefined };
    await runCli(["keygen", "dev"], { environment });
    const place = ["--key", "local/dev", "--path", "db.password"];
    const token = await printed(["encrypt-value", ...place], { environment, stdin: "hunter2" });
    assert.equal(await printed(["decrypt-value", ...place], { environment, stdin: token }), "hunter2");
  });
});
