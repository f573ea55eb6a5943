import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  ANY_INDEX,
  bindablePointer,
  formatPath,
  formatPointer,
  parsePath,
  type Path,
  splitPath,
} from "../../src/path/path.ts";
import { anErrorWith } from "../support/assert-error.ts";

const READ: readonly (readonly [text: string, path: Path, pointer: string])[] = [
  ["db.password", ["db", "password"], "/db/password"],
  ["servers[0].token", ["servers", 0, "token"], "/servers/-/token"],
  ["servers[].token", ["servers", ANY_INDEX, "token"], "/servers/-/token"],
  ["a[1][20]", ["a", 1, 20], "/a/-/-"],
  ["[3].a", [3, "a"], "/-/a"],
  ["a\\.b", ["a.b"], "/a.b"],
  ["a\\[0\\]", ["a[0]"], "/a[0]"],
  ["a\\\\b", ["a\\b"], "/a\\b"],
  ["\\🔑.x", ["🔑", "x"], "/🔑/x"],
  ["a b.c\td", ["a b", "c\td"], "/a b/c\td"],
  ["\\/a", ["/a"], "/~1a"],
  ["0.1", ["0", "1"], "/0/1"],
  ["a]b", ["a]b"], "/a]b"],
  ["*", ["*"], "/*"],
];

/** Escapes that are not needed, and one that is. */
const READ_ONLY = new Set(["\\🔑.x", "a]b"]);

const POINTERS: readonly (readonly [text: string, path: Path])[] = [
  ["/db/password", ["db", "password"]],
  ["/", [""]],
  ["/a//b", ["a", "", "b"]],
  ["/servers/-/token", ["servers", ANY_INDEX, "token"]],
  ["/servers/0/token", ["servers", "0", "token"]],
  ["/a~1b/m~0n", ["a/b", "m~n"]],
  ["/~01", ["~1"]],
  ["/a.b[0]", ["a.b[0]"]],
];

const UNREADABLE = [
  "",
  ".",
  ".a",
  "a.",
  "a..b",
  "a[",
  "a[0",
  "a[x]",
  "a[-1]",
  "a[01]",
  "a[0]b",
  "a[0]..b",
  "a[99999999999]",
  "a\\",
  "/a~",
  "/a~2b",
];

/** A key as any file may have it. */
const key = fc.string({ unit: fc.constantFrom(..."ab0-.[]\\/~*! 🔑\u0000"), minLength: 1, maxLength: 6 });
const index = fc.nat({ max: 9_999_999_999 });
const path = fc.array(fc.oneof(key, index, fc.constant(ANY_INDEX)), { minLength: 1, maxLength: 6 });

describe("parsePath", () => {
  for (const [text, expected] of [...READ, ...POINTERS]) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parsePath(text), expected);
    });
  }

  for (const text of UNREADABLE) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const message = `the path ${JSON.stringify(text)} cannot be read`;
      assert.throws(
        () => parsePath(text),
        anErrorWith({ code: "ERR_OPTION_INVALID", message, hint: /^write db\.password, / }),
      );
    });
  }

  it("shows no character of a path that a terminal acts on", () => {
    const message = 'the path "a..\\u001b[2J\\u{202e}\\u{85}" cannot be read';
    assert.throws(
      () => parsePath("a..\u001b[2J\u202e\u0085"),
      anErrorWith({ code: "ERR_OPTION_INVALID", message }),
    );
  });

  it("reads back what formatPath wrote, whatever the keys hold", () => {
    fc.assert(fc.property(path, (written) => assert.deepEqual(parsePath(formatPath(written)), written)));
  });

  it("reads back a path with an empty key, which is written as a pointer", () => {
    const keys = fc.array(
      fc.oneof(
        fc.constant(""),
        key.filter((text) => text !== "-"),
      ),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(keys, (written) =>
        assert.deepEqual(parsePath(formatPath(["", ...written])), ["", ...written]),
      ),
    );
  });

  it("reads any text or refuses it as an option, and never anything else", () => {
    const text = fc.string({ unit: fc.constantFrom(..."a.[]\\/~-01"), maxLength: 12 });
    fc.assert(
      fc.property(text, (written) => {
        try {
          assert.notEqual(parsePath(written).length, 0);
        } catch (error) {
          assert.ok(anErrorWith({ code: "ERR_OPTION_INVALID" })(error));
        }
      }),
    );
  });
});

describe("splitPath", () => {
  it("leaves escapes as they are written, so that a pattern can tell them from wildcards", () => {
    assert.deepEqual(splitPath("a\\.b.\\*[].c"), ["a\\.b", "\\*", ANY_INDEX, "c"]);
  });
});

describe("formatPath", () => {
  for (const [text, written] of READ) {
    if (READ_ONLY.has(text)) continue;
    it(`writes ${JSON.stringify(text)}`, () => {
      assert.equal(formatPath(written), text);
    });
  }

  it("writes a path with an empty key as a pointer", () => {
    assert.equal(formatPath(["a", "", "b/c"]), "/a//b~1c");
  });

  it("writes the path of the whole as nothing", () => {
    assert.equal(formatPath([]), "");
  });
});

describe("formatPointer", () => {
  for (const [text, written, pointer] of READ) {
    it(`writes ${JSON.stringify(text)} with no index in it`, () => {
      assert.equal(formatPointer(written), pointer);
    });
  }

  it("gives two paths one pointer only when they differ in their indices alone", () => {
    const shapeOf = (written: Path): Path =>
      written.map((part) => (typeof part === "number" ? ANY_INDEX : part));
    const named = path.filter((written) => !written.includes("-"));
    fc.assert(
      fc.property(named, named, (one, two) => {
        const sameShape = JSON.stringify(shapeOf(one)) === JSON.stringify(shapeOf(two));
        assert.equal(formatPointer(one) === formatPointer(two), sameShape);
      }),
    );
  });
});

describe("bindablePointer", () => {
  it("writes the pointer", () => {
    assert.equal(bindablePointer(["servers", 3, "a/b"]), "/servers/-/a~1b");
  });

  it('refuses the key "-", which would stand for every element of a list', () => {
    const message = 'a sealed value cannot stand below the key "-"';
    for (const written of [["-"], ["a", "-", "b"]]) {
      assert.throws(
        () => bindablePointer(written),
        anErrorWith({ code: "ERR_OPTION_INVALID", message, hint: "give the key another name" }),
      );
    }
  });
});
