import assert from "node:assert/strict";
import { test } from "node:test";

import { findScalars, parseDocument } from "../../src/format/index.ts";
import { isRepeated } from "../../src/format/repeated.ts";

async function repeatedPaths(text: string, file = "a.yaml"): Promise<string[]> {
  const document = await parseDocument(text, { file });
  return findScalars(document.root)
    .filter(({ node }) => isRepeated(document, node))
    .map(({ path }) => path.join("."));
}

test("a value is repeated at both ends of an alias", async () => {
  assert.deepEqual(await repeatedPaths("a: &x 1\nb: *x\nc: 1\n"), ["a", "b"]);
  assert.deepEqual(await repeatedPaths("a: &x {k: [1, 2]}\nb: {c: *x, d: 3}\n"), [
    "a.k.0",
    "a.k.1",
    "b.c.k.0",
    "b.c.k.1",
  ]);
  assert.deepEqual(await repeatedPaths("a: &x 1\nb: &y [*x]\nc: *y\n"), ["a", "b.0", "c.0"]);
});

test("a value that a merge brings is repeated, and one that every merge passes over is not", async () => {
  const text = "base: &base {host: h, password: p}\nprod:\n  <<: *base\n  password: q\n";
  assert.deepEqual(await repeatedPaths(text), ["base.host", "prod.host"]);
});

test("an anchor that nothing repeats, and other formats, repeat nothing", async () => {
  assert.deepEqual(await repeatedPaths("a: &x 1\nb: &y {c: 2}\n&k d: *k\n"), ["d"]);
  assert.deepEqual(await repeatedPaths('{"a": [1]}', "a.json"), []);
  assert.deepEqual(await repeatedPaths("A=1", ".env"), []);
});
