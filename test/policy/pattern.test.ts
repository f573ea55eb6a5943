import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { formatPath, formatPointer, parsePath, type Path } from "../../src/path/path.ts";
import { compilePatterns } from "../../src/policy/index.ts";
import { anErrorWith } from "../support/assert-error.ts";

interface Row {
  readonly pattern: string;
  readonly takes: readonly string[];
  readonly leaves: readonly string[];
}

const ROWS: readonly Row[] = [
  { pattern: "password", takes: ["password"], leaves: ["passwords", "db.password", "Password"] },
  {
    pattern: "db.password",
    takes: ["db.password"],
    leaves: ["password", "db", "a.db.password", "db.Password"],
  },
  {
    pattern: "tls.key",
    takes: ["tls.key", "tls.key.pem", "tls.key[0]", "tls.key[0].a"],
    leaves: ["tls", "tls.keys"],
  },
  {
    pattern: "**.password",
    takes: ["password", "db.password", "a.b[3].password", "password.old"],
    leaves: ["db.user", "db.passwords"],
  },
  {
    pattern: "**.*Token",
    takes: ["Token", "apiToken", "a.b.apiToken", "list[0].xToken"],
    leaves: ["token", "apiTokens", "apitoken"],
  },
  { pattern: "a.**.z", takes: ["a.z", "a.b.z", "a[0].b.z"], leaves: ["z", "b.z", "a.b"] },
  { pattern: "a.**", takes: ["a.b", "a[0]", "a.b.c"], leaves: ["a", "b.a"] },
  { pattern: "**", takes: ["a", "a.b", "[0]"], leaves: [] },
  { pattern: "**.a.**.b", takes: ["a.b", "x.a.b", "x.a.y.z.b", "a.a.b.b"], leaves: ["b.a", "a", "x.b"] },
  {
    pattern: "servers[].token",
    takes: ["servers[0].token", "servers[12].token", "servers[].token"],
    leaves: ["servers.token", "servers.a.token", "servers[0].x.token"],
  },
  {
    pattern: "servers[1].token",
    takes: ["servers[1].token"],
    leaves: ["servers[0].token", "servers[11].token"],
  },
  {
    pattern: "servers.1.token",
    takes: ["servers[1].token", "servers.1.token"],
    leaves: ["servers[0].token", "servers[11].token"],
  },
  { pattern: "servers.*.token", takes: ["servers.a.token", "servers.1.token"], leaves: ["servers[1].token"] },
  { pattern: "[].a", takes: ["[0].a"], leaves: ["a"] },
  { pattern: "*", takes: ["a", "a.b", "a\\.b"], leaves: ["[0]"] },
  { pattern: "a*c", takes: ["ac", "abc", "a\\.c", "a\nc"], leaves: ["abcd", "b.ac"] },
  { pattern: "*_KEY*", takes: ["API_KEY", "_KEY_2"], leaves: ["KEY"] },
  { pattern: "a**c", takes: ["abc"], leaves: ["a.b.c"] },
  { pattern: "a\\.b", takes: ["a\\.b", "a\\.b.c"], leaves: ["a.b"] },
  { pattern: "a\\*", takes: ["a*"], leaves: ["ab", "a"] },
  { pattern: "\\*\\*.a", takes: ["**.a"], leaves: ["b.a", "a"] },
  { pattern: "a\\\\*", takes: ["a\\\\", "a\\\\b"], leaves: ["a*"] },
  { pattern: "a(b|c)+$", takes: ["a(b|c)+$"], leaves: ["ab", "abc"] },
  { pattern: "a?", takes: ["a?"], leaves: ["ab", "a"] },
  { pattern: "/db/password", takes: ["db.password", "db.password.x"], leaves: ["a.db.password", "db"] },
  { pattern: "/servers/-/token", takes: ["servers[4].token"], leaves: ["servers.x.token"] },
  { pattern: "/a.b/c~1d/*", takes: ["a\\.b.c/d.*"], leaves: ["a.b.c/d.*", "a\\.b.c/d.x"] },
  { pattern: "/**", takes: ["**"], leaves: ["a"] },
  { pattern: "/a//b", takes: ["/a//b"], leaves: ["a.b"] },
];

