import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { toUtf8 } from "../../src/bytes/index.ts";
import {
  checkContextName,
  type ContextLabel,
  contextBytes,
  contextBytesOfJson,
  encryptionContext,
  isContextName,
  type Names,
  placeOf,
} from "../../src/token/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { toHex } from "../support/vectors.ts";

const NAMES: Names = { app: "billing-api", env: "production", path: "/db/password" };

/** One difference each from `NAMES`, and from each other. */
const OTHERS: readonly Names[] = [
  {},
  { app: "billing-api" },
  { env: "production" },
  { path: "/db/password" },
  { app: "production", env: "billing-api", path: "/db/password" },
  { app: "billing-api", env: "production" },
  { app: "billing-api", path: "/db/password" },
  { app: "billing-api", env: "production", path: "/db/Password" },
  { app: "billing-api", env: "production", path: "/db/password/" },
  { app: "billing-ap", env: "iproduction", path: "/db/password" },
];

describe("isContextName", () => {
  for (const text of ["a", "billing-api", "A.b_C-9", "a".repeat(64)]) {
    it(`takes ${text}`, () => assert.equal(isContextName(text), true));
  }

  for (const text of ["", "a b", "a/b", "é", "a\n", "a:b", '"', "a".repeat(65)]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(isContextName(text), false));
  }
});

describe("checkContextName", () => {
  it("takes a name, and none", () => {
    checkContextName("app", "billing-api");
    checkContextName("app", undefined);
  });

  it("names the option that is wrong, not what it holds", () => {
    const message = 'context.app is not 1 to 64 letters, digits, "-", "_" or "."';
    assert.throws(
      () => checkContextName("context.app", "a b"),
      anErrorWith({ code: "ERR_OPTION_INVALID", message }),
    );
  });
});

describe("placeOf", () => {
  it("is 8 characters of base64url", () => {
    for (const names of [NAMES, ...OTHERS]) assert.match(placeOf(names), /^[A-Za-z0-9_-]{8}$/);
    assert.equal(placeOf(NAMES), "_AeIjrD2");
  });

  it("differs with each name", () => {
    assert.equal(new Set([NAMES, ...OTHERS].map(placeOf)).size, OTHERS.length + 1);
  });

  it("depends on no order, and on no name that is undefined", () => {
    assert.equal(placeOf({ path: "/db/password", env: "production", app: "billing-api" }), placeOf(NAMES));
    assert.equal(placeOf({ app: undefined, env: undefined, path: "/a" }), placeOf({ path: "/a" }));
  });
});

describe("contextBytes", () => {
  it("is label, a zero byte, and two digests", () => {
    const bytes = contextBytes("sealconf/v1/value", toUtf8("header"), NAMES);
    assert.equal(bytes.length, "sealconf/v1/value".length + 1 + 64);
    assert.equal(toHex(bytes.subarray(0, 18)), Buffer.from("sealconf/v1/value\0").toString("hex"));
  });

  it("differs with the label, the header and each name", () => {
    const labels: readonly ContextLabel[] = [
      "sealconf/v1/value",
      "sealconf/v1/direct",
      "sealconf/v1/blob",
      "sealconf/v1/wrap",
    ];
    const contexts = [
      ...labels.map((label) => contextBytes(label, toUtf8("header"), NAMES)),
      ...["", "heade", "header:"].map((header) => contextBytes("sealconf/v1/value", toUtf8(header), NAMES)),
      ...OTHERS.map((names) => contextBytes("sealconf/v1/value", toUtf8("header"), names)),
    ];
    assert.equal(new Set(contexts.map(toHex)).size, contexts.length);
  });

  it("is the same from canonical JSON", () => {
    const json = '{"app":"billing-api","env":"production","path":"/db/password"}';
    const [one, two] = [
      contextBytes("sealconf/v1/blob", toUtf8("h"), NAMES),
      contextBytesOfJson("sealconf/v1/blob", toUtf8("h"), json),
    ];
    assert.equal(toHex(one), toHex(two));
  });
});

describe("encryptionContext", () => {
  it("holds app and env, what it is for, and never the path", () => {
    assert.equal(
      encryptionContext(NAMES, "v1/dek"),
      '{"app":"billing-api","env":"production","sealed":"v1/dek"}',
    );
    assert.equal(encryptionContext({ path: "/a" }, "v1/direct"), '{"sealed":"v1/direct"}');
  });
});
