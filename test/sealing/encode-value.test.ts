import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { fromUtf8, type JsonValue, toUtf8 } from "../../src/bytes/index.ts";
import {
  decodeValue,
  encodeValue,
  MAX_DIRECT_VALUE_BYTES,
  MAX_ENVELOPE_VALUE_BYTES,
} from "../../src/sealing/index.ts";
import { anErrorWith, theOpenError } from "../support/assert-error.ts";
import { jsonValues } from "../support/json-values.ts";
import { fromHex } from "../support/vectors.ts";
import { anyText } from "../support/any-text.ts";

const REFUSED: readonly (readonly [what: string, value: unknown, as: "text" | "json", reason: string])[] = [
  ["a number as text", 1, "text", "it is not a string"],
  ["null as text", null, "text", "it is not a string"],
  ["an object as text", {}, "text", "it is not a string"],
  ["a high surrogate alone", "a\ud800", "text", "it holds half of a surrogate pair"],
  ["a low surrogate alone", "\udc00a", "text", "it holds half of a surrogate pair"],
  ["surrogates the wrong way round", "\udc00\ud800", "text", "it holds half of a surrogate pair"],
  ["half a pair within JSON", { a: ["\ud800"] }, "json", "it holds half of a surrogate pair"],
  ["half a pair in a name", { "\ud800": 1 }, "json", "it holds half of a surrogate pair"],
  ["NaN", [NaN], "json", "a number in it is not finite, or an integer beyond 2^53"],
  ["Infinity", -Infinity, "json", "a number in it is not finite, or an integer beyond 2^53"],
  ["2^53", 2 ** 53, "json", "a number in it is not finite, or an integer beyond 2^53"],
  ["-2^53", { a: -(2 ** 53) }, "json", "a number in it is not finite, or an integer beyond 2^53"],
  ["1e300", 1e300, "json", "a number in it is not finite, or an integer beyond 2^53"],
  ["undefined", undefined, "json", "a undefined is not JSON"],
  ["undefined within", { a: undefined }, "json", "a undefined is not JSON"],
  ["a hole in a list", Array(2), "json", "a undefined is not JSON"],
  ["a bigint", 1n, "json", "a bigint is not JSON"],
  ["a function", { toJSON: () => 1 }, "json", "a function is not JSON"],
  ["a symbol", Symbol("a"), "json", "a symbol is not JSON"],
  ["a date", new Date(0), "json", "an object in it is not plain"],
  ["a map", { a: new Map() }, "json", "an object in it is not plain"],
  ["a typed array", Uint8Array.of(1), "json", "an object in it is not plain"],
  ["__proto__ as a name", JSON.parse('{"__proto__":1}'), "json", "the name __proto__ is refused everywhere"],
  ["constructor as a name", { a: { constructor: 1 } }, "json", "the name constructor is refused everywhere"],
  ["prototype as a name", [{ prototype: 1 }], "json", "the name prototype is refused everywhere"],
  ["65 lists in each other", nested(65), "json", "it is nested deeper than 64"],
];

/** What `decodeValue` finds in bytes that authenticated, but that no writer of ours makes. */
const UNREADABLE: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["two values", "1 2"],
  ["duplicate names", '{"a":1,"a":1}'],
  ["duplicate names, one of them escaped", '{"a":1,"\\u0061":2}'],
  ["__proto__ as a name", '{"__proto__":{}}'],
  ["constructor as a name", '{"a":{"constructor":1}}'],
  ["prototype as an escaped name", '{"prot\\u006ftype":1}'],
  ["2^53", "9007199254740992"],
  ["-2^53", "[-9007199254740992]"],
  ["a number without end", "1e999"],
  ["a number that would be read as 0", "1e-999"],
  ["NaN", "NaN"],
  ["half of a surrogate pair", '"\\ud800"'],
  ["a comment", "1 // one"],
  ["a trailing comma", "[1,]"],
  ["a byte order mark", "\ufeff1"],
  ["65 lists in each other", JSON.stringify(nested(65))],
];

