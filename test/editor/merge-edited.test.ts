import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import fc from "fast-check";

import { withServices } from "../../src/config/values.ts";
import { parseConfig } from "../../src/edit/change-document.ts";
import { nodeAt } from "../../src/edit/locate.ts";
import { type MergedFile, mergeEdited } from "../../src/editor/merge-edited.ts";
import { openForEdit } from "../../src/editor/open-for-edit.ts";
import { createProject } from "../../src/edit/project.ts";
import { createSealer } from "../../src/edit/sealer.ts";
import { listShownValues, showOpened } from "../../src/editor/shown-values.ts";
import { replaceScalars } from "../../src/format/replace.ts";
import { type Environment, type JsonValue, loadConfig, tencentKms } from "../../src/index.ts";
import { formatPath } from "../../src/path/path.ts";
import { anErrorWith, type ExpectedError } from "../support/assert-error.ts";
import { ENVIRONMENT, makeFolder, sealAll, sealOne, startKms } from "../support/load-fixture.ts";
import { sealFile } from "../cli/seal-file.ts";
import { keyOf } from "../support/fake-provider.ts";
import { anyText } from "../support/any-text.ts";

const TOKEN = /sealed:v1:[A-Za-z0-9+/=_.:,-]+/g;
const CANARY = "canary-merge-71ab";
const SECRETS = `["**.password", "**.token", "DB_PASSWORD"]`;

interface Workplace {
  readonly root: string;
  readonly name: string;
  /** What a person sees. */
  readonly opened: string;
  /** Merges what a person made of that. */
  readonly merge: (edited: string) => Promise<MergedFile>;
}

