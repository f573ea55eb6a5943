import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { walkProject } from "../../src/init/walk-project.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { makeFolder } from "../support/load-fixture.ts";

describe("walkProject", () => {
  it("lists the files of the folder and of those below it, sorted", async (t) => {
    const root = makeFolder(t, { "b.yaml": "", ".env": "", "config/a/c.json": "", "a.md": "" });
    assert.deepEqual(await walkProject(root), {
      files: [".env", "a.md", "b.yaml", "config/a/c.json"],
      others: [],
      complete: true,
    });
  });

  it("leaves out what tools made, and what is not the application", async (t) => {
    const folders = [
      "node_modules/x",
      ".git",
      ".github",
      "dist",
      "coverage",
      "test",
      "fixtures",
      "docs",
      "vendor",
    ];
    const hidden = Object.fromEntries(folders.map((folder) => [`${folder}/production.yaml`, ""]));
    const root = makeFolder(t, { ...hidden, "config/test/a.yaml": "", "config/.x/b.yaml": "" });
    assert.deepEqual((await walkProject(root)).files, ["config/test/a.yaml"]);
  });

  it("leaves out folders with a policy or a package of their own, and names them", async (t) => {
    const root = makeFolder(t, {
      "package.json": "{}",
      "config/a.yaml": "",
      "packages/api/package.json": "{}",
      "packages/api/config/production.yaml": "",
      "services/web/.sealconf.yaml": "",
      "services/web/config/production.yaml": "",
    });
    const { files, others } = await walkProject(root);
    assert.deepEqual(files, ["config/a.yaml", "package.json"]);
    assert.deepEqual(others, ["packages/api", "services/web"]);
  });

  it("does not follow symbolic links", async (t) => {
    const elsewhere = makeFolder(t, { "a.yaml": "" });
    const root = makeFolder(t, { "config/b.yaml": "" });
    symlinkSync(elsewhere, join(root, "linked"));
    symlinkSync(join(elsewhere, "a.yaml"), join(root, "config/a.yaml"));
    symlinkSync(root, join(root, "config/loop"));
    assert.deepEqual((await walkProject(root)).files, ["config/b.yaml"]);
  });

  it("ends at its limits, with what lies deepest left out", async (t) => {
    const root = makeFolder(t, { "a/b/c/d.yaml": "", "a/b/e.yaml": "", "f.yaml": "", "g.yaml": "" });
    const limits = { maxDepth: 9, maxFiles: 9 };
    assert.deepEqual(await walkProject(root, { ...limits, maxDepth: 2 }), {
      files: ["a/b/e.yaml", "f.yaml", "g.yaml"],
      others: [],
      complete: false,
    });
    assert.deepEqual(await walkProject(root, { ...limits, maxFiles: 2 }), {
      files: ["f.yaml", "g.yaml"],
      others: [],
      complete: false,
    });
    assert.equal((await walkProject(root, { ...limits, maxFiles: 4 })).complete, true);
  });

  it("passes over what lies below a file's name, and refuses a folder that is none", async (t) => {
    const root = makeFolder(t, { "a.yaml": "" });
    await assert.rejects(
      walkProject(join(root, "nowhere")),
      anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /the folder cannot be read \(ENOENT\)/ }),
    );
    await assert.rejects(
      walkProject(join(root, "a.yaml")),
      anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /\(ENOTDIR\)/ }),
    );
  });
});
