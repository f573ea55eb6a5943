import assert from "node:assert/strict";
import { test } from "node:test";

import { splitWords } from "../../src/editor/split-words.ts";
import { anErrorWith } from "../support/assert-error.ts";

test("a command is split at white space, and by quotes and backslashes as a shell splits it", () => {
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ["", []],
    [" \t\n ", []],
    ["vi", ["vi"]],
    ["  code   --wait\t-n ", ["code", "--wait", "-n"]],
    ["'/opt/My Editor/ed' -w", ["/opt/My Editor/ed", "-w"]],
    ['"/opt/My Editor/ed" -w', ["/opt/My Editor/ed", "-w"]],
    ["/opt/My\\ Editor/ed", ["/opt/My Editor/ed"]],
    [`emacs --eval '(setq a "b")'`, ["emacs", "--eval", '(setq a "b")']],
    [`a"b c"'d e'f\\ g`, ["ab cd ef g"]],
    [`ed '' ""`, ["ed", "", ""]],
    [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
    ["'a\\'", ["a\\"]],
    ["ed über-日本 🔑", ["ed", "über-日本", "🔑"]],
  ];
  for (const [command, words] of commands) assert.deepEqual(splitWords(command, "EDITOR"), words, command);
});

test("nothing is expanded", () => {
  const command = '$HOME/ed ~/x `id` $(id) *.yaml {a,b} a;b a|b >f #c "$A"';
  assert.deepEqual(splitWords(command, "EDITOR"), [
    "$HOME/ed",
    "~/x",
    "`id`",
    "$(id)",
    "*.yaml",
    "{a,b}",
    "a;b",
    "a|b",
    ">f",
    "#c",
    "$A",
  ]);
});

test("what nothing closes is refused", () => {
  const wanted = {
    code: "ERR_OPTION_INVALID",
    message: "VISUAL cannot be split into words",
    hint: "close its quotes, or write a backslash twice",
  } as const;
  for (const command of ["'a", 'vi "a', "vi \\", "it's", '"a\\"']) {
    assert.throws(() => splitWords(command, "VISUAL"), anErrorWith(wanted), command);
  }
});
