import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { loadConfig, type LoadOptions } from "../../src/index.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  placesOf,
  problemsOf,
  sealOne,
  tamper,
} from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function load(root: string, options: Partial<LoadOptions> = {}): Promise<Record<string, unknown>> {
  const settings = { keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT, ...options };
  return loadConfig({ files: ["config/app.yaml"], root, ...settings });
}

async function sealFile(name: string, content: string | Uint8Array, context = CONTEXT): Promise<Uint8Array> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return sealBlob(await makeSealedFileKey(context), name, bytes);
}

describe("references to sealed files", () => {
  it("give the file's text, JSON value or bytes", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": [
        "text: sealed:v1:file:note.txt.sealed",
        "json: sealed:v1:file+json:secrets/db.json.sealed",
        "bytes: sealed:v1:file+bytes:secrets/store.p12.sealed",
      ].join("\n"),
      "config/note.txt.sealed": await sealFile("note.txt", "\ufeffzwei\r\nZeilen\n"),
      "config/secrets/db.json.sealed": await sealFile("db.json", '{ "host": "a", "ports": [1, 2] }'),
      "config/secrets/store.p12.sealed": await sealFile("store.p12", BYTES),
    });
    const config = await load(root);
    assert.equal(config["text"], "\ufeffzwei\r\nZeilen\n");
    assert.deepEqual(JSON.parse(JSON.stringify(config["json"])), { host: "a", ports: [1, 2] });
    assert.ok(config["bytes"] instanceof Uint8Array);
    assert.deepEqual([...config["bytes"]], [...BYTES]);
  });

  it("may be empty, and larger than a token may be", async (t) => {
    const large = "x".repeat(100_000);
    const root = makeFolder(t, {
      "config/app.yaml": "empty: sealed:v1:file:e.sealed\nlarge: sealed:v1:file:l.sealed",
      "config/e.sealed": await sealFile("e", ""),
      "config/l.sealed": await sealFile("l", large),
    });
    const config = await load(root);
    assert.equal(config["empty"], "");
    assert.equal(config["large"], large);
  });

  it("of one sealing run cost one data key together", async (t) => {
    const key = await makeSealedFileKey();
    const root = makeFolder(t, {
      "config/app.yaml":
        "a: sealed:v1:file:a.sealed\nb: sealed:v1:file:b.sealed\nc: sealed:v1:file+bytes:a.sealed",
      "config/a.sealed": sealBlob(key, "a", Buffer.from("1")),
      "config/b.sealed": sealBlob(key, "b", Buffer.from("2")),
    });
    const config = await load(root);
    assert.deepEqual([config["a"], config["b"]], ["1", "2"]);
    const { describeConfig } = await import("../../src/index.ts");
    assert.equal(describeConfig(config).dataKeys, 1);
  });

  it("may stand anywhere in the file, at several places, as data of their own", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": "a: &a sealed:v1:file+json:db.json.sealed\nb: [*a, { c: *a }]",
      "config/db.json.sealed": await sealFile("db.json", '{ "host": "a" }'),
    });
    const config = await load(root);
    const host = { host: "a" };
    assert.deepEqual(JSON.parse(JSON.stringify(config)), { a: host, b: [host, { c: host }] });
    assert.notEqual(config["a"], (config["b"] as unknown[])[0]);
  });

  it("follow the links of a ConfigMap's folder, before and after it is swapped", async (t) => {
    const root = makeFolder(t, {
      "config/..one/app.yaml": "key: sealed:v1:file:tls.key.sealed",
      "config/..one/tls.key.sealed": await sealFile("tls.key", "first"),
      "config/..two/app.yaml": "key: sealed:v1:file:tls.key.sealed",
      "config/..two/tls.key.sealed": await sealFile("tls.key", "second"),
    });
    const folder = join(root, "config");
    symlinkSync("..one", join(folder, "..data"));
    for (const name of ["app.yaml", "tls.key.sealed"]) symlinkSync(join("..data", name), join(folder, name));
    assert.equal((await load(root))["key"], "first");
    rmSync(join(folder, "..data"));
    symlinkSync("..two", join(folder, "..data"));
    assert.equal((await load(root))["key"], "second");
  });

  const BROKEN: readonly (readonly [
    title: string,
    make: () => Promise<Uint8Array>,
    code: string,
    message: RegExp,
  ])[] = [
    [
      "made for another name",
      () => sealFile("other.pem", "x"),
      "ERR_PLACE_MISMATCH",
      /the sealed file was made for another name$/,
    ],
    [
      "sealed for another env",
      () => sealFile("cert.pem", "x", { ...CONTEXT, env: "staging" }),
      "ERR_OPEN_FAILED",
      /the sealed value does not open here$/,
    ],
    [
      "sealed for another app",
      () => sealFile("cert.pem", "x", { ...CONTEXT, app: "crm" }),
      "ERR_OPEN_FAILED",
      /the sealed value does not open here$/,
    ],
    [
      "whose line endings were converted",
      async () =>
        Buffer.from(
          Buffer.from(await sealFile("cert.pem", "x"))
            .toString("latin1")
            .replaceAll("\n", "\r\n"),
          "latin1",
        ),
      "ERR_TOKEN_MALFORMED",
      /the sealed file's line endings were converted$/,
    ],
    [
      "that was cut off",
      async () => (await sealFile("cert.pem", "x")).subarray(0, -1),
      "ERR_OPEN_FAILED",
      /the sealed value does not open here$/,
    ],
    [
      "that is empty",
      () => Promise.resolve(Buffer.alloc(0)),
      "ERR_TOKEN_MALFORMED",
      /does not begin as one$/,
    ],
    [
      "that is plaintext",
      () => Promise.resolve(Buffer.from("-----BEGIN KEY\n\n")),
      "ERR_TOKEN_MALFORMED",
      /does not begin as one$/,
    ],
    [
      "of another version",
      async () =>
        Buffer.from(
          Buffer.from(await sealFile("cert.pem", "x"))
            .toString("latin1")
            .replace("/v1/", "/v2/"),
          "latin1",
        ),
      "ERR_TOKEN_MALFORMED",
      /does not begin as one$/,
    ],
  ];
  for (const [title, make, code, message] of BROKEN) {
    it(`refuse a file ${title}, at the reference's place`, async (t) => {
      const root = makeFolder(t, {
        "config/app.yaml": "\ncert: sealed:v1:file:cert.pem.sealed",
        "config/cert.pem.sealed": await make(),
      });
      const [problem, ...others] = await problemsOf(load(root));
      assert.deepEqual(others, []);
      assert.equal(problem?.code, code);
      assert.match(problem.message, message);
      assert.equal(problem.source?.file, "config/app.yaml");
      assert.equal(problem.source.line, 2);
      if (title.includes("converted"))
        assert.equal(problem.hint, "mark it in .gitattributes: *.sealed binary");
    });
  }

  it("refuse a file that is missing, too large, or no regular file", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": [
        "missing: sealed:v1:file:missing.sealed",
        "large: sealed:v1:file:large.sealed",
        "folder: sealed:v1:file:folder.sealed",
        "below: sealed:v1:file:large.sealed/x.sealed",
      ].join("\n"),
      "config/large.sealed": await sealFile("large", "x".repeat(2_000)),
    });
    mkdirSync(join(root, "config/folder.sealed"));
    const problems = await problemsOf(load(root, { limits: { maxBlobBytes: 1_000 } }));
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message.replace(/\d{4} bytes/, "N bytes")}`),
      [
        "ERR_FILE_UNREADABLE config/app.yaml:1:10 (missing): the sealed file that it names is not there",
        "ERR_LIMIT_EXCEEDED config/app.yaml:2:8 (large): the file has N bytes; at most 1000 are read",
        "ERR_FILE_UNREADABLE config/app.yaml:3:9 (folder): this is not a regular file",
        "ERR_FILE_UNREADABLE config/app.yaml:4:8 (below): the sealed file that it names is not there",
      ],
    );
  });

  it("refuse a file sealed to a key that is not allowed for the config file", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": "cert: sealed:v1:file:cert.pem.sealed",
      "config/cert.pem.sealed": await sealFile("cert.pem", "x"),
    });
    assert.deepEqual(await placesOf(load(root, { keys: ["local/other"] })), [
      "ERR_KEY_NOT_ALLOWED config/app.yaml:1:7 (cert)",
    ]);
  });

  it("refuse text that is no UTF-8, and JSON that is none", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": "text: sealed:v1:file:b.sealed\njson: sealed:v1:file+json:b.sealed",
      "config/b.sealed": await sealFile("b", BYTES),
    });
    assert.deepEqual(await placesOf(load(root)), [
      "ERR_OPEN_FAILED config/app.yaml:1:7 (text)",
      "ERR_OPEN_FAILED config/app.yaml:2:7 (json)",
    ]);
  });

  it("are refused in a text that lies in no folder", async () => {
    assert.deepEqual(await placesOf(loadTexts({ "a.yaml": "a: sealed:v1:file:a.sealed" })), [
      "ERR_TOKEN_MALFORMED a.yaml:1:4 (a)",
    ]);
  });

  it("are looked for beside the file itself, not beside what it is said to be", async (t) => {
    const mount = makeFolder(t, {
      "app.yaml": "cert: sealed:v1:file:cert.pem.sealed",
      "cert.pem.sealed": await sealFile("cert.pem", "mounted"),
    });
    const root = makeFolder(t, { "config/cert.pem.sealed": "not this" });
    const files = [{ path: join(mount, "app.yaml"), as: "config/app.yaml" }];
    assert.equal((await load(root, { files }))["cert"], "mounted");
  });
});

describe("an opened value is data", () => {
  const TEXTS: readonly string[] = [
    "sealed:v1:raw:tencent/ap-guangzhou/x=AAAA",
    "sealed:",
    " SEALED:v1:file:a.sealed",
    "${HOME}",
    "$(rm -rf /)",
    "`id`",
    "$HOME %PATH% {{ x }} <%= x %>",
    "<<",
    "*alias",
    "&anchor x",
    "!!js/function 'x'",
    "a: 1\nb: [2]",
    "--- # document",
    "'\"`\\",
    "null",
    "true",
    "0x10",
    "1e3",
    "",
    " padded ",
    "line\r\nline\n",
    "\ufeffbom",
    "\u0000\u001b[31m",
    "NAME=value",
    "__proto__",
    '{"__proto__":{"polluted":true}}',
    "é\u0301 \u{1f511}",
  ];

  it("is returned as it was sealed, whatever it looks like, in every format", async () => {
    for (const text of TEXTS) {
      const yaml = await sealOne("a", text);
      const dotenv = await sealOne("B", text);
      const config = await loadTexts({ "a.yaml": `a: ${yaml}`, ".env": `B=${dotenv}` });
      assert.deepEqual({ ...config }, { a: text, B: text }, JSON.stringify(text));
    }
  });

  it("is not looked at again in a later layer, in the environment, or inside JSON", async () => {
    const inner = await sealOne("a", "inner");
    const [a, json, variable] = [
      await sealOne("a", inner),
      await sealOne("json", { a: inner, list: ["${HOME}", "sealed:v1:file:x.sealed"] }),
      await sealOne("APP_B", inner),
    ];
    const config = await loadTexts(
      { "1.yaml": `a: ${a}\njson: ${json}`, "2.yaml": "c: 1" },
      { environment: { ...ENVIRONMENT, APP_B: variable }, variables: { prefix: "APP_" } },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      a: inner,
      json: { a: inner, list: ["${HOME}", "sealed:v1:file:x.sealed"] },
      c: 1,
      b: inner,
    });
  });

  it("that is JSON gives every JSON value, and keys that look like tokens or paths", async () => {
    const values = [
      null,
      true,
      0,
      -1.5,
      Number.MAX_SAFE_INTEGER,
      "",
      [],
      {},
      [[{ "a.b": 1, "<<": { x: 1 }, "sealed:v1:": 2, "-": 3, "": 4 }]],
    ];
    for (const value of values) {
      const tokens = await (
        await import("../../src/index.ts")
      ).sealValues([{ path: "a", value, as: "json" }], {
        keys: [LOCAL_KEY],
        context: CONTEXT,
        environment: ENVIRONMENT,
      });
      const config = await loadTexts({ "a.yaml": `a: ${tokens[0]}` });
      assert.deepEqual(JSON.parse(JSON.stringify(config["a"])), value);
    }
  });

  for (const text of [
    '{"__proto__":{"polluted":true}}',
    '{"a":{"constructor":{}}}',
    '[{"prototype":1}]',
    '{"a":1,"a":2}',
    "9007199254740993",
    "1e999",
    "NaN",
    "{a:1}",
    "",
    '"\\ud800"',
    "[1,]",
  ]) {
    it(`that should be JSON and is ${JSON.stringify(text)} does not open`, async (t) => {
      const root = makeFolder(t, {
        "config/app.yaml": "a: sealed:v1:file+json:a.sealed",
        "config/a.sealed": await sealFile("a", text),
      });
      assert.deepEqual(await placesOf(load(root)), ["ERR_OPEN_FAILED config/app.yaml:1:4 (a)"]);
      assert.equal(Reflect.get({}, "polluted"), undefined);
    });
  }

  it("that was changed in its payload does not open, and no part of it is returned", async (t) => {
    const token = tamper(await sealOne("a", "x"));
    assert.deepEqual(await placesOf(loadTexts({ "a.yaml": `a: ${token}` })), [
      "ERR_OPEN_FAILED a.yaml:1:4 (a)",
    ]);
    const blob = Buffer.from(await sealFile("b", "x".repeat(40_000)));
    blob.writeUInt8(blob.readUInt8(blob.length - 1) ^ 1, blob.length - 1);
    const root = makeFolder(t, { "config/app.yaml": "b: sealed:v1:file:b.sealed" });
    writeFileSync(join(root, "config/b.sealed"), blob);
    assert.deepEqual(await placesOf(load(root)), ["ERR_OPEN_FAILED config/app.yaml:1:4 (b)"]);
  });
});
