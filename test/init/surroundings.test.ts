import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";

import { findSurroundings } from "../../src/init/surroundings.ts";
import { makeFolder } from "../support/load-fixture.ts";

describe("findSurroundings", () => {
  it("finds the nearest policy above a folder, up to the one that holds .git", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": "",
      "a/.git": "gitdir: elsewhere",
      "a/b/.sealconf.yaml": "",
      "a/b/c/d/.sealconf.yaml": "",
    });
    const policy = join(root, "a/b/.sealconf.yaml");
    assert.deepEqual(await findSurroundings(join(root, "a/b/c/d")), { inGit: true, policyAbove: policy });
    assert.deepEqual(await findSurroundings(join(root, "a/b")), { inGit: true, policyAbove: undefined });
    assert.deepEqual(await findSurroundings(join(root, "a")), { inGit: true, policyAbove: undefined });
  });

  it("looks all the way up where there is no repository, as the commands do", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": "", "a/b/c": "" });
    const policyAbove = join(root, ".sealconf.yaml");
    assert.deepEqual(await findSurroundings(join(root, "a/b")), { inGit: false, policyAbove });
  });
});
