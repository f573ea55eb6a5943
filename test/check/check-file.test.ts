import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { sealBlob } from "../../src/sealing/index.ts";
import { LOCAL_KEY, sealAll, sealOne } from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

import { checkMemory, type Entry, linesOf, POLICY, SYMLINK, UNMERGED } from "./support.ts";

const FILE = "config/production.yaml";
const STRANGE = "tencent/ap-guangzhou/00000000-0000-4000-8000-000000000000";
const OTHER_KEY = {
  SEALCONF_KEYS_DIR: "/nowhere",
  SEALCONF_LOCAL_KEY_OTHER: otherKey(9),
  SEALCONF_LOCAL_KEY_DEV: otherKey(7),
};

function otherKey(byte: number): string {
  return `sealconf-local-key-v1:${Buffer.alloc(32, byte).toString("base64url")}`;
}

/** What is told of one file under the usual policy. */
async function told(
  text: Entry,
  file = FILE,
  others: Readonly<Record<string, Entry>> = {},
): Promise<string[]> {
  return await linesOf({ ".sealconf.yaml": POLICY, [file]: text, ...others });
}

describe("a file whose secrets are sealed for their places", () => {
  it("is in order, whatever its format", async () => {
    const tokens = await sealAll({
      "db.password": "x",
      "servers[0].apiToken": "y",
      port: 8080,
      PASSWORD: "z",
    });
    const yaml = `db:\n  password: ${tokens["db.password"]}\n  host: h\nservers:\n  - apiToken: ${tokens["servers[0].apiToken"]}\n`;
    assert.deepEqual(await checkMemory({ ".sealconf.yaml": POLICY, [FILE]: yaml }), {
      findings: [],
      files: 1,
    });
    assert.deepEqual(await told(`{"db": {"password": "${tokens["db.password"]}"}}`, "config/a.json"), []);
    assert.deepEqual(await told(`PASSWORD=${tokens.PASSWORD}\n`, "config/.env"), []);
  });

  it("may leave a secret empty", async () => {
    assert.deepEqual(await told("db:\n  password:\n  apiToken: null\n"), []);
  });

  it("may hold a value that is bound to no path", async () => {
    assert.deepEqual(await told(`anywhere: ${await sealOne(null, "x")}\n`), []);
  });
});

describe("plaintext at a secret path", () => {
  for (const [title, file, text, line] of [
    ["a string", FILE, "db:\n  password: hunter2\n", `${FILE}:2:13 db.password`],
    ["a number", FILE, "password: 1234\n", `${FILE}:1:11 password`],
    ["a boolean", FILE, "password: false\n", `${FILE}:1:11 password`],
    ["an empty string", FILE, 'password: ""\n', `${FILE}:1:11 password`],
    ["a value below a secret map", FILE, "db:\n  password:\n    a: {b: x}\n", `${FILE}:3:12 db.password.a.b`],
    ["an item of a secret list", FILE, "password: [x]\n", `${FILE}:1:12 password[0]`],
    ["a block scalar", FILE, "password: |\n  x\n", `${FILE}:1:11 password`],
    ["a value in JSON", "config/a.json", '{"db": {"password": "x"}}', "config/a.json:1:21 db.password"],
    ["a variable, whatever its case", "config/.env", "A=1\nexport PASSWORD=x\n", "config/.env:2:17 PASSWORD"],
    ["a value with a byte order mark before", FILE, "\ufeffpassword: x\r\n", `${FILE}:1:11 password`],
  ] as const) {
    it(`is told: ${title}`, async () => {
      assert.deepEqual(await told(text, file), [`${line} a secret stands here in plaintext`]);
    });
  }

  it("is told at each place that an alias puts it", async () => {
    assert.deepEqual(await told("a: &x\n  password: p\nb: *x\n"), [
      `${FILE}:2:13 a.password a secret stands here in plaintext`,
      `${FILE}:2:13 b.password a secret stands here in plaintext`,
    ]);
  });
});

