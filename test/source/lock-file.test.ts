import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { withFileLock } from "../../src/source/lock-file.ts";
import { describeSelf, formatOwner, type LockOwner } from "../../src/source/lock-owner.ts";
import { updateFile } from "../../src/source/update-file.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { asOrdinaryUser } from "./ordinary-user.ts";
import { replaceWhile, systemError } from "./replace-while.ts";
import { runWriter, startWriter } from "./start-writer.ts";

const OPTIONS = { source: { file: "app.yaml" } };
const LOCK = ".app.yaml.sealconf-lock";

describe("withFileLock", () => {
  for (const [where, refuseLinks] of [
    ["with hard links", false],
    ["without hard links", true],
  ] as const) {
    it(`lets one after the other work on a file, ${where}`, async (t) => {
      const { folder, file } = await folderOf(t);
      if (refuseLinks) replaceWhile(t, "link", () => Promise.reject(systemError("EPERM")));
      let working = 0;
      const most: number[] = [];
      const work = async (): Promise<void> => {
        most.push((working += 1));
        await readFile(join(folder, LOCK));
        working -= 1;
      };
      await Promise.all(Array.from({ length: 20 }, () => withFileLock(file, OPTIONS, work)));
      assert.deepEqual(
        most,
        Array.from({ length: 20 }, () => 1),
      );
      assert.deepEqual(await readdir(folder), []);
    });
  }

  it("does not hold up writers of other files in the folder", async (t) => {
    const { folder, file } = await folderOf(t);
    await withFileLock(file, OPTIONS, async () => {
      for (const other of ["app.yml", "app", "yaml", ".app.yaml", "app.yaml.0123456789abcdef"]) {
        await withFileLock(join(folder, other), { ...OPTIONS, lockTimeoutMs: 0 }, async () => undefined);
      }
      assert.deepEqual(await readdir(folder), [LOCK]);
    });
  });

  it("lets the lock go when the work throws, with its very error", async (t) => {
    const { folder, file } = await folderOf(t);
    const thrown = systemError("ENOSPC");
    await assert.rejects(
      withFileLock(file, OPTIONS, () => Promise.reject(thrown)),
      (error) => error === thrown,
    );
    assert.deepEqual(await readdir(folder), []);
  });

  it("waits for a writer in another process, and works on what that one wrote", async (t) => {
    const { folder, file } = await folderOf(t);
    await writeFile(file, "0");
    const writer = startWriter({ path: file, action: "hold", text: "1" });
    t.after(() => writer.kill());
    const closed = once(writer, "close");
    await once(writer.stdout, "data");
    await assert.rejects(update(file, "x", 50), anErrorWith({ code: "ERR_WRITE_FAILED" }));
    const updating = update(file, "2", 10_000);
    writer.stdin.end();
    await updating;
    await closed;
    assert.equal(await readFile(file, "utf8"), "012");
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  it("takes over at once from a writer that was killed", async (t) => {
    const { folder, file } = await folderOf(t);
    await writeFile(file, "0");
    const writer = startWriter({ path: file, action: "hold", text: "1" });
    const closed = once(writer, "close");
    await once(writer.stdout, "data");
    assert.deepEqual((await readdir(folder)).sort(), [LOCK, "app.yaml"]);
    writer.kill("SIGKILL");
    await closed;
    await update(file, "2", 0);
    assert.equal(await readFile(file, "utf8"), "02");
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`does not swallow ${signal}, and takes over at once from a writer that it ended`, async (t) => {
      const { folder, file } = await folderOf(t);
      const writer = startWriter({ path: file, action: "hold", text: "1" });
      const closed = once(writer, "close");
      await once(writer.stdout, "data");
      writer.kill(signal);
      assert.deepEqual(await closed, [null, signal]);
      await update(file, "2", 0);
      assert.equal(await readFile(file, "utf8"), "2");
      assert.deepEqual(await readdir(folder), ["app.yaml"]);
    });
  }

  it("lets exactly one at a time take over from a dead one, however many find it dead", async (t) => {
    const { folder, file } = await folderOf(t);
    for (let round = 0; round < 10; round++) {
      await writeFile(join(folder, LOCK), formatOwner(await deadOwner()));
      let working = 0;
      const work = async (): Promise<void> => {
        assert.equal((working += 1), 1);
        await readdir(folder);
        working -= 1;
      };
      await Promise.all(Array.from({ length: 8 }, () => withFileLock(file, OPTIONS, work)));
    }
    assert.deepEqual(await readdir(folder), []);
  });

  it("does not remove the lock of one that took over faster", async (t) => {
    const { folder, file } = await folderOf(t);
    await writeFile(join(folder, LOCK), formatOwner(await deadOwner()));
    const [slowMayGoOn, letSlowGoOn] = gate();
    const [slowFoundItDead, tellThatSlowFoundItDead] = gate();
    let claims = 0;
    replaceWhile(t, "open", async (original, ...args) => {
      if (String(args[0]).endsWith("-claim") && (claims += 1) === 1) {
        tellThatSlowFoundItDead();
        await slowMayGoOn;
      }
      return await original(...args);
    });
    const worked: string[] = [];
    const slow = withFileLock(file, OPTIONS, async () => void worked.push("slow"));
    await slowFoundItDead;
    await withFileLock(file, OPTIONS, async () => {
      letSlowGoOn();
      // It comes to the lock again and waits, which is as long as this takes.
      const impatient = withFileLock(file, { ...OPTIONS, lockTimeoutMs: 200 }, async () => undefined);
      await assert.rejects(impatient, anErrorWith({ code: "ERR_WRITE_FAILED" }));
      worked.push("fast");
    });
    await slow;
    assert.deepEqual(worked, ["fast", "slow"]);
    assert.deepEqual(await readdir(folder), []);
  });

  it("waits for a host that it cannot look into, and then names the lock and its owner", async (t) => {
    const { folder, file } = await folderOf(t);
    const owner = { ...(await deadOwner()), host: "build-7\\u001b[31m" };
    await writeFile(join(folder, LOCK), formatOwner(owner));
    const message = `app.yaml: the file is still locked after 0.05 s, by process ${owner.pid} on "build-7\\\\u001b[31m"`;
    const hint = `run it again; if that process no longer runs, remove the lock first: ${join(folder, LOCK)}`;
    await assert.rejects(update(file, "x", 50), anErrorWith({ code: "ERR_WRITE_FAILED", message, hint }));
    assert.equal(await readFile(join(folder, LOCK), "utf8"), formatOwner(owner));
    assert.deepEqual(await readdir(folder), [LOCK]);
  });

  it("waits for whatever else has the lock's name, and shows nothing of it", async (t) => {
    const { folder, file } = await folderOf(t);
    const expected = {
      code: "ERR_WRITE_FAILED",
      message: "app.yaml: the file is still locked after 0.01 s, by another writer",
    } as const;
    for (const text of ["", "c4nary-pa55word", "x".repeat(5000)]) {
      await writeFile(join(folder, LOCK), text);
      await assert.rejects(update(file, "x", 10), anErrorWith(expected));
    }
    for (const make of [
      (path: string) => mkdir(path),
      async (path: string) => void spawnSync("mkfifo", [path]),
    ]) {
      const inner = await folderOf(t);
      await make(join(inner.folder, LOCK));
      await assert.rejects(update(inner.file, "x", 10), anErrorWith(expected));
    }
  });

  it("waits for a lock that it may not read, as another user's may be", async (t) => {
    const { folder, file } = await folderOf(t);
    await chmod(folder, 0o777);
    await writeFile(join(folder, LOCK), formatOwner(await deadOwner()), { mode: 0 });
    const message = "app.yaml: the file is still locked after 0.01 s, by another writer";
    const waiting = asOrdinaryUser(() => update(file, "x", 10));
    await assert.rejects(waiting, anErrorWith({ code: "ERR_WRITE_FAILED", message }));
  });

  it("does not wait where the system refuses to look for a lock", { timeout: 10_000 }, async (t) => {
    const { folder, file } = await folderOf(t);
    await symlink(LOCK, join(folder, LOCK));
    const refusedWith = async (code: string): Promise<void> => {
      const message = `app.yaml: the file cannot be written (${code})`;
      await assert.rejects(update(file, "x", 60_000), anErrorWith({ code: "ERR_WRITE_FAILED", message }));
    };
    await refusedWith("ELOOP");
    replaceWhile(t, "open", () => Promise.reject(systemError("EIO")));
    await refusedWith("EIO");
  });

  it("works on files whose names leave no room for more", async (t) => {
    const { folder } = await folderOf(t);
    for (const name of ["n".repeat(222), "n".repeat(223), "n".repeat(255), "é".repeat(127)]) {
      const file = join(folder, name);
      const other = join(folder, `x${name.slice(1)}`);
      await withFileLock(file, OPTIONS, async () => {
        await update(other, "1", 0);
        await assert.rejects(update(file, "1", 0), anErrorWith({ code: "ERR_WRITE_FAILED" }));
      });
      const writer = startWriter({ path: file, action: "hold", text: "1" });
      const closed = once(writer, "close");
      await once(writer.stdout, "data");
      writer.kill("SIGKILL");
      await closed;
      await update(file, "2", 0);
      assert.deepEqual((await readdir(folder)).sort(), [name, `x${name.slice(1)}`].sort());
      await Promise.all([rm(file), rm(other)]);
    }
  });

  it("removes what a dead writer of a file with a long name left", async (t) => {
    const { folder } = await folderOf(t);
    const file = join(folder, "n".repeat(255));
    await withFileLock(file, OPTIONS, async () => {
      const [lock = ""] = await readdir(folder);
      assert.match(lock, /^\.[\w-]{43}\.sealconf-lock$/);
      await writeFile(
        join(folder, lock.replace("lock", "tmp").replace(/\.(?=sealconf)/, ".0123456789abcdef.")),
        "x",
      );
    });
    await withFileLock(file, OPTIONS, async () => undefined);
    assert.deepEqual(await readdir(folder), []);
  });

  it("comes to an end with locks that were forged to go in a circle", async (t) => {
    const { folder, file } = await folderOf(t);
    const owner = await deadOwner();
    await writeFile(join(folder, LOCK), formatOwner(owner));
    await writeFile(join(folder, `.app.yaml.${owner.id}.sealconf-claim`), formatOwner(owner));
    await assert.rejects(update(file, "x", 10), anErrorWith({ code: "ERR_WRITE_FAILED" }));
  });

  it("stops waiting when its signal aborts", async (t) => {
    const { folder, file } = await folderOf(t);
    const owner = formatOwner({ ...(await deadOwner()), host: "elsewhere" });
    await writeFile(join(folder, LOCK), owner);
    const controller = new AbortController();
    const reason = new Error("enough");
    replaceWhile(t, "open", async (original, ...args) => {
      controller.abort(reason);
      return await original(...args);
    });
    const { signal } = controller;
    const waiting = withFileLock(file, { ...OPTIONS, signal }, () => assert.fail("it had the lock"));
    await assert.rejects(waiting, (error) => error === reason);
    assert.deepEqual(await readdir(folder), [LOCK]);
  });

  it("leaves a lock that another took after somebody removed its own by hand", async (t) => {
    const { folder, file } = await folderOf(t);
    const other = formatOwner(await deadOwner());
    await withFileLock(file, OPTIONS, () => writeFile(join(folder, LOCK), other));
    assert.equal(await readFile(join(folder, LOCK), "utf8"), other);
  });

  it("removes what dead writers of this file left, and nothing else", async (t) => {
    const { folder, file } = await folderOf(t);
    const id = "0123456789abcdef";
    const others = [
      `.app.yaml.${id}.${id}.sealconf-tmp`,
      `.app.yaml.${id}.sealconf-lock`,
      `.app.yaml.${id}.tmp`,
      ".app.yaml.sealconf-tmp",
      `.xapp.yaml.${id}.sealconf-tmp`,
      `app.yaml.${id}.sealconf-tmp`,
    ].sort();
    const left = [`.app.yaml.${id}.sealconf-tmp`, `.app.yaml.${id}.sealconf-claim`];
    for (const name of [...others, ...left]) await writeFile(join(folder, name), "x");
    await withFileLock(file, OPTIONS, async () => undefined);
    assert.deepEqual((await readdir(folder)).sort(), others);
  });

  it("keeps every line that four processes append to a file, 100 times each", async (t) => {
    const { folder, file } = await folderOf(t);
    const writers = ["a", "b", "c", "d"];
    const outcomes = await Promise.all(
      writers.map((text) => runWriter({ path: file, action: "append", text, rounds: 100 })),
    );
    assert.deepEqual(
      outcomes.map((report) => report?.outcome),
      [100, 100, 100, 100],
    );
    const written = await readFile(file, "utf8");
    assert.equal([...written].sort().join(""), writers.map((text) => text.repeat(100)).join(""));
    assert.deepEqual(await readdir(folder), ["app.yaml"]);
  });
});

interface Made {
  readonly folder: string;
  readonly file: string;
}

async function folderOf(t: TestContext): Promise<Made> {
  const folder = await temporaryFolder(t);
  return { folder, file: join(folder, "app.yaml") };
}

/** Appends a text to a file. */
async function update(file: string, text: string, lockTimeoutMs: number): Promise<boolean> {
  const options = { ...OPTIONS, maxBytes: 1000, lockTimeoutMs };
  return await updateFile(file, options, async (bytes) => `${Buffer.from(bytes ?? []).toString()}${text}`);
}

/** A process of this machine that has ended. */
async function deadOwner(): Promise<LockOwner> {
  const { pid } = spawnSync("true");
  return { ...(await describeSelf()), pid };
}

function gate(): [Promise<void>, () => void] {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, () => open()];
}
