import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  CONTEXT,
  loadTexts,
  LOCAL_KEY,
  placesOf,
  problemsOf,
  sealAll,
  sealOne,
} from "../support/load-fixture.ts";

describe("finding tokens", () => {
  it("opens them in YAML of every style, JSON and dotenv", async () => {
    const { plain, single, double, block, folded, flow } = await sealAll({
      plain: "1",
      single: "2",
      double: "3",
      block: "4",
      folded: "5",
      "flow.list[].x": "6",
      flow: "6",
    });
    const item = await sealOne("flow[].x", "6");
    assert.notEqual(flow, item);
    const yaml = [
      `plain: ${plain} # a comment`,
      `single: '${single}'`,
      `double: "${double}"`,
      `block: |-\n  ${block}`,
      `folded: >-\n  ${folded}`,
      `flow: [{ x: "${item}" }]`,
    ].join("\n");
    const json = JSON.stringify({ fromJson: await sealOne("fromJson", "7") });
    const dotenv = `FROM_ENV="${await sealOne("FROM_ENV", "8")}"`;
    const config = await loadTexts({ "a.yaml": yaml, "b.json": json, ".env": dotenv });
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      plain: "1",
      single: "2",
      double: "3",
      block: "4",
      folded: "5",
      flow: [{ x: "6" }],
      fromJson: "7",
      FROM_ENV: "8",
    });
  });

  it("opens them below keys with dots, slashes, tildes, brackets and spaces", async () => {
    const keys = ["a.b", "a/b", "a~b", "a[0]", "a b", "ключ", "a\\b", "~1", "*", "**"];
    for (const key of keys) {
      const pointer = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const config = await loadTexts({ "a.json": JSON.stringify({ [key]: await sealOne(pointer, key) }) });
      assert.equal(config[key], key);
    }
  });

  it("binds a token in a list to the list, not to its index", async () => {
    const token = await sealOne("servers[0].token", "t");
    const config = await loadTexts({ "a.yaml": `servers: [{ token: x }, { token: ${token} }]` });
    assert.deepEqual(JSON.parse(JSON.stringify(config)), { servers: [{ token: "x" }, { token: "t" }] });
  });

  const LOOK_SEALED: readonly (readonly [title: string, text: string, code?: string])[] = [
    ["a word that begins like one", "'sealed:'", "ERR_TOKEN_VERSION"],
    ["one in upper case", "SEALED:V1:direct"],
    ["one after white space", '" \\t sealed:v1"'],
    ["one in the middle of a text", "postgres://u:sealed:v1:direct:x@h/db"],
    ["one of another version", "sealed:v2:envelope:x", "ERR_TOKEN_VERSION"],
    ["one of an unknown kind", "sealed:v1:secret:x"],
    ["one with a blank behind it", '"sealed:v1:file:a.sealed "'],
    ["one cut off", "sealed:v1:envelope:AAAAAAAA:local/dev=AAAA"],
  ];
  for (const [title, text, code = "ERR_TOKEN_MALFORMED"] of LOOK_SEALED) {
    it(`refuses ${title}: never a literal`, async () => {
      const [problem, ...others] = await problemsOf(loadTexts({ "a.yaml": `x: 1\na: ${text}` }));
      assert.deepEqual(others, []);
      assert.equal(problem?.code, code);
      assert.deepEqual(problem.source, { file: "a.yaml", line: 2, column: 4, path: "a" });
    });
  }

  it("leaves alone what does not look sealed, and no scalar but text is looked at", async () => {
    const texts = { "a.yaml": "a: unsealed:v1\nb: a sealed letter\nc: 1\nd: true\ne: null\nf: sealed" };
    const config = await loadTexts(texts);
    assert.deepEqual(
      { ...config },
      { a: "unsealed:v1", b: "a sealed letter", c: 1, d: true, e: null, f: "sealed" },
    );
  });

  it("refuses a token as a key, in every format, at the key's place", async () => {
    const token = "sealed:v1:file:a.sealed";
    const texts = {
      "a.yaml": `x:\n  ? ${token}\n  : 1`,
      "b.json": `{ "x": {\n  "${token}": 1 } }`,
    };
    const problems = await problemsOf(loadTexts(texts));
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message}`),
      [
        "ERR_TOKEN_MALFORMED a.yaml:2:5 (x): a sealed value cannot be a key",
        "ERR_TOKEN_MALFORMED b.json:2:3 (x): a sealed value cannot be a key",
      ],
    );
  });

  it("refuses a token below a key that is no string, or that is a dash", async () => {
    const token = await sealOne(null, "x");
    const problems = await problemsOf(loadTexts({ "a.yaml": `1:\n  a: ${token}\n"-":\n  b: [${token}]` }));
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message}`),
      [
        "ERR_TOKEN_MALFORMED a.yaml:2:6 (1.a): a sealed value cannot stand below a key that is not a string",
        'ERR_TOKEN_MALFORMED a.yaml:4:7 (-.b[0]): a sealed value cannot stand below the key "-"',
      ],
    );
  });

  it("leaves such keys alone where nothing below them is sealed", async () => {
    const config = await loadTexts({ "a.yaml": '1: a\n"-": b\ntrue: c\nnull: d' });
    assert.deepEqual({ ...config }, { 1: "a", "-": "b", true: "c", "": "d" });
  });

  it("says of a token in a block scalar what its line break is", async () => {
    const token = await sealOne("a", "x");
    for (const [block, isWhole] of [
      [">", false],
      ["|", false],
      [">+", false],
      [">-", true],
      ["|-", true],
    ] as const) {
      const load = loadTexts({ "a.yaml": `a: ${block}\n  ${token}\n` });
      if (isWhole) {
        assert.equal((await load)["a"], "x");
        continue;
      }
      const [problem] = await problemsOf(load);
      const message = "a.yaml:1:4 (a): white space stands before or behind the sealed value";
      assert.equal(problem?.message, message);
      assert.equal(
        problem.hint,
        "write it on its key's line with nothing around it, or below the key with >-",
      );
    }
  });

  it("refuses several documents in one file", async () => {
    assert.deepEqual(await placesOf(loadTexts({ "a.yaml": "a: 1\n---\nb: 2" })), [
      "ERR_FORMAT_SYNTAX a.yaml:2:1",
    ]);
  });
});

