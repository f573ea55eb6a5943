import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";

import { type FileInput, type FileRequest, leavesRoot, resolveFile } from "../../src/source/index.ts";
import { anErrorWith } from "../support/assert-error.ts";

const ROOT = "/srv/app";

const RESOLVED: readonly (readonly [what: string, input: FileInput, request: Partial<FileRequest>])[] = [
  [
    "a relative path",
    "config/app.yaml",
    {
      shown: "config/app.yaml",
      as: "config/app.yaml",
      asGiven: false,
      optional: false,
      from: { path: "/srv/app/config/app.yaml" },
    },
  ],
  [
    "a path with dots",
    "./config/../app.yaml",
    { shown: "./config/../app.yaml", as: "app.yaml", from: { path: "/srv/app/app.yaml" } },
  ],
  ["an absolute path in the root", "/srv/app/a.yaml", { shown: "/srv/app/a.yaml", as: "a.yaml" }],
  ["an absolute path elsewhere", "/etc/a.yaml", { as: "../../etc/a.yaml", from: { path: "/etc/a.yaml" } }],
  ["a path that leaves the root", "../b/a.yaml", { as: "../b/a.yaml", from: { path: "/srv/b/a.yaml" } }],
  ["a path that looks like a URL", "file:a.yaml", { as: "file:a.yaml" }],
  [
    "a file: URL",
    pathToFileURL("/srv/app/a b.yaml"),
    { shown: "/srv/app/a b.yaml", as: "a b.yaml", from: { path: "/srv/app/a b.yaml" } },
  ],
  [
    "a file: URL with details",
    { path: pathToFileURL("/x/a.yaml"), as: "a.yaml" },
    { shown: "/x/a.yaml", as: "a.yaml", asGiven: true },
  ],
  [
    "a file that says what it is",
    { path: "/etc/app/prod.yaml", as: "./config/prod.yaml", format: "yaml", optional: true },
    {
      shown: "/etc/app/prod.yaml",
      as: "config/prod.yaml",
      asGiven: true,
      format: "yaml",
      optional: true,
      from: { path: "/etc/app/prod.yaml" },
    },
  ],
  [
    "a file with details left out",
    { path: "a.yaml" },
    { as: "a.yaml", asGiven: false, format: undefined, optional: false },
  ],
  [
    "text",
    { as: "./config/prod.yaml", text: "a: 1", format: "json" },
    {
      shown: "config/prod.yaml",
      as: "config/prod.yaml",
      asGiven: true,
      format: "json",
      optional: false,
      from: { text: "a: 1" },
    },
  ],
  ["empty text", { as: "a.yaml", text: "" }, { from: { text: "" } }],
];

const REFUSED: readonly (readonly [what: string, input: unknown, message: string])[] = [
  ["an unknown option", { path: "a", optionl: true }, 'files: a file has no option "optionl"'],
  [
    "an option that a terminal would act on",
    { path: "a", "\u001b\u202e": 1 },
    'files: a file has no option "\\u001b\\u{202e}"',
  ],
  ["no path", {}, "files: a file needs a path"],
  ["an empty path", "", "files: a file needs a path"],
  ["a path that is a number", { path: 1 }, "files: a file needs a path"],
  ["text without as", { text: "a" }, "files: text needs as, the path it stands for"],
  [
    "text that is bytes",
    { as: "a.yaml", text: Uint8Array.of(1) },
    "files: text needs as, the path it stands for",
  ],
  [
    "text beside a path",
    { as: "a.yaml", text: "a", path: "b.yaml" },
    "files: a file has either a path or a text",
  ],
  ["an empty as", { path: "a", as: "" }, "files: as is not a path"],
  ["an as that is no text", { path: "a", as: 1 }, "files: as is not a path"],
  ["a URL of the web", new URL("https://example.com/a.yaml"), "files: a URL must be a file: URL"],
  ["a data: URL", { path: new URL("data:text/plain,a"), as: "a.yaml" }, "files: a URL must be a file: URL"],
];

describe("resolveFile", () => {
  for (const [what, input, request] of RESOLVED) {
    it(`takes ${what}`, () => {
      const resolved = resolveFile(input, ROOT);
      for (const [name, value] of Object.entries(request)) {
        assert.deepEqual(resolved[name as keyof FileRequest], value, name);
      }
    });
  }

  for (const [what, input, message] of REFUSED) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => resolveFile(input as FileInput, ROOT),
        anErrorWith({ code: "ERR_OPTION_INVALID", message }),
      );
    });
  }
});

describe("leavesRoot", () => {
  it("tells what lies outside", () => {
    for (const as of ["..", "../a", "../../etc/a.yaml", "/etc/a.yaml"])
      assert.equal(leavesRoot(as), true, as);
    for (const as of ["a", "a/../b", "..a", ".../a", ""]) assert.equal(leavesRoot(as), false, as);
  });
});
