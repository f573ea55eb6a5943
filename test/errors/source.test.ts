import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { formatSource, printable, quoted, type Source } from "../../src/errors/index.ts";
import { anyText } from "../support/any-text.ts";

const SOURCES: readonly (readonly [source: Source, text: string])[] = [
  [{ file: "app.yaml" }, "app.yaml"],
  [{ file: "app.yaml", line: 12 }, "app.yaml:12"],
  [{ file: "app.yaml", line: 12, column: 7 }, "app.yaml:12:7"],
  [{ file: "app.yaml", line: 12, column: 7, path: "db.password" }, "app.yaml:12:7 (db.password)"],
  [{ file: "$env", path: "APP_TOKEN" }, "$env (APP_TOKEN)"],
  [{ file: "app.yaml", column: 7 }, "app.yaml"],
];

const ACTED_ON: readonly (readonly [text: string, shown: string])[] = [
  ["a\u001b[31mb", "a\\u{1b}[31mb"],
  ["a\udc80b", "a\\u{dc80}b"],
  ["a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"],
  ["a\u0000\u007f\u009b", "a\\u{0}\\u{7f}\\u{9b}"],
  ["a\u202eb\u2066c", "a\\u{202e}b\\u{2066}c"],
  ["a\u200e\u200f\u061c", "a\\u{200e}\\u{200f}\\u{61c}"],
  ["a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
];

describe("formatSource", () => {
  for (const [source, text] of SOURCES) {
    it(`writes ${text}, without what is not known`, () => {
      assert.equal(formatSource(source), text);
    });
  }

  it("shows nothing of a file's name or a key that a terminal acts on", () => {
    const source = { file: "a\u001b]0;x\u0007.yaml", line: 1, column: 1, path: "k\u202ey\n" };
    assert.equal(formatSource(source), "a\\u{1b}]0;x\\u{7}.yaml:1:1 (k\\u{202e}y\\u{a})");
  });
});

describe("printable", () => {
  for (const [text, shown] of ACTED_ON) {
    it(`shows ${shown}`, () => {
      assert.equal(printable(text), shown);
    });
  }

  it("leaves other text as it is, in any script", () => {
    for (const text of ["config/prod.yaml", "配置.yaml", "пароль", "pässwörd 🔑"])
      assert.equal(printable(text), text);
  });

  it("never leaves a control character", () => {
    fc.assert(fc.property(anyText(), (text) => assert.doesNotMatch(printable(text), /\p{Cc}/u)));
  });
});

describe("quoted", () => {
  it("quotes as JSON does, and escapes what JSON leaves", () => {
    assert.equal(quoted('a"b\n\u202e'), '"a\\"b\\n\\u{202e}"');
  });
});
