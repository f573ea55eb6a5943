import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { addGitAttributes } from "../../src/init/git-attributes.ts";
import { makeFolder } from "../support/load-fixture.ts";

const CASES: readonly (readonly [title: string, before: string | undefined, after: string])[] = [
  ["makes the file", undefined, "*.sealed binary\n"],
  ["fills an empty one", "", "*.sealed binary\n"],
  ["adds a line", "* text=auto\n", "* text=auto\n*.sealed binary\n"],
  ["ends the last line first", "* text=auto", "* text=auto\n*.sealed binary\n"],
  ["takes the file's line breaks", "* text=auto\r\n", "* text=auto\r\n*.sealed binary\r\n"],
  ["keeps bytes that are no text", "\xff\xfe\x00\n", "\xff\xfe\x00\n*.sealed binary\n"],
  ["is not misled by a comment", "# *.sealed binary\n", "# *.sealed binary\n*.sealed binary\n"],
  ["is not misled by another name", "a/*.sealed binary\n", "a/*.sealed binary\n*.sealed binary\n"],
  ["is not misled by another attribute", "*.sealed -binary\n", "*.sealed -binary\n*.sealed binary\n"],
  ["leaves a file that has it", "*.sealed binary\n* text\n", "*.sealed binary\n* text\n"],
  ["leaves a file that has it among others", "*.sealed\tdiff=x binary", "*.sealed\tdiff=x binary"],
];

describe("addGitAttributes", () => {
  for (const [title, before, after] of CASES) {
    it(title, async (t) => {
      const root = makeFolder(
        t,
        before === undefined ? {} : { ".gitattributes": Buffer.from(before, "latin1") },
      );
      const file = join(root, ".gitattributes");
      assert.equal(await addGitAttributes(file), before !== after);
      assert.ok(existsSync(file));
      assert.equal(readFileSync(file, "latin1"), after);
      assert.equal(await addGitAttributes(file), false);
      assert.equal(readFileSync(file, "latin1"), after);
    });
  }
});