interface WorkplaceOptions {
  readonly policy?: string;
  readonly environment?: Environment;
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

async function open(
  t: TestContext,
  name: string,
  text: string,
  { policy = policyFor("local/dev"), environment = ENVIRONMENT, files = {} }: WorkplaceOptions = {},
): Promise<Workplace> {
  const root = makeFolder(t, { ".git/HEAD": "", ".sealconf.yaml": policy, [name]: text, ...files });
  return await openIn(root, name, environment);
}

function policyFor(key: string): string {
  return `app: billing-api
keys: [${key}]
secrets: ${SECRETS}
rules:
  - files: ["**"]
    env: production
    raw: [legacy]
`;
}

async function openIn(root: string, name: string, environment: Environment): Promise<Workplace> {
  const file = await createProject(root).cover(name);
  const { original } = await openForEdit(file, { cwd: root, environment });
  return {
    root,
    name,
    opened: await showOpened(original),
    merge: async (edited) =>
      await mergeEdited(await parseConfig(edited, name), original, file, async (work) => {
        return await withServices({ environment }, async (services) => await work(createSealer(services)));
      }),
  };
}

/** Loads what was merged. */
async function load({ root, name }: Workplace, { text }: MergedFile): Promise<Record<string, unknown>> {
  writeFileSync(join(root, name), text);
  return await loadConfig({ root, files: [name], environment: ENVIRONMENT });
}

function pathsOf({ sealed }: MergedFile): (string | undefined)[] {
  return sealed.map(({ path }) => path);
}

function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

function replaceOnce(text: string, from: string, to: string): string {
  assert.equal(text.split(from).length, 2, `${from} stands once in it`);
  return text.replace(from, () => to);
}

// Each writes its tokens in ways that opening them undoes: other quotes, a literal, several lines.
const FILES: Readonly<Record<string, (token: (path: string) => string) => string>> = {
  "app.yaml": (token) =>
    [
      "\ufeff# kept   ",
      "base:    &base",
      "    x: 1",
      "db:    &db",
      '    host: "x"\t# tab',
      `    password:   ${token("db.password")}   # rotated`,
      `    single: '${token("db.single")}'`,
      `    double: "${token("db.double")}"`,
      `tls: ${token("tls")}`,
      "folded: >-",
      `    ${token("folded")}`,
      "below:",
      `    ${token("below")}`,
      `list: ${token("list")}`,
      `port: ${token("port")}`,
      `servers: [ {name: a, token: "${token("servers[0].token")}"} , { token: '${token("servers[1].token")}' }]`,
      "copy: { <<: *base, password: null }",
    ].join("\n"),
  "crlf.yaml": (token) =>
    `# c\r\ntls: ${token("tls")}\r\n\r\nb: 1\r\ndb:\r\n  password: ${token("db.password")}  # x\r\n`,
  "app.json": (token) =>
    `{\r\n\t"port" : "${token("port")}","list":\n"${token("list")}" ,\n  "tls": "${token("tls")}" }`,
  ".env": (token) =>
    `# c\r\nexport TLS=${token("TLS")}\r\n\r\n  DB_PASSWORD = '${token("DB_PASSWORD")}' # why\r\nPORT=${token("PORT")}\r\nX="kept # here"`,
};
const VALUES: Readonly<Record<string, JsonValue>> = {
  "db.password": 'a"b: #c\\',
  "db.single": "it's",
  "db.double": "plain",
  tls: "line 1\nline 2\n",
  folded: "x: y",
  below: "- z",
  list: [1, { x: null }],
  port: 5432,
  "servers[0].token": "t0",
  "servers[1].token": "t1",
  TLS: "-----BEGIN\nabc\n-----END\n",
  DB_PASSWORD: 'x"y $z',
  PORT: 80,
};

async function sealedFile(name: string): Promise<string> {
  const write = FILES[name] ?? assert.fail();
  const used = new Map<string, JsonValue>();
  write((path) => {
    used.set(path, VALUES[path] ?? assert.fail(path));
    return "";
  });
  const tokens = await sealAll(Object.fromEntries(used));
  return write((path) => tokens[path] ?? assert.fail(path));
}

describe("an edited file", { concurrency: 2 }, () => {
  for (const name of Object.keys(FILES)) {
    test(`${name}: what was not touched is written as it was, byte for byte`, async (t) => {
      const sealed = await sealedFile(name);
      const { opened, merge } = await open(t, name, sealed);
      assert.ok(!opened.includes("sealed:v1"));
      assert.deepEqual(await merge(opened), { text: sealed, sealed: [], retyped: [] });
      const more = name.endsWith(".json") ? opened.replace("{", '{ "more": 1,') : `MORE: 1\n${opened}`;
      const marked = name.endsWith(".json") ? sealed.replace("{", '{ "more": 1,') : `MORE: 1\n${sealed}`;
      // A byte order mark is one at the start alone.
      if (!opened.startsWith("\ufeff")) assert.equal((await merge(more)).text, marked);
    });

    test(`${name}: only the token of the value that was changed differs`, async (t) => {
      const sealed = await sealedFile(name);
      const workplace = await open(t, name, sealed);
      const original = await parseConfig(sealed, name);
      const opened = await parseConfig(workplace.opened, name);
      const file = await createProject(workplace.root).cover(name);
      const shown = await openForEdit(file, { cwd: workplace.root, environment: ENVIRONMENT });
      for (const { path } of listShownValues(shown.original)) {
        const node = nodeAt(original.root, path) ?? assert.fail();
        const place = nodeAt(opened.root, path) ?? assert.fail();
        const text =
          place.kind === "scalar"
            ? await replaceScalars(opened, [{ node: place, value: CANARY }])
            : opened.text.slice(0, place.start) + '["' + CANARY + '"]' + opened.text.slice(place.end);
        const merged = await workplace.merge(text);
        assert.deepEqual(pathsOf(merged), [formatPath(path)]);
        const [before, after] = [sealed.slice(0, node.start), sealed.slice(node.end)];
        assert.equal(merged.text.slice(0, before.length), before);
        assert.equal(merged.text.slice(-after.length || merged.text.length), after || merged.text);
        const [token = "", ...others] = tokensOf(
          merged.text.slice(before.length, -after.length || undefined),
        );
        assert.deepEqual(others, []);
        assert.notEqual(token, sealed.slice(node.start, node.end).match(TOKEN)?.[0]);
        assert.ok(!merged.text.includes(CANARY));
      }
    });
  }

  test("whatever the values are, an edit that touches none of them gives the same bytes", async (t) => {
    const root = makeFolder(t, { ".git/HEAD": "", ".sealconf.yaml": policyFor("local/dev") });
    const check = async (
      name: string,
      write: (tokens: readonly string[]) => string,
      texts: readonly string[],
    ) => {
      const keys = texts.map((_, index) => `K${index}`);
      const tokens = await sealAll(Object.fromEntries(keys.map((key, index) => [key, texts[index] ?? ""])));
      const sealed = write(keys.map((key) => tokens[key] ?? ""));
      writeFileSync(join(root, name), sealed);
      const { opened, merge } = await openIn(root, name, ENVIRONMENT);
      assert.equal((await merge(opened)).text, sealed);
    };
    const lines = (write: (token: string, key: string) => string) => (tokens: readonly string[]) =>
      tokens.map((token, index) => write(token, `K${index}`)).join("");
    await fc.assert(
      fc.asyncProperty(fc.array(anyText(), { minLength: 1, maxLength: 3 }), async (texts) => {
        await check(
          "a.yaml",
          lines((token, key) => `${key}: ${token}\n`),
          texts,
        );
        await check(
          "a.json",
          (tokens) => JSON.stringify(Object.fromEntries(tokens.map((x, i) => [`K${i}`, x]))),
          texts,
        );
        await check(
          "a.env",
          lines((token, key) => `export ${key}=${token}\n`),
          texts,
        );
      }),
      { numRuns: 25 },
    );
  });

  test("new plaintext at a secret path is sealed, and other plaintext is not", async (t) => {
    const workplace = await open(t, "app.yaml", "db:\n  host: a\n  password: plain\n");
    const merged = await workplace.merge(
      `${workplace.opened}  user: b\nmail: { token: 7, password: "" , on: yes }\n`,
    );
    assert.deepEqual(pathsOf(merged), ["db.password", "mail.token", "mail.password"]);
    assert.equal(
      merged.text.replace(TOKEN, "?"),
      'db:\n  host: a\n  password: ?\n  user: b\nmail: { token: "?", password: "?" , on: yes }\n',
    );
    assert.deepEqual(await load(workplace, merged), {
      db: { host: "a", password: "plain", user: "b" },
      mail: { token: 7, password: "", on: "yes" },
    });
  });

  test("dotenv names are secret whatever their case", async (t) => {
    const workplace = await open(t, ".env", "PORT=1\n");
    const merged = await workplace.merge(`db_password=${CANARY}\nPORT=2\n`);
    assert.deepEqual(pathsOf(merged), ["db_password"]);
  });

  test("what was sealed and is changed is sealed again, also where no pattern calls it secret", async (t) => {
    const sealed = await sealAll({ url: "one", "list[0]": "two" });
    const workplace = await open(
      t,
      "app.yaml",
      `url: ${sealed.url}\nlist: [ "${sealed["list[0]"]}", three ]\n`,
    );
    const merged = await workplace.merge("url: uno\nlist: [ dos, tres, quatro ]\n");
    // Beside a sealed element of a list nothing new stands in the clear.
    assert.deepEqual(pathsOf(merged), ["url", "list[0]", "list[1]", "list[2]"]);
    assert.deepEqual(await load(workplace, merged), { url: "uno", list: ["dos", "tres", "quatro"] });
    assert.deepEqual(pathsOf(await workplace.merge("url: one\nlist: [ two, three ]\n")), []);
  });

  test("a value whose key was renamed, or that was copied, is sealed for its new place", async (t) => {
    const sealed = await sealAll({ "db.pass": CANARY, "db.pin": 7, name: "short" });
    const text = `db:\n  pass: ${sealed["db.pass"]}\n  pin: ${sealed["db.pin"]}\nname: ${sealed.name}\n`;
    const workplace = await open(t, "app.yaml", `${text}other: ${CANARY}\n`);
    const renamed = await workplace.merge(
      `db:\n  secret: ${CANARY}\n  code: 7\nalias: short\ncopy: ${CANARY}\nother: ${CANARY}\nport: 8\n`,
    );
    assert.deepEqual(pathsOf(renamed), ["db.secret", "db.code", "alias", "copy"]);
    assert.equal(tokensOf(renamed.text).filter((token) => text.includes(token)).length, 0);
    assert.deepEqual(await load(workplace, renamed), {
      db: { secret: CANARY, code: 7 },
      alias: "short",
      copy: CANARY,
      other: CANARY,
      port: 8,
    });
    const kept = await workplace.merge(`${workplace.opened}title: short\nmax: 7\n`);
    assert.deepEqual(pathsOf(kept), [], "a short text that stands elsewhere too is no secret there");
  });

  test("elements of a list keep their tokens when others are put before them, taken out or exchanged", async (t) => {
    const paths = ["servers[0].token", "servers[1].token", "servers[2].token"] as const;
    const sealed = await sealAll({ [paths[0]]: "a", [paths[1]]: "b", [paths[2]]: "c" });
    const [a = "", b = "", c = ""] = paths.map((path) => sealed[path]);
    const write = (...tokens: readonly string[]) =>
      `servers:\n${tokens.map((x) => `  - token: ${x}\n`).join("")}`;
    const workplace = await open(t, "app.yaml", write(a, b, c));
    const cases: readonly (readonly [edited: readonly string[], wanted: readonly string[]])[] = [
      [
        ["new", "a", "b", "c"],
        ["?", a, b, c],
      ],
      [
        ["b", "c"],
        [b, c],
      ],
      [
        ["c", "a", "b"],
        [c, a, b],
      ],
      [
        ["a", "b", "b", "c"],
        [a, b, "?", c],
      ],
      [
        ["a", "a", "b", "c"],
        [a, "?", b, c],
      ],
      [
        ["a", "b", "c", "new"],
        [a, b, c, "?"],
      ],
    ];
    for (const [edited, wanted] of cases) {
      const { text } = await workplace.merge(write(...edited));
      const shown = text.replace(TOKEN, (token) => ([a, b, c].includes(token) ? token : "?"));
      assert.equal(shown, write(...wanted), edited.join());
    }
  });

  test("lists and maps that were sealed as one value stay one", async (t) => {
    const sealed = await sealAll({ list: [1, 2], map: { a: { b: null } }, more: ["x"], gone: [0] });
    const text = `list: ${sealed.list} # l\nmap: ${sealed.map}\nmore: ${sealed.more}\ngone: ${sealed.gone}\n`;
    const workplace = await open(t, "app.yaml", text);
    assert.equal(workplace.opened, 'list: [1,2] # l\nmap: {"a":{"b":null}}\nmore: ["x"]\ngone: [0]\n');
    const merged = await workplace.merge(
      'list:\n- 1\n- 2\nmap:\n  a: { b: ~ } # why\nmore:\n    - x\n    - c: d\ngone: "[0]"\n',
    );
    assert.deepEqual(pathsOf(merged), ["more", "gone"]);
    assert.equal(
      merged.text.replace(TOKEN, (token) => (text.includes(token) ? token : "?")),
      `list: ${sealed.list}\nmap: ${sealed.map} # why\nmore: ?\ngone: "?"\n`,
    );
    assert.deepEqual(await load(workplace, merged), {
      list: [1, 2],
      map: { a: { b: null } },
      more: ["x", { c: "d" }],
      gone: "[0]",
    });
    const inJson = await open(t, "app.json", `{ "list" : "${sealed.list}" }`);
    const other = await inJson.merge('{ "list" : [ 1,\n 3 ] }');
    assert.deepEqual([pathsOf(other), other.text.replace(TOKEN, "?")], [["list"], '{ "list" : "?" }']);
  });

  test("data in a dotenv file is data still, and text where it says so", async (t) => {
    const values = { PORT: 80, LIST: [1], ON: true, NAME: "7" };
    const sealed = await sealAll(values);
    const text = Object.entries(sealed)
      .map(([name, token]) => `${name}=${token}\n`)
      .join("");
    const workplace = await open(t, ".env", text);
    assert.equal(workplace.opened, "PORT=80\nLIST='[1]'\nON=true\nNAME=7\n");
    const merged = await workplace.merge("PORT=81\nLIST=[1, 2]\nON=maybe\nNAME=8\n");
    assert.deepEqual(await load(workplace, merged), { PORT: 81, LIST: [1, 2], ON: "maybe", NAME: "8" });
  });

  test("what a dotenv file cannot hold stays sealed, and what replaces it is sealed", async (t) => {
    const values = { ODD: "'`\"", LIST: ["'`# "], NAME: "a" };
    const sealed = await sealAll(values);
    const text = `ODD=${sealed.ODD}\nLIST="${sealed.LIST}"\nNAME=${sealed.NAME}\n`;
    const workplace = await open(t, ".env", text);
    assert.equal(workplace.opened, text.replace(sealed.NAME, "a"));
    const merged = await workplace.merge(replaceOnce(workplace.opened, "NAME=a", "NAME=b"));
    assert.deepEqual(pathsOf(merged), ["NAME"]);
    assert.deepEqual(await load(workplace, merged), { ...values, NAME: "b" });
    const replaced = await workplace.merge("ODD=even\nNAME=a\n");
    assert.deepEqual(pathsOf(replaced), ["ODD"]);
    assert.deepEqual(await load(workplace, replaced), { ODD: "even", NAME: "a" });
  });

  test("a text and the number that it looks like are two values", async (t) => {
    const sealed = await sealAll({ text: "42", number: 42 });
    const workplace = await open(t, "app.yaml", `text: ${sealed.text}\nnumber: ${sealed.number}\n`);
    assert.equal(workplace.opened, 'text: "42"\nnumber: 42\n');
    assert.equal(
      (await workplace.merge("text: '42'\nnumber: 42\n")).text,
      `text: ${sealed.text}\nnumber: ${sealed.number}\n`,
    );
    const merged = await workplace.merge("text: 42\nnumber: '42'\n");
    assert.deepEqual(pathsOf(merged), ["text", "number"]);
    assert.deepEqual(merged.retyped, [{ file: "app.yaml", path: "text" }]);
    assert.deepEqual(await load(workplace, merged), { text: 42, number: "42" });
  });

  test("a value that is emptied is null, which is no secret", async (t) => {
    const workplace = await open(
      t,
      "app.yaml",
      `db: { password: "${await sealOne("db.password", CANARY)}" }\n`,
    );
    for (const edited of ["db: { password: }\n", "db: { password: null }\n", "db: {}\n", "", "# nothing\n"]) {
      assert.deepEqual(await workplace.merge(edited), { text: edited, sealed: [], retyped: [] });
    }
  });

  test("a value that is bound to no path stays so, and aliases of it load", async (t) => {
    const token = await sealOne(null, "shared");
    const workplace = await open(t, "app.yaml", `once: &once ${token}\nagain: *once\nmore: { x: *once }\n`);
    assert.equal(workplace.opened, "once: &once shared\nagain: *once\nmore: { x: *once }\n");
    const merged = await workplace.merge(replaceOnce(workplace.opened, "shared", "changed"));
    assert.deepEqual(pathsOf(merged), ["once"]);
    assert.match(merged.text, /^once: &once sealed:v1:envelope\+nopath:/);
    assert.deepEqual(await load(workplace, merged), {
      once: "changed",
      again: "changed",
      more: { x: "changed" },
    });
  });

  test("references to sealed files stay as they are, and what replaces one is sealed", async (t) => {
    const files = {
      "tls.key.sealed": await sealFile("tls.key", CANARY),
      "data.sealed": await sealFile("data", "[1]"),
    };
    const text = "key: sealed:v1:file:tls.key.sealed\ndata: 'sealed:v1:file+json:data.sealed'\nurl: a\n";
    const workplace = await open(t, "app.yaml", text, { files });
    assert.equal(workplace.opened, text);
    const edited = replaceOnce(text, "url: a", "url: b");
    assert.deepEqual(await workplace.merge(edited), { text: edited, sealed: [], retyped: [] });
    const merged = await workplace.merge(`key: ${CANARY}-2\ndata: [1]\nurl: a\n`);
    assert.deepEqual(pathsOf(merged), ["key", "data"]);
    assert.deepEqual(await load(workplace, merged), { key: `${CANARY}-2`, data: [1], url: "a" });
  });

  test("raw ciphertexts stay as they are, and what replaces one is sealed", async (t) => {
    const { key, environment } = await startKms(t);
    const provider = tencentKms({ env: environment });
    const plaintext = Buffer.from(CANARY);
    const { wrapped } = await provider.encrypt({ key: keyOf(key), plaintext, encryptionContext: "" }, {});
    const text = `legacy: sealed:v1:raw:${key}=${wrapped}\nurl: a\n`;
    const workplace = await open(t, "app.yaml", text, { policy: policyFor(key), environment });
    assert.equal(workplace.opened, text);
    const edited = replaceOnce(text, "url: a", "url: b");
    assert.equal((await workplace.merge(edited)).text, edited);
    assert.deepEqual(pathsOf(await workplace.merge("legacy: new\nurl: a\n")), ["legacy"]);
  });

  test("a token that was made for the place may be pasted there", async (t) => {
    const token = await sealOne("db.password", "pasted");
    const workplace = await open(t, "app.yaml", "db:\n  password: plain\n");
    const edited = `db:\n  password: ${token}\n`;
    assert.deepEqual(await workplace.merge(edited), { text: edited, sealed: [], retyped: [] });
  });

  test("a value that looks like a token, and was sealed for that, is put back", async (t) => {
    const sealed = await sealAll({ a: "sealed:v1:none", b: "x" });
    const text = `a: ${sealed.a}\nb: ${sealed.b}\n`;
    const workplace = await open(t, "app.yaml", text);
    assert.equal(
      (await workplace.merge(replaceOnce(workplace.opened, "b: x", "b: y"))).text.split("\n")[0],
      text.split("\n")[0],
    );
    await assert.rejects(
      workplace.merge("a: sealed:v1:other\nb: x\n"),
      anErrorWith({ code: "ERR_TOKEN_MALFORMED", message: /^app\.yaml:1:4 \(a\): / }),
    );
  });

  test("nothing is asked of a key service when nothing is to be sealed", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const workplace = await open(t, "app.yaml", "db: { host: a }\n", { policy: policyFor(key), environment });
    await workplace.merge("db: { host: b }\n");
    assert.equal(emulator.calls.total, 0);
    await workplace.merge("db: { password: b, token: c }\nmail: { password: d }\n");
    assert.deepEqual(
      emulator.calls.list.map(({ action }) => action),
      ["GenerateDataKey"],
    );
  });
});

