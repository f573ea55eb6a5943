import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";

import { createLocalKey, keysFolder, keyVariable, readLocalKey } from "../../src/local/key-file.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { showWhole } from "../support/provider-contract.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { killAtEachStep } from "../source/kill-writers.ts";
import { replaceWhile, systemError } from "../source/replace-while.ts";

const BYTES = Buffer.alloc(32, 0xc7);
const TEXT = `sealconf-local-key-v1:${BYTES.toString("base64url")}`;

const NOT_KEYS: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["no label", BYTES.toString("base64url")],
  ["another label", TEXT.replace("v1", "v2")],
  ["a label in upper case", TEXT.replace("sealconf", "SEALCONF")],
  ["31 bytes", `sealconf-local-key-v1:${BYTES.subarray(1).toString("base64url")}`],
  ["33 bytes", `sealconf-local-key-v1:${Buffer.alloc(33, 0xc7).toString("base64url")}`],
  ["standard base64", `sealconf-local-key-v1:${Buffer.alloc(32, 0xff).toString("base64")}`],
  ["bits beyond the last byte", `${TEXT.slice(0, -1)}d`],
  ["space before it", ` ${TEXT}`],
  ["space after it", `${TEXT} \n`],
  ["two line ends", `${TEXT}\n\n`],
  ["two lines", `${TEXT}\n${TEXT}\n`],
  ["a byte order mark", `\ufeff${TEXT}`],
  ["more than a key", `${TEXT}\n`.padEnd(300, "x")],
];

describe("keysFolder", () => {
  it("is SEALCONF_KEYS_DIR, else a folder in XDG_CONFIG_HOME, else one in the home folder", () => {
    const all = { SEALCONF_KEYS_DIR: "/keys", XDG_CONFIG_HOME: "/xdg" };
    assert.equal(keysFolder(all, "/home/a"), "/keys");
    assert.equal(keysFolder({ XDG_CONFIG_HOME: "/xdg" }, "/home/a"), join("/xdg", "sealconf", "keys"));
    assert.equal(keysFolder({}, "/home/a"), join("/home/a", ".config", "sealconf", "keys"));
  });

  it("takes an empty variable as none", () => {
    assert.equal(
      keysFolder({ SEALCONF_KEYS_DIR: "", XDG_CONFIG_HOME: "" }, "/h"),
      join("/h", ".config", "sealconf", "keys"),
    );
  });
});

describe("keyVariable", () => {
  it("writes the key's name in upper case, with _ for -", () => {
    assert.equal(keyVariable("dev-2-b"), "SEALCONF_LOCAL_KEY_DEV_2_B");
  });
});