describe("a path that the policy calls secret", () => {
  const policy = {
    text: `app: ${CONTEXT.app}\nsecrets: ["**.password", "tls.key", "!legacy.**"]\nrules:\n  - { files: [own.*], secrets: [token], keys: [${LOCAL_KEY}] }\n  - { files: [a.*, .env], env: ${CONTEXT.env}, keys: [${LOCAL_KEY}] }`,
  };

  it("holds no plaintext: every scalar at or below it but null is refused at its place", async () => {
    const text = [
      "db:",
      "  password: hunter2",
      "password: ''",
      "tls:",
      "  key: { a: 1, b: [true, null] }",
      "legacy:",
      "  password: fine",
      "token: fine here",
    ].join("\n");
    assert.deepEqual(await placesOf(loadTexts({ "a.yaml": text }, { policy })), [
      "ERR_PLAINTEXT_SECRET a.yaml:2:13 (db.password)",
      "ERR_PLAINTEXT_SECRET a.yaml:3:11 (password)",
      "ERR_PLAINTEXT_SECRET a.yaml:5:13 (tls.key.a)",
      "ERR_PLAINTEXT_SECRET a.yaml:5:20 (tls.key.b[0])",
    ]);
  });

  it("may hold a token", async () => {
    const token = await sealOne("db.password", "hunter2");
    const config = await loadTexts({ "a.yaml": `db:\n  password: ${token}` }, { policy });
    assert.deepEqual({ ...(config["db"] as object) }, { password: "hunter2" });
  });

  it("is meant by a rule's own list where it has one, and by the policy's in a file without a rule", async () => {
    const texts = { "own.yaml": "token: x\npassword: fine", "other.yaml": "password: x\ntoken: fine" };
    assert.deepEqual(await placesOf(loadTexts(texts, { policy })), [
      "ERR_PLAINTEXT_SECRET own.yaml:1:8 (token)",
      "ERR_PLAINTEXT_SECRET other.yaml:1:11 (password)",
    ]);
  });

  it("is meant whatever its case in dotenv, and in its own case elsewhere", async () => {
    assert.deepEqual(await placesOf(loadTexts({ ".env": "PASSWORD=x" }, { policy })), [
      "ERR_PLAINTEXT_SECRET .env:1:10 (PASSWORD)",
    ]);
    assert.equal((await loadTexts({ "a.yaml": "PASSWORD: x" }, { policy }))["PASSWORD"], "x");
  });

  it("is meant in either Unicode form of its key", async () => {
    const text = `contrasen\u0303a: x\nclave: { "contrase\u00f1a": y }`;
    const spanish = {
      text: `rules: [{ files: [a.*], secrets: ["**.contrase\u00f1a"], keys: [${LOCAL_KEY}] }]`,
    };
    const places = await placesOf(loadTexts({ "a.yaml": text }, { policy: spanish }));
    assert.deepEqual(
      places.map((place) => place.replace(/ \(.*/, "")),
      ["ERR_PLAINTEXT_SECRET a.yaml:1:14", "ERR_PLAINTEXT_SECRET a.yaml:2:24"],
    );
  });

  it("holds no plaintext in what a merge brings and another value replaces", async () => {
    const rows: readonly (readonly [text: string, ...places: string[]])[] = [
      ["db:\n  <<: { password: hunter2 }\n  password: null", "2:19 (db.password)"],
      ["db:\n  password: null\n  <<: { password: hunter2 }", "3:19 (db.password)"],
      ["db:\n  <<: [{ password: null }, { password: hunter2 }]", "2:40 (db.password)"],
      ["db:\n  <<: &anchor { password: hunter2 }\n  password: null", "2:27 (db.password)"],
      ["<<: { <<: { password: hunter2 } }\npassword: null", "1:23 (password)"],
      ["<<: { db: { <<: { password: hunter2 }, password: null } }", "1:29 (db.password)"],
      ["<<: { tls: { key: { a: hunter2 } } }\ntls: null", "1:24 (tls.key.a)"],
      ["list:\n  - <<: { password: hunter2 }\n    password: null", "2:21 (list[0].password)"],
      // Shown, and told once.
      ["db:\n  <<: { password: hunter2 }", "2:19 (db.password)"],
      ["<<: [{ password: hunter2 }, { password: hunter3 }]", "1:18 (password)", "1:41 (password)"],
    ];
    for (const [text, ...places] of rows) {
      const expected = places.map((place) => `ERR_PLAINTEXT_SECRET a.yaml:${place}`);
      assert.deepEqual(await placesOf(loadTexts({ "a.yaml": text }, { policy })), expected, text);
    }
  });

  it("may hold null in such a merge, and what an alias repeats there is told where it is written alone", async () => {
    const base = "other: &other { password: fine }\nword: &word hunter2";
    const text = `${base}\ndb:\n  <<: [*other, { password: null }, { password: *word, host: x }]\n  password: null`;
    const lax = { text: policy.text.replace('"!legacy.**"', '"!other"') };
    const config = await loadTexts({ "a.yaml": text }, { policy: lax });
    assert.deepEqual({ ...(config["db"] as object) }, { password: null, host: "x" });
  });

  it("is refused in a layer that a later one replaces, too", async () => {
    const token = await sealOne("password", "hunter2");
    const load = loadTexts({ "a.yaml": "password: x", "a.json": `{ "password": "${token}" }` }, { policy });
    assert.deepEqual(await placesOf(load), ["ERR_PLAINTEXT_SECRET a.yaml:1:11 (password)"]);
  });
});

describe("a token that a merge brings and another value replaces", () => {
  it("is left alone when it is whole, and is not opened", async () => {
    const token = await sealOne("a", "x");
    const elsewhere = await sealOne("b", "y", { context: { app: "other", env: "other" } });
    const config = await loadTexts({ "a.yaml": `<<: { a: ${elsewhere}, c: 1 }\na: ${token}` });
    assert.deepEqual({ ...config }, { a: "x", c: 1 });
  });

  it("is refused when it only looks like one, and as a key", async () => {
    const texts = {
      "a.yaml": "<<: { a: 'sealed:v1:secret:x' }\na: 1",
      "b.yaml": "<<: { b: { 'sealed:v1': 1 } }\nb: 1",
    };
    assert.deepEqual(await placesOf(loadTexts(texts)), [
      "ERR_TOKEN_MALFORMED a.yaml:1:10 (a)",
      "ERR_TOKEN_MALFORMED b.yaml:1:12 (b)",
    ]);
  });
});
