import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

import { readFileIfThere, readFileInside, type ReadFileOptions } from "../../src/source/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { replaceWhile } from "./replace-while.ts";

const OPTIONS: ReadFileOptions = {
  maxBytes: 100,
  source: { file: "app.yaml", line: 2, column: 3, path: "tls.key" },
};
const AT = "app.yaml:2:3 (tls.key):";

type Read = (folder: string, name: string, options?: ReadFileOptions) => Promise<Uint8Array | undefined>;

const READERS: readonly (readonly [name: string, read: Read])[] = [
  ["readFileIfThere", (folder, name, options = OPTIONS) => readFileIfThere(join(folder, name), options)],
  [
    "readFileInside",
    (folder, name, options = OPTIONS) => readFileInside(folder, join(folder, name), options),
  ],
];

for (const [name, read] of READERS) {
  describe(name, () => {
    it("reads every byte of a file, up to the limit", async (t) => {
      const folder = await temporaryFolder(t);
      const bytes = Buffer.from(Array.from({ length: 100 }, (_, index) => index * 5));
      await writeFile(join(folder, "a"), bytes);
      await writeFile(join(folder, "empty"), "");
      assert.deepEqual(Buffer.from((await read(folder, "a")) ?? ""), bytes);
      assert.equal((await read(folder, "empty"))?.length, 0);
    });

    it("refuses a file that is larger, and says both sizes", async (t) => {
      const folder = await temporaryFolder(t);
      await writeFile(join(folder, "a"), Buffer.alloc(101));
      const message = `${AT} the file has 101 bytes; at most 100 are read`;
      await assert.rejects(read(folder, "a"), anErrorWith({ code: "ERR_LIMIT_EXCEEDED", message }));
    });

    it("does not read what is far too large", async (t) => {
      const folder = await temporaryFolder(t);
      await writeFile(join(folder, "a"), "");
      await truncate(join(folder, "a"), 3 * 2 ** 30);
      const message = `${AT} the file has 3221225472 bytes; at most 100 are read`;
      await assert.rejects(read(folder, "a"), anErrorWith({ code: "ERR_LIMIT_EXCEEDED", message }));
    });

    it("refuses what turns out larger than its size said", async (t) => {
      const folder = await temporaryFolder(t);
      await writeFile(join(folder, "a"), "x".repeat(100));
      // Grows between the two, as a log would.
      replaceWhile(t, "open", async (original, ...args) => {
        const handle = await original(...args);
        const stat = handle.stat.bind(handle);
        handle.stat = (async () => {
          const before = await stat();
          await writeFile(join(folder, "a"), "x".repeat(150));
          return before;
        }) as typeof stat;
        return handle;
      });
      const message = `${AT} the file has 150 bytes; at most 100 are read`;
      await assert.rejects(read(folder, "a"), anErrorWith({ code: "ERR_LIMIT_EXCEEDED", message }));
    });

    it("refuses a folder, and a pipe without waiting for anybody to write to it", async (t) => {
      const folder = await temporaryFolder(t);
      await mkdir(join(folder, "dir"));
      assert.equal(spawnSync("mkfifo", [join(folder, "pipe")]).status, 0);
      for (const special of ["dir", "pipe"]) {
        const message = `${AT} this is not a regular file`;
        await assert.rejects(read(folder, special), anErrorWith({ code: "ERR_FILE_UNREADABLE", message }));
      }
    });

    it("says the system's code for what cannot be opened, and no path but the one that is known", async (t) => {
      const folder = await temporaryFolder(t);
      await symlink("loop", join(folder, "loop"));
      const message = `${AT} the file cannot be read (ELOOP)`;
      await assert.rejects(read(folder, "loop"), anErrorWith({ code: "ERR_FILE_UNREADABLE", message }));
      const long = `${AT} the file cannot be read (ENAMETOOLONG)`;
      await assert.rejects(
        read(folder, "x".repeat(300)),
        anErrorWith({ code: "ERR_FILE_UNREADABLE", message: long }),
      );
      await assert.rejects(
        read(folder, "a\0b"),
        anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /cannot be read \(ERR_/ }),
      );
    });

    it("follows symbolic links within the folder, as a ConfigMap has them", async (t) => {
      const folder = await temporaryFolder(t);
      await mkdir(join(folder, "..2026_11_22"));
      await writeFile(join(folder, "..2026_11_22", "tls.key.sealed"), "sealed");
      await symlink("..2026_11_22", join(folder, "..data"));
      await symlink("..data/tls.key.sealed", join(folder, "tls.key.sealed"));
      assert.equal(Buffer.from((await read(folder, "tls.key.sealed")) ?? "").toString(), "sealed");
    });

    it("rejects with the signal's reason", async (t) => {
      const folder = await temporaryFolder(t);
      await writeFile(join(folder, "a"), "x");
      const signal = AbortSignal.abort();
      await assert.rejects(read(folder, "a", { ...OPTIONS, signal }), { name: "AbortError" });
    });
  });
}