describe("what only looks like a sealed value", () => {
  for (const [title, text, line] of [
    [
      "a token that is cut off",
      "a: sealed:v1:envelope:abc\n",
      `${FILE}:1:4 a the sealed value's fields are not as many as its kind has`,
    ],
    ["another version", "a: sealed:v9:x\n", `${FILE}:1:4 a the sealed value's version is not v1`],
    [
      "a token within a text",
      "a: x sealed:v1:y\n",
      `${FILE}:1:4 a the sealed value does not begin with "sealed:"`,
    ],
    [
      "an unknown provider",
      `a: sealed:v1:raw:gcp/x=AAAA\n`,
      `${FILE}:1:4 a the sealed value's recipient names an unknown provider`,
    ],
    ["a key", "b:\n  sealed:v1:x: 1\n", `${FILE}:2:3 b a sealed value cannot be a key`],
    ["a key of the whole file", "sealed:v1:x: 1\n", `${FILE}:1:1 a sealed value cannot be a key`],
  ] as const) {
    it(`is told: ${title}`, async () => {
      assert.deepEqual(await told(text), [line]);
    });
  }
});

describe("a sealed value that cannot stand where it does", () => {
  it("is told when it was sealed for another path, env or app", async () => {
    const here = "app billing-api, env production, path /a";
    for (const [path, context] of [
      ["b", { app: "billing-api", env: "production" }],
      ["a", { app: "billing-api", env: "staging" }],
      ["a", { app: "crm", env: "production" }],
    ] as const) {
      const token = await sealOne(path, "x", { context });
      assert.deepEqual(await told(`a: ${token}\n`), [
        `${FILE}:1:4 a the value was sealed for another place than ${here}`,
      ]);
    }
  });

  it("is told when an alias puts it at a second place", async () => {
    const token = await sealOne("a", "x");
    assert.deepEqual(await told(`a: &x ${token}\nb: *x\n`), [
      `${FILE}:2:4 b the value was sealed for another place than app billing-api, env production, path /b`,
    ]);
  });

  it("is told when a raw ciphertext is not listed, and not where it is", async () => {
    const raw = `a: sealed:v1:raw:${STRANGE}=AAAA\n`;
    assert.deepEqual(await told(raw), [
      `${FILE}:1:4 a a raw ciphertext, which nothing binds to its place, is not allowed here`,
    ]);
    const policy = `rules: [{files: ["config/*"], keys: ["${STRANGE}"], raw: [a]}]`;
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, [FILE]: raw }), []);
  });
});

describe("a value's keys", () => {
  it("are told when the rule lists none of them", async () => {
    const token = await sealOne("a", "x", { keys: ["local/other"], environment: OTHER_KEY });
    assert.deepEqual(await told(`a: ${token}\n`), [
      `${FILE}:1:4 a the value is sealed to local/other, which is not allowed here`,
    ]);
  });

  it("are told beside those that the rule lists, though one of these is enough to load", async () => {
    const token = await sealOne("a", "x", { keys: ["local/other", LOCAL_KEY], environment: OTHER_KEY });
    assert.deepEqual(await told(`a: ${token}\n`), [
      `${FILE}:1:4 a the value is sealed to local/other too, which the rule does not list`,
    ]);
  });

  it("may be those that the rule accepts", async () => {
    const token = await sealOne("a", "x", { keys: ["local/other", LOCAL_KEY], environment: OTHER_KEY });
    const policy = POLICY.replace(`keys: [${LOCAL_KEY}]`, `keys: [${LOCAL_KEY}]\n    accept: [local/other]`);
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, [FILE]: `a: ${token}\n` }), []);
  });

  it("are told beside a place that is wrong", async () => {
    const token = await sealOne("b", "x", { keys: ["local/other", LOCAL_KEY], environment: OTHER_KEY });
    assert.equal((await told(`a: ${token}\n`)).length, 2);
  });

  it("are missed once for the file when no rule names any", async () => {
    const { a, b } = await sealAll({ a: "x", b: "y" });
    const policy = `app: billing-api\nload: [${FILE}]\n`;
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, [FILE]: `a: ${a}\nb: ${b}\n` }), [
      `${FILE} the file holds sealed values, and no rule names keys for it`,
    ]);
  });
});