describe("a pattern", () => {
  for (const { pattern, takes, leaves } of ROWS) {
    it(`${pattern} takes ${takes.join(", ")}${leaves.length > 0 ? ` and leaves ${leaves.join(", ")}` : ""}`, () => {
      const { match } = compilePatterns([pattern]);
      for (const path of takes) assert.equal(match(parsePath(path)), true, path);
      for (const path of leaves) assert.equal(match(parsePath(path)), false, path);
    });
  }

  it("takes keys of any case where that is asked for, as dotenv's names are", () => {
    const { match } = compilePatterns(["**.*token", "Db_Password", "/ApiKey"]);
    for (const key of ["API_TOKEN", "Token", "DB_PASSWORD", "db_password", "APIKEY"]) {
      assert.equal(match([key], true), true, key);
      assert.equal(match([key]), false, key);
    }
    assert.equal(match(["APIKEYS"], true), false);
  });

  it("takes a key in either of its Unicode forms", () => {
    const forms = ["contrase\u00f1a", "contrasen\u0303a"];
    for (const form of forms) {
      for (const pattern of [
        `db.${form}`,
        `/db/${form}`,
        `**.*${form.slice(5)}`,
        `db.${form.toUpperCase()}`,
      ]) {
        const { match } = compilePatterns([pattern]);
        for (const key of forms) assert.equal(match(["db", key], true), true, `${pattern} ${key}`);
        assert.equal(match(["db", "contrasena"], true), false, pattern);
      }
      assert.deepEqual(compilePatterns([form]).texts, [form]);
    }
  });

  it("takes the path that was written from, whatever its keys hold", () => {
    const key = fc.string({ unit: fc.constantFrom(..."a0.[]\\/~(+$ 🔑\u0000"), minLength: 1, maxLength: 5 });
    const path = fc.array(fc.oneof(key, fc.nat({ max: 20 })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(path, (written: Path) => {
        // A first ! would take back.
        assert.equal(compilePatterns([formatPath(written)]).match(written), true);
        assert.equal(compilePatterns([formatPointer(written)]).match(written), true);
        assert.equal(compilePatterns([formatPath(written)]).match([...written, "below"]), true);
        assert.equal(compilePatterns([formatPath([...written, "below"])]).match(written), false);
      }),
    );
  });

  it("takes no long time for many ** and a deep path", () => {
    const deep = Array.from({ length: 60 }, () => "a");
    assert.equal(compilePatterns(["**.a.**.a.**.a.**.b"]).match(deep), false);
  });
});

describe("a list of patterns", () => {
  it("means what the last one that matches says", () => {
    const { match } = compilePatterns(["**.password", "!**.host", "!dev.**", "dev.root.password"]);
    const meant = ["db.password", "db.password.old", "dev.root.password"];
    const notMeant = ["db.host", "dev.password", "db.password.host", "user"];
    for (const path of meant) assert.equal(match(parsePath(path)), true, path);
    for (const path of notMeant) assert.equal(match(parsePath(path)), false, path);
  });

  it("means nothing when it is empty, or takes back only", () => {
    assert.equal(compilePatterns([]).match(["a"]), false);
    assert.equal(compilePatterns(["!a"]).match(["b"]), false);
  });

  it("keeps its texts as they are written", () => {
    assert.deepEqual(compilePatterns(["!a", "/b"]).texts, ["!a", "/b"]);
  });

  for (const pattern of ["", "!", "a..b", ".a", "a.", "a[x]", "a\\", "/a~"]) {
    it(`is refused with ${JSON.stringify(pattern)} in it`, () => {
      assert.throws(() => compilePatterns(["a", pattern]), anErrorWith({ code: "ERR_OPTION_INVALID" }));
    });
  }
});