describe("an edit is refused, with its place in the edited text,", { concurrency: 2 }, () => {
  const PLAIN = "# c\ndb:\n  host: a\n  password: plain\n";
  const exposed = (line: number, path = "db.url"): ExpectedError => ({
    code: "ERR_PLAINTEXT_SECRET",
    message: `app.yaml:${line}: the value of ${path} stands here in plaintext`,
  });
  const cases: Readonly<
    Record<string, readonly [edited: (opened: string) => string, wanted: ExpectedError]>
  > = {
    "when it no longer parses": [
      (text) => `${text} : [\n`,
      { code: "ERR_FORMAT_SYNTAX", message: /^app\.yaml:[67]:\d+: the YAML cannot be read/ },
    ],
    "when it is no map": [
      () => "- a\n",
      { code: "ERR_FORMAT_SYNTAX", message: "app.yaml:1:1: a config must be a map of names to values" },
    ],
    "for a key that is not allowed": [
      (text) => `${text}__proto__: { a: 1 }\n`,
      { code: "ERR_FORMAT_SYNTAX", message: /^app\.yaml:6:1: .*a key that is not allowed/ },
    ],
    "for a key that stands twice": [
      (text) => `${text}db: {}\n`,
      { code: "ERR_FORMAT_SYNTAX", message: /^app\.yaml:6:1: .*a key that stands here twice/ },
    ],
    "for a value that is too large": [
      (text) => replaceOnce(text, "plain", "x".repeat(16_384)),
      {
        code: "ERR_FORMAT_SYNTAX",
        message:
          "app.yaml:4:13 (db.password): the value cannot be sealed: it has 16384 bytes, and at most 16383 fit",
      },
    ],
    "for a number that JSON does not have": [
      (text) => replaceOnce(text, "plain", ".inf"),
      { code: "ERR_FORMAT_SYNTAX", message: /^app\.yaml:4:13 \(db\.password\): .*not finite/ },
    ],
    "for text that looks like a token": [
      (text) => replaceOnce(text, "plain", "sealed:v1:envelope:x"),
      { code: "ERR_TOKEN_MALFORMED", message: /^app\.yaml:4:13 \(db\.password\): / },
    ],
    "for a secret below a key that is no string": [
      (text) => `${text}1:\n  password: x\n`,
      {
        code: "ERR_FORMAT_SYNTAX",
        message: "app.yaml:7:13 (1.password): a value below a key that is not a string cannot be sealed",
        hint: "put the key in quotes",
      },
    ],
    'for a secret below the key "-"': [
      (text) => `${text}"-":\n  password: x\n`,
      {
        code: "ERR_FORMAT_SYNTAX",
        message: /^app\.yaml:7:13 \(-\.password\): a sealed value cannot stand below the key "-"/,
      },
    ],
    "for a new secret that an alias repeats": [
      (text) => `${replaceOnce(text, "plain", "&p plain")}copy: *p\n`,
      {
        code: "ERR_FORMAT_SYNTAX",
        message: "app.yaml:4:16 (db.password): a value that an alias repeats cannot be sealed for one place",
        hint: "write it out in place of the alias, or seal it with --no-path and put the token here",
      },
    ],
    "for an alias of plaintext at a secret path": [
      (text) => `${replaceOnce(text, "host: a", "host: &h a")}mail:\n  password: *h\n`,
      {
        code: "ERR_PLAINTEXT_SECRET",
        message: "app.yaml:7:13 (mail.password): a secret stands here in plaintext",
      },
    ],
    "for a secret that was made a comment": [
      (text) => replaceOnce(text, "  url:", "  # url:"),
      {
        code: "ERR_PLAINTEXT_SECRET",
        message: "app.yaml:5: the value of db.url stands here in plaintext",
        hint:
          "take it out: no comment, no key and no part of another value is sealed; a line in which that text is no " +
          "secret can be written into the file itself",
      },
    ],
    "for a secret that was made a part of another value": [
      (text) => `${replaceOnce(text, `  url: ${CANARY}\n`, "")}home: https://me:${CANARY}@home\n`,
      exposed(5),
    ],
    "for a secret that stands in a new comment too": [(text) => `${text}# old: ${CANARY}\n`, exposed(6)],
    "for a secret that stands beside itself": [
      (text) => replaceOnce(text, `url: ${CANARY}`, `url: ${CANARY} # ${CANARY}`),
      exposed(5),
    ],
    "for a secret that is a part of another value too": [
      (text) => replaceOnce(text, "host: a", `host: postgres://me:${CANARY}@a/db`),
      exposed(3),
    ],
    "for a secret that is a key too": [(text) => `${text}${CANARY}: x\n`, exposed(6)],
    "for a secret in a block of text": [(text) => `${text}copy: |\n  a\n\n  ${CANARY}\n`, exposed(9)],
    "for a new secret that stands in a comment too": [
      (text) => replaceOnce(text, "plain", "newsecret22 # newsecret22"),
      exposed(4, "db.password"),
    ],
    "for a new secret that is another value too": [
      (text) => `${replaceOnce(text, "plain", "[newsecret22]")}user: newsecret22\n`,
      exposed(6, "db.password[0]"),
    ],
  };
  for (const [title, [edit, wanted]] of Object.entries(cases)) {
    test(title, async (t) => {
      const token = await sealOne("db.url", CANARY);
      const { opened, merge, root, name } = await open(t, "app.yaml", `${PLAIN}  url: ${token}\n`);
      const before = readFileSync(join(root, name));
      await assert.rejects(
        async () => await merge(edit(opened)),
        (error) => {
          anErrorWith(wanted)(error);
          assert.ok(!JSON.stringify([String(error), error]).includes(CANARY));
          return true;
        },
      );
      assert.deepEqual(readFileSync(join(root, name)), before);
    });
  }

  test("for a token that was moved to another place", async (t) => {
    const token = await sealOne("legacy.url", CANARY);
    const { merge } = await open(t, "app.yaml", "a: 1\n");
    await assert.rejects(
      merge(`a: 1\nb: ${token}\n`),
      anErrorWith({
        code: "ERR_PLACE_MISMATCH",
        message: /^app\.yaml:2:4 \(b\): the value was sealed for another place/,
      }),
    );
  });

  test("for lines of a sealed file that were made comments, in their line after a secret of many lines", async (t) => {
    const pem = `-----BEGIN PRIVATE KEY-----\n${"MIIE".repeat(8)}\n-----END PRIVATE KEY-----\n`;
    const sealed = await sealAll({ a: "1\n2\n3\n", b: pem });
    const { opened, merge } = await open(t, "app.yaml", `a: ${sealed.a}\nb: ${sealed.b}\n`);
    const edited = opened.replace(/^b:[^]*$/m, (text) => text.replace(/^/gm, "# "));
    await assert.rejects(
      merge(edited),
      anErrorWith({ code: "ERR_PLAINTEXT_SECRET", message: /^app\.yaml:7: / }),
    );
    assert.deepEqual(
      pathsOf(await merge(`${opened.replace(/^b:[^]*$/m, "")}# -----BEGIN PRIVATE KEY-----\n`)),
      [],
    );
  });

  test("for a secret in the quotes of another place", async (t) => {
    const sealed = await sealAll({ a: 'it\'s a "quoted" one', b: "x" });
    const { opened, merge } = await open(t, "app.yaml", `a: ${sealed.a}\nb: ${sealed.b}\n`);
    for (const line of [
      '# it\'s a "quoted" one',
      "c: 'so, it''s a \"quoted\" one'",
      'c: "so, it\'s a \\"quoted\\" one"',
    ]) {
      await assert.rejects(
        merge(`${opened}${line}\n`),
        anErrorWith({ code: "ERR_PLAINTEXT_SECRET", message: /^app\.yaml:3: the value of a / }),
        line,
      );
    }
  });

  test("for a short secret when it is sealed no more, and not for one that still is", async (t) => {
    const sealed = await sealAll({ "db.password": "abc1234", "db.pin": "12345" });
    const text = `db:\n  password: ${sealed["db.password"]}\n  pin: ${sealed["db.pin"]}\n`;
    const { opened, merge } = await open(t, "app.yaml", text);
    await assert.rejects(
      merge(opened.replace("  password", "  # password")),
      anErrorWith({ code: "ERR_PLAINTEXT_SECRET", message: /^app\.yaml:2: the value of db\.password / }),
    );
    assert.deepEqual(pathsOf(await merge(`${opened}# abc1234\n`)), []);
    assert.deepEqual(pathsOf(await merge(opened.replace("  pin", "  # pin"))), []);
  });
});

