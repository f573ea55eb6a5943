import assert from "node:assert/strict";
import { test } from "node:test";

import { findingTexts } from "../../src/editor/find-texts.ts";

test("the texts that stand in a line are found, wherever and however often", () => {
  const find = findingTexts(["abcdef", "abcdefgh", "defghi", "efghij!"]);
  const cases: readonly (readonly [line: string, found: readonly string[]])[] = [
    ["", []],
    ["abcde", []],
    ["abcdef", ["abcdef"]],
    ["xabcdefg", ["abcdef"]],
    ["xabcdefghij", ["abcdef", "abcdefgh", "defghi"]],
    ["abcdefabcdef", ["abcdef", "abcdef"]],
    ["Abcdefghij", ["defghi"]],
  ];
  for (const [line, found] of cases) assert.deepEqual(find(line), found, line);
});