describe("readFileIfThere", () => {
  it("gives nothing when there is no file, or no folder that could hold it", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "a"), "x");
    for (const name of ["b", "b/c", "a/b"])
      assert.equal(await readFileIfThere(join(folder, name), OPTIONS), undefined);
  });

  it("gives nothing for a symbolic link that leads nowhere", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink("nowhere", join(folder, "a"));
    assert.equal(await readFileIfThere(join(folder, "a"), OPTIONS), undefined);
  });
});

describe("readFileInside", () => {
  it("says that the file is not there, and what to do", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink("nowhere", join(folder, "link"));
    await writeFile(join(folder, "file"), "x");
    for (const name of ["a", "a/b", "link", "file/a"]) {
      const message = `${AT} the sealed file that it names is not there`;
      const hint = "it is committed and copied beside the config file";
      await assert.rejects(
        readInside(folder, name),
        anErrorWith({ code: "ERR_FILE_UNREADABLE", message, hint }),
      );
    }
  });

  it("refuses whatever lies outside the folder, by any way that leads there", async (t) => {
    const outer = await temporaryFolder(t);
    const folder = join(outer, "config");
    await mkdir(join(outer, "config-other"));
    await mkdir(join(folder, "sub"), { recursive: true });
    for (const file of ["secret", "config-other/a"]) await writeFile(join(outer, file), "outside");
    await symlink("../secret", join(folder, "relative"));
    await symlink(join(outer, "secret"), join(folder, "absolute"));
    await symlink("..", join(folder, "up"));
    await symlink("relative", join(folder, "second"));
    await symlink("../../secret", join(folder, "sub", "deep"));
    await symlink(join(outer, "config-other"), join(folder, "other"));
    const ways = [
      "../secret",
      "relative",
      "absolute",
      "up/secret",
      "second",
      "sub/deep",
      "../config-other/a",
      "other/a",
      "/etc/passwd",
    ];
    for (const way of ways) {
      const path = way.startsWith("/") ? way : join(folder, way);
      const message = `${AT} the sealed file lies outside the config file's folder`;
      await assert.rejects(
        readFileInside(folder, path, OPTIONS),
        anErrorWith({ code: "ERR_FILE_UNREADABLE", message }),
      );
    }
  });

  it("refuses the folder itself", async (t) => {
    const folder = await temporaryFolder(t);
    await assert.rejects(
      readFileInside(folder, folder, OPTIONS),
      anErrorWith({ code: "ERR_FILE_UNREADABLE" }),
    );
  });

  it("reads below a folder that is itself a symbolic link, and below the root of all", async (t) => {
    const outer = await temporaryFolder(t);
    await mkdir(join(outer, "real"));
    await writeFile(join(outer, "real", "a"), "x");
    await symlink("real", join(outer, "config"));
    assert.equal((await readInside(join(outer, "config"), "a")).length, 1);
    assert.equal((await readFileInside("/", join(outer, "real", "a"), OPTIONS)).length, 1);
  });

  it("does not follow a symbolic link that takes the file's place after it was looked at", async (t) => {
    const outer = await temporaryFolder(t);
    const folder = join(outer, "config");
    await mkdir(folder);
    await writeFile(join(outer, "secret"), "outside");
    await writeFile(join(folder, "a"), "inside");
    replaceWhile(t, "realpath", async (original, path) => {
      const real = await original(path);
      if (String(path).endsWith("a")) {
        await rm(real);
        await symlink(join(outer, "secret"), join(dirname(real), "new"));
        await rename(join(dirname(real), "new"), real);
      }
      return real;
    });
    const message = `${AT} the file cannot be read (ELOOP)`;
    await assert.rejects(readInside(folder, "a"), anErrorWith({ code: "ERR_FILE_UNREADABLE", message }));
  });
});

async function readInside(folder: string, name: string): Promise<Uint8Array> {
  return await readFileInside(folder, join(folder, name), OPTIONS);
}
