import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { test } from "node:test";
import { findImports, type Import } from "./imports.ts";
import { readPackageFile, ROOT, run } from "./project.ts";

/** What each folder of `src`, and each file directly in it, may import. A new edge is a decision about the design. */
const FOLDERS: Readonly<Record<string, string>> = {
  errors: "",
  path: "errors",
  bytes: "errors",
  crypto: "errors bytes",
  token: "errors bytes path",
  kms: "errors bytes path",
  format: "errors bytes path",
  policy: "errors bytes path",
  source: "errors bytes path",
  git: "errors bytes path",
  local: "errors bytes path crypto token kms",
  sealing: "errors bytes path crypto token kms",
  config: "errors bytes path crypto token kms format policy source local sealing",
  edit: "errors bytes path token kms format policy source sealing config",
  editor: "errors bytes path token kms format policy source sealing config edit",
  init: "errors bytes path token kms format policy source sealing config edit",
  review: "errors bytes path token kms format policy source sealing config edit",
  rotate: "errors bytes path token kms format policy source sealing config edit",
  check: "errors bytes path token kms format policy source sealing config git edit",
  status: "errors bytes path token kms format policy source sealing config edit check",
  "index.ts": "errors bytes path crypto token kms format policy source local sealing config",
  "register.ts": "errors config index.ts",
  emulator: "bytes",
  cli: "errors bytes path token kms format policy source git local sealing config edit editor init review rotate check status index.ts emulator",
};

/** Which folders may import each package. Outside `cli` only when it is first needed: start-up is the product. */
const PACKAGES: Readonly<Record<string, string>> = {
  cockatiel: "kms",
  commander: "cli",
  dotenv: "format",
  picomatch: "config",
  "tencentcloud-sdk-nodejs-common": "kms",
  yaml: "format cli",
};

interface Edge extends Import {
  /** Relative to `src`, as are `folder` and `target`. */
  readonly file: string;
  readonly folder: string;
  /** The imported folder, or file directly in `src`; `undefined` for a package. */
  readonly target: string | undefined;
}

const SRC = join(ROOT, "src");
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".ts"));
const EDGES = FILES.flatMap(readEdges);

test("every folder and every import of another folder is in the table", () => {
  const folders = new Set(FILES.map(folderOf));
  assert.deepEqual(
    [...folders].filter((folder) => !Object.hasOwn(FOLDERS, folder)),
    [],
  );
  const wrong = EDGES.filter(
    ({ folder, target }) =>
      target !== undefined && target !== folder && !words(FOLDERS[folder]).includes(target),
  );
  assert.deepEqual(wrong.map(describe), []);
});

test("every relative import names a file that is there", () => {
  const wrong = EDGES.filter(
    ({ file, specifier }) =>
      specifier?.startsWith(".") === true && !existsSync(join(SRC, resolveFrom(file, specifier))),
  );
  assert.deepEqual(wrong.map(describe), []);
});

test("the folders that the table lets import each other form no cycle", () => {
  // The order in which folders can be taken away, those first that use nothing that is left.
  const left = new Map(Object.entries(FOLDERS).map(([folder, allowed]) => [folder, words(allowed)]));
  for (;;) {
    const free = [...left.keys()].filter((folder) => !left.get(folder)?.some((target) => left.has(target)));
    if (free.length === 0) break;
    for (const folder of free) left.delete(folder);
  }
  assert.deepEqual([...left.keys()], []);
});

test("packages are imported only where the table says", () => {
  const wrong = EDGES.filter(({ folder, target, specifier }) => {
    if (target !== undefined || specifier?.startsWith("node:") === true) return false;
    return specifier === undefined || !words(PACKAGES[packageOf(specifier)]).includes(folder);
  });
  assert.deepEqual(wrong.map(describe), []);
});

test("the table of packages is the package's dependencies", () => {
  assert.deepEqual(Object.keys(PACKAGES).sort(), Object.keys(readPackageFile().dependencies).sort());
});

test("outside cli a package is imported only when it is first needed", () => {
  const wrong = EDGES.filter(
    ({ folder, target, specifier, kind }) =>
      folder !== "cli" &&
      target === undefined &&
      kind === "static" &&
      specifier?.startsWith("node:") !== true,
  );
  assert.deepEqual(wrong.map(describe), []);
});

test("nothing is loaded by require, which the table could not see", () => {
  const wrong = FILES.filter((file) =>
    /\b(?:createRequire|require)\(/.test(readFileSync(join(SRC, file), "utf8")),
  );
  assert.deepEqual(wrong, []);
});

test("importing the built package loads no other package", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sealconf-alone-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ROOT, "dist"), join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));

  const load = (specifier: string) =>
    run(process.execPath, ["--input-type=module", "--eval", `await import("${specifier}");`], folder);
  // No package can be found from there, or the two that follow would prove nothing.
  assert.match(load("yaml").stderr, /ERR_MODULE_NOT_FOUND/);
  for (const entry of ["./dist/index.js", "./dist/emulator/index.js"]) {
    assert.deepEqual(load(entry), { status: 0, stdout: "", stderr: "" }, entry);
  }
});

function readEdges(file: string): Edge[] {
  return findImports(readFileSync(join(SRC, file), "utf8")).map((found) => ({
    ...found,
    file,
    folder: folderOf(file),
    target:
      found.specifier?.startsWith(".") === true ? folderOf(resolveFrom(file, found.specifier)) : undefined,
  }));
}

function resolveFrom(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier);
}

/** `config/load.ts` → `config`, `index.ts` → `index.ts`. */
function folderOf(file: string): string {
  return file.split("/", 1)[0] ?? file;
}

/** `@scope/name/file` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function words(text: string | undefined): string[] {
  return text === undefined || text === "" ? [] : text.split(" ");
}

function describe({ file, kind, specifier }: Edge): string {
  return `${file}: ${kind} import of ${specifier ?? "a computed name"}`;
}