describe("a text that is sealed at one place and was plain at another", { concurrency: 2 }, () => {
  test("may stay in its line, and in that line when it is changed", async (t) => {
    const sealed = await sealOne("db.password", "production");
    const text = `# production\r\nmail:\r\n  env: production\r\ndb: { password: "${sealed}" }\r\n`;
    const { opened, merge } = await open(t, "app.yaml", text);
    for (const edit of [
      (from: string) => from.replaceAll("\r\n", "\n"),
      (from: string) => `${from}more: 1\r\n`,
      (from: string) => replaceOnce(from, "env: production", "env: production-2"),
      (from: string) => replaceOnce(from, "mail:\r\n ", "mail:\r\n    "),
      (from: string) => replaceOnce(from, "# production\r\n", ""),
    ]) {
      assert.equal((await merge(edit(opened))).text, edit(text));
    }
    await assert.rejects(
      merge(`${opened}log: production.log\r\n`),
      anErrorWith({
        code: "ERR_PLAINTEXT_SECRET",
        message: "app.yaml:5: the value of db.password stands here in plaintext",
      }),
    );
  });

  test("is no line of white space", async (t) => {
    const { opened, merge } = await open(
      t,
      "app.yaml",
      `a: ${await sealOne("a", "x {\n          \n        }\n")}\n`,
    );
    assert.deepEqual(pathsOf(await merge(`${opened}b:\n          c: 1\n`)), []);
  });
});
