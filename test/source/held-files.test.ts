import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";

import { systemCode } from "../../src/errors/index.ts";
import { removeHeldFiles } from "../../src/source/held-files.ts";
import { withFileLock } from "../../src/source/lock-file.ts";
import { describeSelf, formatOwner } from "../../src/source/lock-owner.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { killAtEachStep } from "./kill-writers.ts";
import { startWriter } from "./start-writer.ts";

const OPTIONS = { source: { file: "app.yaml" } };
const LOCK = ".app.yaml.sealconf-lock";
const OLD = `old: ${"o".repeat(20_000)}\n`;
const NEW = `new: ${"n".repeat(30_000)}\n`;
const BY_SIGNAL = { action: "update", text: NEW, killBy: "SIGTERM" } as const;

describe("a writer that a signal ends, at whatever step,", () => {
  it("leaves the old file or the new one, whole, and nothing of its own beside it", async (t) => {
    const { pid } = spawnSync("true");
    const dead = formatOwner({ ...(await describeSelf()), pid });
    const left = new Set<string>();
    const calls = await killAtEachStep(t, {
      task: (folder) => ({ ...BY_SIGNAL, path: join(folder, "app.yaml") }),
      async prepare(folder) {
        await writeFile(join(folder, "app.yaml"), OLD);
        await writeFile(join(folder, LOCK), dead);
      },
      async check(folder) {
        left.add(await readFile(join(folder, "app.yaml"), "utf8"));
        // It may not have come to remove the dead one's lock.
        const names = (await readdir(folder)).filter((name) => name !== "app.yaml");
        assert.ok(names.length === 0 || names.join(" ") === LOCK, names.join(" "));
        if (names.length > 0) assert.equal(await readFile(join(folder, LOCK), "utf8"), dead);
      },
    });
    assert.deepEqual(left, new Set([OLD, NEW]));
    assert.equal(calls.filter((call) => call === "link").length, 2);
  });

  it("leaves no file or the whole one where it makes one, also without hard links", async (t) => {
    const left = new Set<string>();
    const calls = await killAtEachStep(t, {
      task: (folder) => ({ ...BY_SIGNAL, path: join(folder, "app.yaml"), withoutLinks: true }),
      async check(folder) {
        const text = await readThere(join(folder, "app.yaml"));
        left.add(text);
        assert.deepEqual(await readdir(folder), text === "" ? [] : ["app.yaml"]);
      },
    });
    assert.deepEqual(left, new Set(["", NEW]));
    assert.equal(calls.filter((call) => call === "rename").length, 2);
  });
});

describe("removeHeldFiles", () => {
  it("leaves a lock that another took after somebody removed this process's by hand", async (t) => {
    const folder = await temporaryFolder(t);
    const other = formatOwner(await describeSelf());
    await withFileLock(join(folder, "app.yaml"), OPTIONS, async () => {
      await writeFile(join(folder, LOCK), other);
      removeHeldFiles();
    });
    assert.equal(await readFile(join(folder, LOCK), "utf8"), other);
  });

  it("does not wait for a pipe in the lock's place", { timeout: 10_000 }, async (t) => {
    const folder = await temporaryFolder(t);
    const writer = startWriter({ ...BY_SIGNAL, action: "hold", path: join(folder, "app.yaml") });
    t.after(() => writer.kill("SIGKILL"));
    const closed = once(writer, "close");
    await once(writer.stdout, "data");
    await rm(join(folder, LOCK));
    assert.equal(spawnSync("mkfifo", [join(folder, LOCK)]).status, 0);
    writer.kill("SIGTERM");
    assert.deepEqual(await closed, [null, "SIGTERM"]);
    assert.deepEqual(await readdir(folder), [LOCK]);
  });
});

/** The text of the file, empty where there is none. */
async function readThere(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    assert.notEqual(text, "");
    return text;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}
