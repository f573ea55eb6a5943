import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./project.ts";

interface LockFile {
  readonly packages: Readonly<Record<string, object>>;
}

/** Every file of a folder, its sub-folders too, relative to the project. */
function filesOf(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** The lines that a pattern matches, as `file:line: text`. */
function matches(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    read(file)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

const CODE = [...filesOf("src", ".ts"), ...filesOf("test", ".ts")];
const DOCUMENTS = [...readdirSync(ROOT).filter((name) => name.endsWith(".md")), ...filesOf("docs", ".md")];

test("package-lock.json names no download address and no registry", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as LockFile;
  const wrong = Object.entries(packages).filter(
    // A package may say where its authors take donations.
    ([, entry]) =>
      "resolved" in entry || /https?:|registry/.test(JSON.stringify({ ...entry, funding: undefined })),
  );
  assert.deepEqual(wrong, []);
});

test("every relative link of the documents points to a file", () => {
  assert.ok(DOCUMENTS.includes("README.md"));
  const wrong = DOCUMENTS.flatMap((document) =>
    findLinks(read(document))
      .filter((link) => !existsSync(join(ROOT, dirname(document), decodeURIComponent(link))))
      .map((link) => `${document}: ${link}`),
  );
  assert.deepEqual(wrong, []);
});

test("links are found in text and definitions, not in code", () => {
  const text = [
    'See [one](docs/one.md#part), ![two](two.png "title") and [three].',
    "[three]: ./three.md",
    "[site](https://example.com) [mail](mailto:a@example.com) [here](#part) `[code](no.md)`",
    "```md",
    "[fenced](no.md)",
    "```",
  ].join("\n");
  assert.deepEqual(findLinks(text), ["docs/one.md", "two.png", "./three.md"]);
});

test("no work is left open in src and test", () => {
  assert.deepEqual(matches(CODE, /\b(?:TO[D]O|FI[X]ME|XX[X])\b/), []);
});

test("no test is left out and none runs alone", () => {
  assert.deepEqual(matches(CODE, /\.(?:only|skip|todo)\(/), []);
  assert.deepEqual(matches(filesOf("test", ".ts"), /\b(?:only|skip|todo): (?:true|["'`])/), []);
});

/** The targets of a Markdown text's links to files, without their fragments. */
function findLinks(text: string): string[] {
  const prose = text.replace(/^ *(```|~~~)[^]*?^ *\1/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)|^\[[^\]]+\]:\s*<?([^\s>]+)/gm)]
    .map(([, inline, defined]) => inline ?? defined ?? "")
    .filter((target) => !/^(?:[a-z][a-z0-9+.-]*:|#)/i.test(target))
    .map((target) => target.replace(/#.*$/, ""));
}
