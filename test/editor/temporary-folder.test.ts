import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
  type TemporaryFolder,
  temporaryParents,
  withTemporaryFolder,
} from "../../src/editor/temporary-folder.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { makeFolder } from "../support/load-fixture.ts";
import { runNode } from "../support/cli.ts";

const TMPFS = 0x0102_1994;

async function inFolder<Result>(
  parents: readonly string[],
  work: (folder: TemporaryFolder) => Promise<Result>,
): Promise<Result> {
  return await withTemporaryFolder(parents, { fill: async () => {}, work });
}

test("the runtime folder comes first, then shared memory, then where temporary files lie", () => {
  assert.deepEqual(temporaryParents({ XDG_RUNTIME_DIR: "/run/user/1" }), [
    "/run/user/1",
    "/dev/shm",
    tmpdir(),
  ]);
  assert.deepEqual(temporaryParents({ XDG_RUNTIME_DIR: "" }), ["/dev/shm", tmpdir()]);
  assert.deepEqual(temporaryParents({}), ["/dev/shm", tmpdir()]);
});

test("the folder is its owner's alone, and gone with all that is in it once the work is done", async (t) => {
  const parent = makeFolder(t);
  const seen = await inFolder([parent], async ({ path }) => {
    assert.deepEqual(readdirSync(parent), [path.slice(parent.length + 1)]);
    mkdirSync(join(path, "deep/er"), { recursive: true });
    writeFileSync(join(path, "deep/er/.app.yaml.swp"), "");
    return statSync(path).mode & 0o777;
  });
  assert.equal(seen, 0o700);
  assert.deepEqual(readdirSync(parent), []);
});

test("it is gone when the work fails, and what the work threw is thrown", async (t) => {
  const parent = makeFolder(t);
  const listeners = process.listenerCount("exit");
  await assert.rejects(
    inFolder([parent], async () => await Promise.reject(new RangeError("x"))),
    new RangeError("x"),
  );
  assert.deepEqual(readdirSync(parent), []);
  assert.equal(process.listenerCount("exit"), listeners);
});

test("it is gone when the process ends in the middle of the work", async (t) => {
  const parent = makeFolder(t);
  const module = new URL("../../src/editor/temporary-folder.js", import.meta.url);
  const script = `
    const { withTemporaryFolder } = await import(${JSON.stringify(module)});
    await withTemporaryFolder([${JSON.stringify(parent)}], {
      fill: async () => {},
      async work({ path }) {
        console.log(path);
        setTimeout(() => { throw new RangeError(); });
        await new Promise(() => {});
      },
    });`;
  const { code, stdout, stderr } = await runNode(["--input-type=module", "--eval", script]);
  assert.match(stdout, /sealconf-\w+\n$/);
  assert.match(stderr, /RangeError/);
  assert.equal(code, 1);
  assert.deepEqual(readdirSync(parent), []);
});

test("a parent in memory is taken before one on a disk, and one that does not do is passed over", async (t) => {
  const disk = makeFolder(t);
  const isDisk = statfsSync(disk).type !== TMPFS;
  const hasMemory = existsSync("/dev/shm") && statfsSync("/dev/shm").type === TMPFS;
  const parents = [join(disk, "not-there"), disk, "/proc/self", "/dev/shm", disk];
  await inFolder(parents, async ({ path, inMemory }) => {
    assert.equal(inMemory, hasMemory || !isDisk);
    assert.equal(path.startsWith(hasMemory && isDisk ? "/dev/shm/" : disk), true, path);
  });
});

test("where no parent takes a folder the last one is named", async (t) => {
  const disk = makeFolder(t);
  const last = join(disk, "not-there");
  await assert.rejects(
    inFolder([last], async () => assert.fail("there is no folder to work in")),
    anErrorWith({
      code: "ERR_WRITE_FAILED",
      message: `${last}: the opened file cannot be written there (ENOENT)`,
      hint: "set TMPDIR to a folder that you can write to, and that has room",
    }),
  );
});

test("a parent without room for what is to lie there is passed over, and nothing is left in it", async (t) => {
  const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const full = mkdtempSync(join(memory, "sealconf-test-"));
  t.after(() => rmSync(full, { recursive: true, force: true }));
  const last = makeFolder(t);
  const seen = await withTemporaryFolder([full, last], {
    async fill(path) {
      await writeFile(join(path, "app.yaml"), "opened");
      if (path.startsWith(full)) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
    },
    async work({ path }) {
      assert.deepEqual(readdirSync(full), []);
      return [path.startsWith(last), readdirSync(path)];
    },
  });
  assert.deepEqual(seen, [true, ["app.yaml"]]);
  assert.deepEqual(readdirSync(last), []);
});

test("where none has room the last one is named, and nothing is left in it", async (t) => {
  const last = makeFolder(t);
  const listeners = process.listenerCount("exit");
  await assert.rejects(
    withTemporaryFolder([last], {
      async fill(path) {
        await writeFile(join(path, "app.yaml"), "opened");
        throw Object.assign(new Error("no room"), { code: "ENOSPC" });
      },
      work: async () => assert.fail("there is nothing to work on"),
    }),
    anErrorWith({
      code: "ERR_WRITE_FAILED",
      message: `${last}: the opened file cannot be written there (ENOSPC)`,
    }),
  );
  assert.deepEqual(readdirSync(last), []);
  assert.equal(process.listenerCount("exit"), listeners);
});
