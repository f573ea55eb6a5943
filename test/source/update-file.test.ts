import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { updateFile, type UpdateFileOptions } from "../../src/source/update-file.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { asOrdinaryUser } from "./ordinary-user.ts";
import { replaceWhile, systemError } from "./replace-while.ts";

const OPTIONS: UpdateFileOptions = { source: { file: "app.yaml" }, maxBytes: 100 };
const CANARY = "c4nary-pa55word";

describe("updateFile", () => {
  it("hands the bytes over and writes what comes back, text as UTF-8", async (t) => {
    const { folder, file } = await fileOf(t, "a: 1\n");
    const seen: string[] = [];
    const change = async (bytes: Uint8Array | undefined): Promise<string> => {
      seen.push(String(bytes && Buffer.from(bytes)));
      return "a: ü\n";
    };
    assert.equal(await updateFile(file, OPTIONS, change), true);
    assert.equal(await updateFile(file, OPTIONS, async () => Buffer.from([0xff, 0x00])), true);
    assert.deepEqual(seen, ["a: 1\n"]);
    assert.deepEqual(await readFile(file), Buffer.from([0xff, 0x00]));
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("makes a file that is not there, readable for whom the umask lets", async (t) => {
    const umask = process.umask(0o027);
    t.after(() => process.umask(umask));
    const folder = await temporaryFolder(t);
    for (const [name, mask, mode] of [
      ["a.yaml", 0o027, 0o640],
      ["b.yaml", 0, 0o666],
    ] as const) {
      process.umask(mask);
      assert.equal(await updateFile(join(folder, name), OPTIONS, async (bytes) => `${bytes?.length}`), true);
      assert.equal(await readFile(join(folder, name), "utf8"), "undefined");
      assert.equal((await stat(join(folder, name))).mode & 0o7777, mode);
    }
    assert.deepEqual((await readdir(folder)).sort(), ["a.yaml", "b.yaml"]);
  });

  for (const [what, change] of [
    ["undefined", async () => undefined],
    ["the same bytes", async (bytes) => bytes],
    ["the same text", async (bytes) => Buffer.from(bytes ?? []).toString()],
  ] satisfies [string, Parameters<typeof updateFile>[2]][]) {
    it(`writes nothing for ${what}`, async (t) => {
      const { folder, file } = await fileOf(t, "a: 1\n");
      await utimes(file, 1000, 1000);
      const { ino } = await stat(file);
      assert.equal(await updateFile(file, OPTIONS, change), false);
      const after = await stat(file);
      assert.deepEqual({ ino: after.ino, mtimeMs: after.mtimeMs }, { ino, mtimeMs: 1_000_000 });
      assert.deepEqual(await readdir(folder), ["app.yaml"]);
    });
  }

  it("hands over what another writer makes while it looks whether there is a file", async (t) => {
    const { file } = await fileOf(t, undefined);
    replaceWhile(t, "lstat", async (original, ...args) => {
      const looking = original(...args);
      await looking.catch(() => writeFile(file, "theirs"));
      return await looking;
    });
    const append = async (bytes: Uint8Array | undefined): Promise<string> =>
      `${Buffer.from(bytes ?? []).toString()}, ours`;
    assert.equal(await updateFile(file, OPTIONS, append), true);
    assert.equal(await readFile(file, "utf8"), "theirs, ours");
  });

  it("makes no file for undefined", async (t) => {
    const folder = await temporaryFolder(t);
    assert.equal(await updateFile(join(folder, "app.yaml"), OPTIONS, async () => undefined), false);
    assert.deepEqual(await readdir(folder), []);
  });

  for (const mode of [0o600, 0o640, 0o644, 0o664, 0o755, 0o6755]) {
    it(`keeps mode 0${mode.toString(8)}`, async (t) => {
      const { file } = await fileOf(t, "old");
      await chmod(file, mode);
      await updateFile(file, OPTIONS, async () => "new");
      assert.equal((await stat(file)).mode & 0o7777, mode);
    });
  }

  it("keeps the owner and the group", async (t) => {
    const { file } = await fileOf(t, "old");
    // Anybody may give a file to another group of one's own; root to whomever.
    const [group = process.getgid?.()] =
      process.getgroups?.().filter((id) => id !== process.getgid?.()) ?? [];
    const [uid, gid] = process.getuid?.() === 0 ? [12_345, 12_346] : [process.getuid?.() ?? 0, group ?? 0];
    await chown(file, uid, gid);
    await chmod(file, 0o4750);
    await updateFile(file, OPTIONS, async () => "new");
    const after = await stat(file);
    assert.deepEqual([after.uid, after.gid, after.mode & 0o7777], [uid, gid, 0o4750]);
    assert.equal(await readFile(file, "utf8"), "new");
  });

  it("leaves the file as it is when its owner cannot be kept", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    await chmod(folder, 0o777);
    await chmod(file, 0o666);
    replaceWhile(t, "stat", async (original, ...args) => {
      const stats = await original(...args);
      return Object.assign(stats, { uid: Number(stats.uid) + 1 });
    });
    const message = "app.yaml: its owner, group and mode cannot be kept (EPERM)";
    const hint = "run it as the file's owner, or make the file and its group your own first";
    const updating = asOrdinaryUser(() => updateFile(file, OPTIONS, async () => CANARY));
    await assert.rejects(updating, anErrorWith({ code: "ERR_WRITE_FAILED", message, hint }));
    assert.equal(await readFile(file, "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("writes the file at the end of symbolic links, and keeps them", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    await mkdir(join(folder, "links"));
    await symlink("../app.yaml", join(folder, "links", "first"));
    await symlink("links/first", join(folder, "second"));
    await symlink("links", join(folder, "folder"));
    for (const [way, text] of [
      ["second", "1"],
      ["folder/first", "2"],
    ] as const) {
      assert.equal(await updateFile(join(folder, way), OPTIONS, async () => text), true);
      assert.equal(await readFile(file, "utf8"), text);
    }
    assert.equal(await readlink(join(folder, "links", "first")), "../app.yaml");
    assert.equal(await readlink(join(folder, "second")), "links/first");
    assert.ok((await lstat(file)).isFile());
    assert.deepEqual(await readdir(join(folder, "links")), ["first"]);
  });

  it("refuses a symbolic link to a file that is not there, and does not make it", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink("nowhere.yaml", join(folder, "app.yaml"));
    const message = "app.yaml: this is a symbolic link to a file that is not there";
    await assert.rejects(
      updateFile(join(folder, "app.yaml"), OPTIONS, async () => "new"),
      anErrorWith({ code: "ERR_FILE_UNREADABLE", message }),
    );
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("refuses a folder, a pipe and a device, also at the end of a symbolic link", async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, "folder"));
    assert.equal(spawnSync("mkfifo", [join(folder, "pipe")]).status, 0);
    await symlink("pipe", join(folder, "link"));
    for (const path of [join(folder, "folder"), join(folder, "pipe"), join(folder, "link"), "/dev/null"]) {
      const message = "app.yaml: this is not a regular file";
      await assert.rejects(
        updateFile(path, OPTIONS, async () => "new"),
        anErrorWith({ code: "ERR_FILE_UNREADABLE", message }),
      );
    }
    assert.deepEqual((await readdir(folder)).sort(), ["folder", "link", "pipe"]);
  });

  it("refuses a file that is too large before anybody sees it", async (t) => {
    const { folder, file } = await fileOf(t, "x".repeat(101));
    const change = (): never => assert.fail("it was handed over");
    await assert.rejects(updateFile(file, OPTIONS, change), anErrorWith({ code: "ERR_LIMIT_EXCEEDED" }));
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("gives the name a file of its own: another hard link keeps the old bytes", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    await link(file, join(folder, "other"));
    await updateFile(file, OPTIONS, async () => "new");
    assert.equal(await readFile(join(folder, "other"), "utf8"), "old");
  });

  for (const [what, before, interfere, left] of [
    ["another program changed it", "old", (file: string) => writeFile(file, "theirs"), "theirs"],
    ["another program removed it", "old", (file: string) => rm(file), undefined],
    ["another program made it", undefined, (file: string) => writeFile(file, "theirs"), "theirs"],
    ["another program made a link there", undefined, (file: string) => symlink("x", file), undefined],
  ] as const) {
    it(`writes nothing when ${what} meanwhile, and says so`, async (t) => {
      const { folder, file } = await fileOf(t, before);
      const change = async (): Promise<string> => {
        await interfere(file);
        return CANARY;
      };
      const message = "app.yaml: another program changed the file meanwhile; it is left as it is now";
      await assert.rejects(updateFile(file, OPTIONS, change), (error) => {
        assert.ok(!JSON.stringify(error).includes(CANARY));
        return anErrorWith({ code: "ERR_FILE_CHANGED", message, hint: "run it again" })(error);
      });
      assert.equal(await readFile(file, "utf8").catch(() => undefined), left);
      assert.ok((await readdir(folder)).every((name) => name === "app.yaml"));
    });
  }

  it("looks once more when only the renaming is left", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    replaceWhile(t, "open", async (original, ...args) => {
      if (String(args[0]).endsWith("-tmp")) await writeFile(file, "theirs");
      return await original(...args);
    });
    await assert.rejects(
      updateFile(file, OPTIONS, async () => "new"),
      anErrorWith({ code: "ERR_FILE_CHANGED" }),
    );
    assert.equal(await readFile(file, "utf8"), "theirs");
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("leaves the file and nothing else when the change throws, with its very error", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    for (const thrown of [new TypeError("theirs"), systemError("EACCES")]) {
      await assert.rejects(
        updateFile(file, OPTIONS, () => Promise.reject(thrown)),
        (error) => error === thrown,
      );
    }
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
    assert.equal(await readFile(file, "utf8"), "old");
  });

  it("writes nothing once its signal has aborted", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    const change = (): never => assert.fail("it was handed over");
    await assert.rejects(updateFile(file, { ...OPTIONS, signal: aborted }, change), reason);
    const controller = new AbortController();
    const abort = async (): Promise<string> => {
      controller.abort(reason);
      return "new";
    };
    await assert.rejects(updateFile(file, { ...OPTIONS, signal: controller.signal }, abort), reason);
    assert.equal(await readFile(file, "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("says what to do in a folder that may not be written to", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    await chmod(folder, 0o555);
    const hint =
      "the file and its folder must be writable: a new file is written beside it and takes its place";
    const expected = {
      code: "ERR_WRITE_FAILED",
      message: "app.yaml: the file cannot be written (EACCES)",
      hint,
    } as const;
    for (const path of [file, join(folder, "new.yaml")]) {
      const updating = asOrdinaryUser(() => updateFile(path, OPTIONS, async () => "new"));
      await assert.rejects(updating, anErrorWith(expected));
    }
    await chmod(folder, 0o755);
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
    assert.equal(await readFile(file, "utf8"), "old");
  });

  it("leaves a file alone that is read-only, unless there is nothing to write", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    await chmod(file, 0o444);
    await chmod(folder, 0o777);
    const update = (text?: string): Promise<boolean> =>
      asOrdinaryUser(() => updateFile(file, OPTIONS, async () => text));
    assert.equal(await update(), false);
    const message = "app.yaml: the file cannot be written (EACCES)";
    await assert.rejects(update("new"), anErrorWith({ code: "ERR_WRITE_FAILED", message }));
    assert.equal(await readFile(file, "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("says that the folder is missing", async (t) => {
    const { folder, file } = await fileOf(t, "old");
    for (const [path, code] of [
      [join(folder, "no", "app.yaml"), "ENOENT"],
      [join(file, "app.yaml"), "ENOTDIR"],
    ] as const) {
      const message = `app.yaml: its folder cannot be found (${code})`;
      const hint = "check its path, or make the folder first";
      await assert.rejects(
        updateFile(path, OPTIONS, async () => "new"),
        anErrorWith({ code: "ERR_WRITE_FAILED", message, hint }),
      );
    }
  });
});

interface Made {
  readonly folder: string;
  readonly file: string;
}

async function fileOf(t: TestContext, text: string | undefined): Promise<Made> {
  const folder = await temporaryFolder(t);
  const file = join(folder, "app.yaml");
  if (text !== undefined) await writeFile(file, text);
  return { folder, file };
}
