import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { findEditor } from "../../src/editor/find-editor.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { makeFolder } from "../support/load-fixture.ts";

const NO_COPIES = ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"];

/** Makes a folder with programs that do nothing, and links to them. */
function makePrograms(
  t: TestContext,
  names: readonly string[],
  links: Readonly<Record<string, string>> = {},
): string {
  const folder = makeFolder(t, Object.fromEntries(names.map((name) => [name, "#!/bin/sh\n"])));
  for (const name of names) chmodSync(join(folder, name), 0o755);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  return folder;
}

test("VISUAL comes before EDITOR, and an empty one is none", async (t) => {
  const PATH = makePrograms(t, ["vi"]);
  const find = async (variables: Readonly<Record<string, string>>) =>
    await findEditor({ PATH, ...variables }, "/");
  assert.deepEqual(await find({ VISUAL: "code --wait", EDITOR: "nano" }), {
    program: "code",
    args: ["--wait"],
  });
  assert.deepEqual(await find({ VISUAL: " ", EDITOR: "'my ed' -x" }), { program: "my ed", args: ["-x"] });
  for (const EDITOR of ["", '""', "'' -x"])
    assert.deepEqual(await find({ EDITOR }), { program: "vi", args: [] }, EDITOR);
});

test("without them it is vi, where there is one on the PATH", async (t) => {
  const empty = makeFolder(t, { vi: "no program" });
  const PATH = makePrograms(t, ["vi"]);
  assert.deepEqual(await findEditor({ PATH: `${empty}::${PATH}` }, empty), { program: "vi", args: [] });
  for (const environment of [{}, { PATH: "" }, { PATH: empty }]) {
    await assert.rejects(
      findEditor(environment, empty),
      anErrorWith({
        code: "ERR_OPTION_INVALID",
        message: "there is no editor",
        hint: 'name yours: EDITOR=nano, or EDITOR="code --wait"',
      }),
    );
  }
});

test("Vim, under whatever name, is told to keep no copies of what it edits", async (t) => {
  const programs = ["vim.basic", "nvim", "vim", "nano", "vimdiff-wrapper"];
  const PATH = makePrograms(t, programs, { vi: "vim.basic", editor: "nvim" });
  const argsOf = async (EDITOR: string) => (await findEditor({ PATH, EDITOR }, PATH)).args;
  assert.deepEqual(await argsOf("vim -R"), [...NO_COPIES, "-R"]);
  for (const vim of ["vi", "editor", "nvim", `${PATH}/vi`, "./vi", ""]) {
    assert.deepEqual(await argsOf(vim), NO_COPIES, vim);
  }
  for (const other of ["nano", "vimdiff-wrapper", "not-there", "elsewhere/vim"]) {
    assert.deepEqual(await argsOf(other), [], other);
  }
});