describe("the data keys that a file needs", () => {
  const policy = POLICY.replace("rules:", "maxDataKeys: 2\nrules:");

  it("are counted by their recipients, not by the values", async () => {
    const one = await sealAll({ a: "x", b: "y", c: "z" });
    const two = await sealAll({ d: "x" });
    const text = Object.entries({ ...one, ...two }).map(([name, token]) => `${name}: ${token}\n`);
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, [FILE]: text.join("") }), []);
  });

  it("are told when they are more than the rule's maxDataKeys, direct values and sealed files counted", async () => {
    const direct = await sealOne("a", "x", { direct: true });
    const key = await makeSealedFileKey();
    const entries = {
      ".sealconf.yaml": policy,
      "config/tls.key.sealed": sealBlob(key, "tls.key", Buffer.from("pem")),
      [FILE]: `a: ${direct}\nb: sealed:v1:file:tls.key.sealed\nc: ${await sealOne("c", "y")}\n`,
    };
    const { findings } = await checkMemory(entries);
    assert.deepEqual(
      findings.map(({ file, line, reason, hint, severity }) => ({ file, line, reason, hint, severity })),
      [
        {
          file: FILE,
          line: undefined,
          reason: "a load of the file needs 3 data keys, and maxDataKeys is 2",
          hint: `seal its values under one: sealconf rotate ${FILE} --over 2`,
          severity: "error",
        },
      ],
    );
  });
});

describe("a file that cannot be read", () => {
  for (const [title, file, text, line] of [
    [
      "YAML that does not parse",
      FILE,
      "a: [1\n",
      `${FILE}:2:1 the YAML cannot be read: the indentation does not fit the lines around it, or a bracket is not closed`,
    ],
    [
      "JSON that does not parse",
      "config/a.json",
      "{",
      "config/a.json:1:2 the JSON cannot be read: expected a key in double quotes",
    ],
    [
      "a key that stands twice",
      FILE,
      "a: 1\na: 2\n",
      `${FILE}:2:1 the YAML cannot be read: a key that stands here twice`,
    ],
    ["bytes that are not UTF-8", FILE, Buffer.from([0x61, 0x3a, 0x20, 0xff]), `${FILE}:1:4 not UTF-8 text`],
    ["a list", FILE, "- a\n", `${FILE}:1:1 a config must be a map of names to values`],
    ["a symbolic link", FILE, SYMLINK, `${FILE} the file is a symbolic link, which cannot be checked`],
    ["an entry that is not merged", FILE, UNMERGED, `${FILE} the file is not merged`],
  ] as const) {
    it(`is told: ${title}`, async () => {
      assert.deepEqual(await told(text, file), [line]);
    });
  }

  it("is told once, and not what stands in it", async () => {
    assert.equal((await told("password: hunter2\nb: [\n")).length, 1);
  });
});

