import assert from "node:assert/strict";
import { test } from "node:test";

import { SourceError } from "../../src/errors/index.ts";
import { formatOf } from "../../src/format/index.ts";
import { anErrorWith } from "../support/assert-error.ts";

test("a file's name tells its format", () => {
  const rows = {
    "app.yaml": "yaml",
    "config/a.b.yml": "yaml",
    "C:\\config\\APP.YAML": "yaml",
    "package.json": "json",
    ".env": "dotenv",
    "deploy/.env.production": "dotenv",
    "prod.env": "dotenv",
    ".env.local": "dotenv",
  };
  for (const [file, format] of Object.entries(rows)) assert.equal(formatOf(file), format, file);
});

test("an unknown name is refused with what would be known", () => {
  for (const file of ["app.toml", "env", "yaml", "folder.yaml/file", ".environment", "app.yaml.bak", ""]) {
    assert.throws(
      () => formatOf(file),
      (error) =>
        error instanceof SourceError && error.code === "ERR_FORMAT_UNKNOWN" && error.hint !== undefined,
      file,
    );
  }
});

test("JSON with comments is refused by its name too", () => {
  for (const file of ["app.jsonc", "config/app.JSON5"]) {
    assert.throws(
      () => formatOf(file),
      anErrorWith({
        code: "ERR_FORMAT_UNKNOWN",
        message: `${file}: JSON with comments is not read`,
        hint: /name it \.json/,
      }),
    );
  }
});
