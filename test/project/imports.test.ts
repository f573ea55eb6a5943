import assert from "node:assert/strict";
import { test } from "node:test";
import { findImports } from "./imports.ts";

const FORMS = [
  ['import { a } from "./a.ts";', "static ./a.ts"],
  ['import { a, type B } from "./a.ts";', "static ./a.ts"],
  ['import {\n  a,\n  type B,\n} from "./a.ts";', "static ./a.ts"],
  ['import * as a from "a";', "static a"],
  ['import a, { b } from "@a/b";', "static @a/b"],
  ['import "./a.ts";', "static ./a.ts"],
  ['import { type A } from "a";', "static a"],
  ['import type { A } from "a";', "type a"],
  ['export * from "./a.ts";', "static ./a.ts"],
  ['export * as a from "./a.ts";', "static ./a.ts"],
  ['export {\n  a,\n} from "./a.ts";', "static ./a.ts"],
  ['export type * from "./a.ts";', "type ./a.ts"],
  ['export type { A } from "./a.ts";', "type ./a.ts"],
  ['  const { parse } = await import("a");', "dynamic a"],
  ['  const a = await import(\n    "a"\n  );', "dynamic a"],
  ['let a: typeof import("a") | undefined;', "dynamic a"],
  ["  const a = await import(name);", "dynamic undefined"],
  ['  const a = await import("a" + name);', "dynamic undefined"],
  [' * import { a } from "a";', ""],
  ['// import { a } from "a";', ""],
  ['  // await import("a")', ""],
  ['export const from = "a";', ""],
  ['export interface A {}\n/** Comes from "a". */', ""],
  ["const own = import.meta.url;", ""],
] as const;

test("every form of an import is found, and nothing else", () => {
  for (const [text, expected] of FORMS) {
    const found = findImports(text).map(({ kind, specifier }) => `${kind} ${specifier}`);
    assert.equal(found.join(", "), expected, text);
  }
});

test("imports that follow each other are all found", () => {
  const text = 'import { a } from "./a.ts";\nimport type { B } from "./b.ts";\nexport * from "./c.ts";\n';
  assert.deepEqual(findImports(text), [
    { specifier: "./a.ts", kind: "static" },
    { specifier: "./b.ts", kind: "type" },
    { specifier: "./c.ts", kind: "static" },
  ]);
});
