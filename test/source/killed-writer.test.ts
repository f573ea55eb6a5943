import assert from "node:assert/strict";
import { chmod, cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";

import { systemCode } from "../../src/errors/index.ts";
import { updateFile } from "../../src/source/update-file.ts";
import { writeNewFile } from "../../src/source/write-new-file.ts";
import { killAtEachStep } from "./kill-writers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runWriter } from "./start-writer.ts";
import type { WriterTask } from "./writer-child.ts";

const OPTIONS = { source: { file: "app.yaml" }, maxBytes: 2 ** 20 };
const OLD = `old: ${"o".repeat(20_000)}\n`;
const NEW = `new: ${"n".repeat(30_000)}\n`;
const MODE = 0o640;
const LAST = "last: true\n";

describe("a writer that is killed, at whatever step,", () => {
  it("leaves the old file or the new one, whole, and the next writer goes on", async (t) => {
    const left = new Set<string>();
    const calls = await killAtEachStep(t, {
      task: (folder) => update(folder, NEW),
      prepare: writeOld,
      async check(folder) {
        assert.equal((await stat(join(folder, "app.yaml"))).mode & 0o777, MODE);
        const text = await readThere(folder);
        left.add(text);
        await goOn(folder, text);
      },
    });
    assert.deepEqual(left, new Set([OLD, NEW]));
    // Its bytes are on the disk before they have the name, and then the name is.
    const steps = calls.filter((call) => call === "file.sync" || call === "rename");
    assert.deepEqual(steps, ["file.sync", "rename", "file.sync"]);
  });

  it("leaves no file or the whole one where it makes one", async (t) => {
    const left = new Set<string>();
    await killAtEachStep(t, {
      task: (folder) => ({ path: join(folder, "app.yaml"), action: "make", text: NEW }),
      async check(folder) {
        const text = await readThere(folder);
        left.add(text);
        assert.equal(await writeNewFile(join(folder, "app.yaml"), Buffer.from(NEW), OPTIONS), text === "");
        await goOn(folder, NEW);
      },
    });
    assert.deepEqual(left, new Set(["", NEW]));
  });

  it("does so, too, while it takes over from one that was killed with the lock in its hands", async (t) => {
    const dead = await temporaryFolder(t);
    await writeOld(dead);
    const whole = await runWriter(update(dead, NEW));
    await writeOld(dead);
    const killBefore = whole?.calls.indexOf("rename") ?? -1;
    assert.equal(await runWriter({ ...update(dead, "never: written\n"), killBefore }), undefined);
    const names = (await readdir(dead)).sort().join(" ");
    assert.match(names, /^\.app\.yaml\.\w{16}\.sealconf-tmp \.app\.yaml\.sealconf-lock app\.yaml$/);

    const left = new Set<string>();
    const calls = await killAtEachStep(t, {
      task: (inner) => update(inner, NEW),
      prepare: (inner) => cp(dead, inner, { recursive: true }),
      async check(inner) {
        const text = await readThere(inner);
        left.add(text);
        await goOn(inner, text);
      },
    });
    assert.deepEqual(left, new Set([OLD, NEW]));
    // The lock, and the claim under which the dead one's is removed.
    assert.equal(calls.filter((call) => call === "link").length, 2);
  });
});

function update(folder: string, text: string): WriterTask {
  return { path: join(folder, "app.yaml"), action: "update", text };
}

async function writeOld(folder: string): Promise<void> {
  await writeFile(join(folder, "app.yaml"), OLD);
  await chmod(join(folder, "app.yaml"), MODE);
}

/** The text of the file, empty where there is none. */
async function readThere(folder: string): Promise<string> {
  const path = join(folder, "app.yaml");
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}

/** The next writer finds what was left, writes, and takes everything away that lies beside the file. */
async function goOn(folder: string, left: string): Promise<void> {
  const path = join(folder, "app.yaml");
  const written = await updateFile(path, OPTIONS, async (bytes) => {
    assert.equal(Buffer.from(bytes ?? []).toString(), left);
    return LAST;
  });
  assert.ok(written);
  assert.equal(await readFile(path, "utf8"), LAST);
  assert.deepEqual(await readdir(folder), ["app.yaml"]);
}