describe("createLocalKey", () => {
  it("makes a file of mode 0600 in a folder of mode 0700, whatever the umask leaves", async (t) => {
    const folder = join(await temporaryFolder(t), "config", "keys");
    const umask = process.umask(0);
    t.after(() => process.umask(umask));
    assert.equal(await createLocalKey("dev", folder), join(folder, "dev.key"));
    assert.equal(await modeOf(join(folder, "dev.key")), 0o600);
    assert.equal(await modeOf(folder), 0o700);
  });

  it("makes one line that readLocalKey reads, another one each time", async (t) => {
    const folder = await temporaryFolder(t);
    for (const name of ["one", "two", "a".repeat(64), "-"]) {
      await createLocalKey(name, folder);
      assert.match(
        await readFile(join(folder, `${name}.key`), "utf8"),
        /^sealconf-local-key-v1:[A-Za-z0-9_-]{43}\n$/,
      );
      assert.equal((await readLocalKey(name, {}, folder)).length, 32);
    }
    assert.notDeepEqual(await readLocalKey("one", {}, folder), await readLocalKey("two", {}, folder));
  });

  it("never overwrites a key", async (t) => {
    const folder = await temporaryFolder(t);
    const file = await keyFile(folder, "dev", TEXT);
    const message = `${file}: the key file is there already and is left as it is`;
    const hint = "use the key, or choose another name";
    await assert.rejects(
      createLocalKey("dev", folder),
      anErrorWith({ code: "ERR_WRITE_FAILED", message, hint }),
    );
    assert.equal(await readFile(file, "utf8"), TEXT);
  });

  it("does not write through a symbolic link, even one that leads nowhere", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink(join(folder, "target"), join(folder, "dev.key"));
    await assert.rejects(createLocalKey("dev", folder), anErrorWith({ code: "ERR_WRITE_FAILED" }));
    assert.deepEqual(await readdir(folder), ["dev.key"]);
  });

  it("lets exactly one of 20 at the same time win, and keeps that one's key", async (t) => {
    const folder = join(await temporaryFolder(t), "keys");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => createLocalKey("dev", folder)),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.equal(refused.length, 19);
    for (const { reason } of refused)
      anErrorWith({ code: "ERR_WRITE_FAILED", message: /is there already/ })(reason);
    assert.deepEqual(await readdir(folder), ["dev.key"]);
    assert.equal((await readLocalKey("dev", {}, folder)).length, 32);
  });

  it("makes a key without hard links, too, and overwrites none", async (t) => {
    const folder = await temporaryFolder(t);
    replaceWhile(t, "link", () => Promise.reject(systemError("EPERM")));
    await createLocalKey("dev", folder);
    const key = await readLocalKey("dev", {}, folder);
    assert.equal(await modeOf(join(folder, "dev.key")), 0o600);
    await assert.rejects(
      createLocalKey("dev", folder),
      anErrorWith({ code: "ERR_WRITE_FAILED", message: /is there already/ }),
    );
    assert.deepEqual(await readLocalKey("dev", {}, folder), key);
    assert.deepEqual(await readdir(folder), ["dev.key"]);
  });

  it("leaves a whole key or none when it is killed, at whatever step", async (t) => {
    const left = new Set<boolean>();
    await killAtEachStep(t, {
      task: (folder) => ({ path: join(folder, "keys"), action: "key", text: "" }),
      async check(folder) {
        const keys = join(folder, "keys");
        const names = await readdir(keys).catch((): string[] => []);
        const made = names.includes("dev.key");
        left.add(made);
        if (!made) await createLocalKey("dev", keys);
        assert.equal((await readLocalKey("dev", {}, keys)).length, 32);
        // Nobody ever reads it, and nobody else may.
        for (const name of names.filter((other) => other !== "dev.key")) {
          assert.match(name, /^\.dev\.key\.[0-9a-f]{16}\.sealconf-tmp$/);
          assert.equal(await modeOf(join(keys, name)), 0o600);
        }
      },
    });
    assert.deepEqual(left, new Set([false, true]));
  });

  for (const name of ["", "Dev", "a_b", "a.b", "../a", "a/b", "a\n", "a".repeat(65)]) {
    it(`refuses the name ${JSON.stringify(name)}`, async (t) => {
      const folder = await temporaryFolder(t);
      const message = 'a local key\'s name is 1 to 64 lower-case letters, digits or "-"';
      await assert.rejects(
        createLocalKey(name, folder),
        anErrorWith({ code: "ERR_OPTION_INVALID", message }),
      );
      assert.deepEqual(await readdir(folder), []);
    });
  }

  it("says that the folder cannot be made, not that the key is there, when a file stands in its way", async (t) => {
    const file = await keyFile(await temporaryFolder(t), "keys", "x");
    for (const [folder, code] of [
      [file, "EEXIST"],
      [join(file, "keys"), "ENOTDIR"],
    ] as const) {
      const message = `${folder}: the folder of the keys cannot be made (${code})`;
      await assert.rejects(createLocalKey("dev", folder), anErrorWith({ code: "ERR_WRITE_FAILED", message }));
    }
  });
});

