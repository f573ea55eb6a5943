import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";

type FileSystem = typeof fs;
type Called = "link" | "lstat" | "open" | "realpath" | "rename" | "rm" | "stat";

/** Puts something between the code and the file system until the test ends. */
export function replaceWhile<Name extends Called>(
  t: TestContext,
  name: Name,
  replacement: (original: FileSystem[Name], ...args: Parameters<FileSystem[Name]>) => Promise<unknown>,
): void {
  const original = fs[name];
  fs[name] = ((...args: Parameters<FileSystem[Name]>) => replacement(original, ...args)) as FileSystem[Name];
  syncBuiltinESMExports();
  t.after(() => {
    fs[name] = original;
    syncBuiltinESMExports();
  });
}

/** An error as the system makes them. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code });
}