describe("encodeValue", () => {
  for (const [what, value, as, reason] of REFUSED) {
    it(`refuses ${what}`, () => {
      const message = `the value cannot be sealed: ${reason}`;
      assert.throws(
        () => encodeValue(value as JsonValue, as, 100_000),
        anErrorWith({ code: "ERR_OPTION_INVALID", message }),
      );
    });
  }

  it("takes 16,383 bytes for an envelope, and says what to do with more", () => {
    const value = `é${"a".repeat(16_381)}`;
    assert.equal(encodeValue(value, "text", MAX_ENVELOPE_VALUE_BYTES).length, 16_383);
    const message = "the value cannot be sealed: it has 16384 bytes, and at most 16383 fit";
    assert.throws(
      () => encodeValue(`${value}a`, "text", MAX_ENVELOPE_VALUE_BYTES),
      anErrorWith({ code: "ERR_OPTION_INVALID", message, hint: "seal it as a file of its own" }),
    );
  });

  it("takes 4,064 bytes for a direct value, and says what to do with more", () => {
    const value = "a".repeat(4_062);
    assert.equal(encodeValue(value, "json", MAX_DIRECT_VALUE_BYTES).length, 4_064);
    const message = "the value cannot be sealed: it has 4065 bytes, and at most 4064 fit";
    assert.throws(
      () => encodeValue(`${value}a`, "json", MAX_DIRECT_VALUE_BYTES),
      anErrorWith({ code: "ERR_OPTION_INVALID", message, hint: "seal it without --direct" }),
    );
  });

  it("writes text as it is, a byte order mark, line ends and NULs too", () => {
    const text = "\ufeffa\r\nb\0 é🔑 ";
    assert.equal(fromUtf8(encodeValue(text, "text", 100)), text);
  });

  it("writes JSON without white space, and negative zero with its sign", () => {
    for (const [value, text] of [
      [-0, "-0"],
      [0, "0"],
      [[1.5, [], {}], "[1.5,[],{}]"],
      [{ b: [-0, null], "1": 'a"', a: true }, '{"1":"a\\"","b":[-0,null],"a":true}'],
    ] as const) {
      const bytes = encodeValue(value, "json", 100);
      assert.equal(fromUtf8(bytes), text);
      assert.deepStrictEqual(decodeValue(bytes, "json"), value);
    }
  });

  it("shows nothing of the value in its errors", () => {
    const canary = "canary7d1f";
    for (const value of [`${canary}\ud800`, { [canary]: NaN }, [canary, undefined], canary.repeat(2_000)]) {
      assert.throws(
        () => encodeValue(value as JsonValue, typeof value === "string" ? "text" : "json", 100),
        (error) => error instanceof Error && !`${error.message}${error.stack}`.includes(canary),
      );
    }
  });
});

describe("decodeValue", () => {
  it("reads back every text", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        assert.equal(decodeValue(encodeValue(text, "text", 100_000), "text"), text);
      }),
    );
  });

  it("reads back every JSON value", () => {
    fc.assert(
      fc.property(jsonValues(), (value) => {
        assert.deepEqual(decodeValue(encodeValue(value, "json", 100_000), "json"), value);
      }),
    );
  });

  it("reads back 64 lists in each other", () => {
    assert.deepEqual(decodeValue(encodeValue(nested(64), "json", 1_000), "json"), nested(64));
  });

  it("keeps a byte order mark at the beginning of a text", () => {
    assert.equal(decodeValue(toUtf8("\ufeffa"), "text"), "\ufeffa");
  });

  it("does not read JSON that was sealed as text", () => {
    assert.equal(decodeValue(toUtf8("1"), "text"), "1");
  });

  for (const hex of ["ff", "c080", "61e282", "eda080", "f4908080"]) {
    it(`refuses the bytes ${hex}, which are not UTF-8`, () => {
      for (const as of ["text", "json"] as const)
        assert.throws(() => decodeValue(fromHex(hex), as), theOpenError);
    });
  }

  for (const [what, text] of UNREADABLE) {
    it(`refuses ${what} as JSON, with the one error of everything that does not open`, () => {
      assert.throws(() => decodeValue(toUtf8(text), "json"), theOpenError);
    });
  }
});

/** Lists in each other, the innermost empty. */
function nested(depth: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}
