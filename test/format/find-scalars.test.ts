import assert from "node:assert/strict";
import { test } from "node:test";

import { findScalars, parseDocument } from "../../src/format/index.ts";

test("finds every scalar with its path, in the document's order", async () => {
  const { root } = await parseDocument("b: 1\na:\n  - x\n  - {c: ~}\n7:\n  d: y\n", { file: "a.yaml" });
  assert.deepEqual(
    findScalars(root).map(({ path, node, keysAreStrings }) => [path, node.value, keysAreStrings]),
    [
      [["b"], 1, true],
      [["a", 0], "x", true],
      [["a", 1, "c"], null, true],
      [["7", "d"], "y", false],
    ],
  );
});

test("a document that is one scalar has one, at the empty path", async () => {
  const { root } = await parseDocument("true", { file: "a.json" });
  assert.deepEqual(findScalars(root), [{ path: [], node: root, keysAreStrings: true }]);
});