describe("a sealed file that a value refers to", () => {
  const text = "tls:\n  key: sealed:v1:file+bytes:tls/server.key.sealed\n";
  const path = "config/tls/server.key.sealed";

  async function sealedFile(name = "server.key"): Promise<Uint8Array> {
    return sealBlob(await makeSealedFileKey(), name, Buffer.from("-----BEGIN"));
  }

  it("is in order when it was made for its name under the rule's keys", async () => {
    assert.deepEqual(await told(text, FILE, { [path]: await sealedFile() }), []);
  });

  it("is told at the value", async () => {
    const good = await sealedFile();
    const converted = Buffer.from(Buffer.from(good).toString("latin1").replaceAll("\n", "\r\n"), "latin1");
    const beside = Buffer.from(
      Buffer.from(good).toString("latin1").replace("\n\n", "\n-> local/other=AAAA\n\n"),
      "latin1",
    );
    const at = `${FILE}:2:8 tls.key`;
    for (const [entry, reason] of [
      [undefined, "the sealed file that it names is not there"],
      [SYMLINK, "the sealed file that it names is a symbolic link, which cannot be checked"],
      [UNMERGED, "the sealed file that it names is not merged"],
      ["plain", "the sealed file does not begin as one"],
      [converted, "the sealed file's line endings were converted"],
      [await sealedFile("client.key"), "the sealed file was made for another name"],
      [beside, "the value is sealed to local/other too, which the rule does not list"],
    ] as const) {
      const others = entry === undefined ? {} : { [path]: entry };
      const lines = await told(text, FILE, others);
      assert.ok(lines.includes(`${at} ${reason}`), `${reason}: ${lines.join("\n")}`);
    }
  });
});

describe("a sealed file that a rule covers", () => {
  it("is checked by itself", async () => {
    const good = sealBlob(await makeSealedFileKey(), "a.key", Buffer.from("x"));
    assert.deepEqual(await told(good, "config/a.key.sealed"), []);
    assert.deepEqual(await told(good, "config/b.key.sealed"), [
      "config/b.key.sealed the sealed file was made for another name",
    ]);
    assert.deepEqual(await told("plain", "config/a.key.sealed"), [
      "config/a.key.sealed the sealed file does not begin as one",
    ]);
    const policy = POLICY.replace(LOCAL_KEY, "local/other");
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, "config/a.key.sealed": good }), [
      "config/a.key.sealed the value is sealed to local/dev, which is not allowed here",
    ]);
  });
});

describe("a file whose format is not known", () => {
  const policy = (glob: string): string => `rules: [{files: ["${glob}"], keys: [${LOCAL_KEY}]}]`;
  const UNKNOWN = "the file's format is not known from its name";

  for (const glob of [
    "config/production.*",
    "config/*.toml",
    "config/production.toml",
    "**/production.{toml,ini}",
  ]) {
    it(`is an error when the policy means it: ${glob}`, async () => {
      const file = "config/production.toml";
      const result = await checkMemory({ ".sealconf.yaml": policy(glob), [file]: "a = 1" });
      assert.deepEqual([result.findings.map(({ severity }) => severity), result.files], [["error"], 1]);
      assert.deepEqual(await linesOf({ ".sealconf.yaml": policy(glob), [file]: "a = 1" }), [
        `${file} ${UNKNOWN}`,
      ]);
    });
  }

  for (const glob of ["config/**", "config/*", "**", "*/*.*"]) {
    it(`is a warning when the policy means its folder: ${glob}`, async () => {
      const entries = { ".sealconf.yaml": policy(glob), "config/README.md": "hunter2" };
      const { findings, files } = await checkMemory(entries);
      assert.deepEqual([findings.map(({ severity }) => severity), files], [["warning"], 0]);
      assert.deepEqual(await linesOf(entries), [`config/README.md warning: ${UNKNOWN}`]);
    });
  }

  it("is said by the load list", async () => {
    const entry = "load: [{path: config/settings, format: dotenv}]";
    const lines = await linesOf({
      ".sealconf.yaml": `secrets: [password]\n${entry}\n`,
      "config/settings": "PASSWORD=x\n",
    });
    assert.deepEqual(lines, ["config/settings:1:10 PASSWORD a secret stands here in plaintext"]);
  });

  it("is an error when the load list names it without a format", async () => {
    const policyText = "load: [config/settings]\n";
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policyText, "config/settings": "x" }), [
      `config/settings ${UNKNOWN}`,
    ]);
  });
});