describe("readLocalKey", () => {
  for (const [what, end] of [
    ["no line end", ""],
    ["LF", "\n"],
    ["CRLF", "\r\n"],
  ] as const) {
    it(`reads a key with ${what}, from its file and from its variable`, async (t) => {
      const folder = await temporaryFolder(t);
      assert.deepEqual(
        Buffer.from(await readLocalKey("dev", { SEALCONF_LOCAL_KEY_DEV: TEXT + end }, folder)),
        BYTES,
      );
      await keyFile(folder, "dev", TEXT + end);
      assert.deepEqual(Buffer.from(await readLocalKey("dev", {}, folder)), BYTES);
    });
  }

  it("follows a symbolic link to a file that only its owner can read", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink(await keyFile(folder, "real", TEXT), join(folder, "dev.key"));
    assert.deepEqual(Buffer.from(await readLocalKey("dev", {}, folder)), BYTES);
  });

  for (const mode of [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o666, 0o777]) {
    const shown = mode.toString(8).padStart(4, "0");
    it(`refuses a file of mode ${shown}, and says how to close it`, async (t) => {
      const folder = await temporaryFolder(t);
      const file = await keyFile(folder, "dev", TEXT, mode);
      const message = `the key file ${file} of local/dev is open to others (mode ${shown})`;
      await refuses(readLocalKey("dev", {}, folder), { message, hint: `run: chmod 600 ${file}` });
    });
  }

  for (const mode of [0o600, 0o400]) {
    it(`reads a file of mode 0${mode.toString(8)}`, async (t) => {
      const folder = await temporaryFolder(t);
      await keyFile(folder, "dev", TEXT, mode);
      assert.equal((await readLocalKey("dev", {}, folder)).length, 32);
    });
  }

  it("refuses a key that is both in a file and in a variable", async (t) => {
    const folder = await temporaryFolder(t);
    const file = await keyFile(folder, "dev", TEXT);
    const message = `the local key local/dev is both in SEALCONF_LOCAL_KEY_DEV and in ${file}`;
    await refuses(readLocalKey("dev", { SEALCONF_LOCAL_KEY_DEV: TEXT }, folder), {
      message,
      hint: "take one of them away",
    });
  });

  it("says where it looked when there is none, and how to get one", async (t) => {
    const folder = await temporaryFolder(t);
    const message = `the local key local/dev is neither in ${join(folder, "dev.key")} nor in SEALCONF_LOCAL_KEY_DEV`;
    const hint = "get the key file from whoever made it, or make a new key with: sealconf keygen dev";
    await refuses(readLocalKey("dev", {}, folder), { message, hint });
    await refuses(readLocalKey("dev", {}, join(folder, "nowhere")), { message: /is neither in / });
    await refuses(readLocalKey("dev", {}, await keyFile(folder, "file", TEXT)), {
      message: /is neither in /,
    });
  });

  it("refuses a folder and a pipe, and does not wait for anybody to write to it", async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, "dir.key"));
    assert.equal(spawnSync("mkfifo", ["-m", "600", join(folder, "pipe.key")]).status, 0);
    for (const name of ["dir", "pipe"]) {
      const message = `the key file ${join(folder, `${name}.key`)} of local/${name} is not a regular file`;
      await refuses(readLocalKey(name, {}, folder), { message });
    }
  });

  it("does not read a file that is far too large for a key", async (t) => {
    const folder = await temporaryFolder(t);
    await truncate(await keyFile(folder, "dev", TEXT), 3 * 2 ** 30);
    await refuses(readLocalKey("dev", {}, folder), { message: /does not hold a local key/ });
  });

  it("says the system's code when the file cannot be opened", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink("loop.key", join(folder, "loop.key"));
    const message = `the key file ${join(folder, "loop.key")} of local/loop cannot be read (ELOOP)`;
    await refuses(readLocalKey("loop", {}, folder), { message, hint: "check its owner and mode" });
  });

  for (const [what, text] of NOT_KEYS) {
    it(`refuses ${what}, from a file and from a variable, and shows nothing of it`, async (t) => {
      const folder = await temporaryFolder(t);
      const expected =
        "does not hold a local key: one line of sealconf-local-key-v1: and 43 characters of base64url";
      const message = `the variable SEALCONF_LOCAL_KEY_DEV ${expected}`;
      await refuses(readLocalKey("dev", { SEALCONF_LOCAL_KEY_DEV: text }, folder), { message });
      const file = await keyFile(folder, "dev", text);
      await refuses(readLocalKey("dev", {}, folder), { message: `${file} ${expected}` });
    });
  }
});

interface Expected {
  readonly message: string | RegExp;
  readonly hint?: string | undefined;
}

async function refuses(reading: Promise<Uint8Array>, { message, hint }: Expected): Promise<void> {
  await assert.rejects(reading, (error) => {
    const shown = showWhole(error);
    for (const encoding of ["base64url", "base64", "hex"] as const) {
      assert.ok(!shown.includes(BYTES.toString(encoding).slice(4, 20)), shown);
    }
    return anErrorWith({ code: "ERR_CREDENTIALS_MISSING", message, hint })(error);
  });
}

async function keyFile(folder: string, name: string, text: string, mode = 0o600): Promise<string> {
  const file = join(folder, `${name}.key`);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
