import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";

import { writeNewFile } from "../../src/source/write-new-file.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { asOrdinaryUser } from "./ordinary-user.ts";
import { replaceWhile, systemError } from "./replace-while.ts";

const OPTIONS = { source: { file: ".sealconf.yaml" } };
const BYTES = Buffer.from("app: billing-api\n");

describe("writeNewFile", () => {
  it("makes a file, of the mode that was asked for or that the umask leaves", async (t) => {
    const folder = await temporaryFolder(t);
    const umask = process.umask(0o022);
    t.after(() => process.umask(umask));
    for (const [name, mode, expected] of [
      ["a", undefined, 0o644],
      ["b", 0o600, 0o600],
      ["c", 0o777, 0o755],
    ] as const) {
      assert.equal(await writeNewFile(join(folder, name), BYTES, { ...OPTIONS, mode }), true);
      assert.deepEqual(await readFile(join(folder, name)), BYTES);
      assert.equal((await stat(join(folder, name))).mode & 0o7777, expected);
    }
    assert.deepEqual((await readdir(folder)).sort(), ["a", "b", "c"]);
  });

  it("leaves whatever has the name already", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "file"), "theirs");
    await mkdir(join(folder, "folder"));
    await symlink("nowhere", join(folder, "link"));
    for (const name of ["file", "folder", "link"]) {
      assert.equal(await writeNewFile(join(folder, name), BYTES, OPTIONS), false);
    }
    assert.equal(await readFile(join(folder, "file"), "utf8"), "theirs");
    assert.equal(await readlink(join(folder, "link")), "nowhere");
    assert.deepEqual((await readdir(folder)).sort(), ["file", "folder", "link"]);
  });

  it("makes it in a folder behind a symbolic link", async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, "real"));
    await symlink("real", join(folder, "link"));
    assert.equal(await writeNewFile(join(folder, "link", "file"), BYTES, OPTIONS), true);
    assert.deepEqual(await readdir(join(folder, "real")), ["file"]);
  });

  for (const [where, refuseLinks] of [
    ["with hard links", false],
    ["without hard links", true],
  ] as const) {
    it(`lets exactly one of 20 at the same time make it, ${where}`, async (t) => {
      const folder = await temporaryFolder(t);
      if (refuseLinks) replaceWhile(t, "link", () => Promise.reject(systemError("EPERM")));
      const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(100));
      const made = await Promise.all(
        texts.map((text) => writeNewFile(join(folder, "file"), Buffer.from(text), OPTIONS)),
      );
      assert.equal(made.filter(Boolean).length, 1);
      assert.equal(await readFile(join(folder, "file"), "utf8"), texts[made.indexOf(true)]);
      assert.deepEqual(await readdir(folder), ["file"]);
    });

    it(`leaves a file that appears while it works, ${where}`, async (t) => {
      const folder = await temporaryFolder(t);
      if (refuseLinks) replaceWhile(t, "link", () => Promise.reject(systemError("ENOTSUP")));
      replaceWhile(t, "open", async (original, ...args) => {
        if (String(args[0]).endsWith("-tmp")) await writeFile(join(folder, "file"), "theirs");
        return await original(...args);
      });
      assert.equal(await writeNewFile(join(folder, "file"), BYTES, OPTIONS), false);
      assert.equal(await readFile(join(folder, "file"), "utf8"), "theirs");
      assert.deepEqual(await readdir(folder), ["file"]);
    });
  }

  it("leaves no empty file when the last step fails without hard links", async (t) => {
    const folder = await temporaryFolder(t);
    replaceWhile(t, "link", () => Promise.reject(systemError("EPERM")));
    replaceWhile(t, "rename", (original, from, to) =>
      String(to).endsWith("/file") ? Promise.reject(systemError("EIO")) : original(from, to),
    );
    const message = ".sealconf.yaml: the file cannot be written (EIO)";
    await assert.rejects(
      writeNewFile(join(folder, "file"), BYTES, OPTIONS),
      anErrorWith({ code: "ERR_WRITE_FAILED", message }),
    );
    assert.deepEqual(await readdir(folder), []);
  });

  it("says what to do where it may not write", async (t) => {
    const folder = await temporaryFolder(t);
    await chmod(folder, 0o555);
    const message = ".sealconf.yaml: the file cannot be written (EACCES)";
    const hint = /^the file and its folder must be writable/;
    await assert.rejects(
      asOrdinaryUser(() => writeNewFile(join(folder, "file"), BYTES, OPTIONS)),
      anErrorWith({ code: "ERR_WRITE_FAILED", message, hint }),
    );
    await chmod(folder, 0o755);
    assert.deepEqual(await readdir(folder), []);
  });
});
