import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { JsonValue } from "../../src/index.ts";
import { type CliOptions, printed, refused, runCli } from "../support/cli.ts";
import {
  CONTEXT,
  LOCAL_KEY,
  makeFolder,
  POLICY_TEXT,
  sealAll,
  sealOne,
  startKms,
} from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";
import { sealFile } from "./seal-file.ts";

const CANARY = "canary-93b0-hunter2";
const IN_PRODUCTION = ["--key", LOCAL_KEY, "--app", CONTEXT.app, "--env", CONTEXT.env];

/** Opens a token that stands at `a`. */
async function open(stdin: string, options: CliOptions = {}): Promise<string> {
  return await printed(["decrypt-value", ...IN_PRODUCTION, "--path", "a"], { stdin, ...options });
}

// Most of the time is that of processes which start: several tests run at once.
describe("decrypt-value", { concurrency: 4 }, () => {
  test("a token from standard input opens to exactly its value", async () => {
    const values: readonly (readonly [JsonValue, string])[] = [
      [CANARY, CANARY],
      ["", ""],
      ["a\nb\n", "a\nb\n"],
      ["sealed:v1:no token", "sealed:v1:no token"],
      ["$(id) ${HOME} \u0000🔑", "$(id) ${HOME} \u0000🔑"],
      [{ b: [1, null], a: "x\n" }, '{"b":[1,null],"a":"x\\n"}'],
      [42, "42"],
    ];
    await Promise.all(
      values.map(async ([value, wanted]) => {
        const token = await sealOne("a", value);
        assert.equal(await open(token), wanted);
      }),
    );
    const token = await sealOne("a", CANARY);
    assert.deepEqual(await Promise.all([open(`${token}\n`), open(`${token}\r\n`)]), [CANARY, CANARY]);
    const unbound = await sealOne(null, CANARY);
    assert.equal(await printed(["decrypt-value", ...IN_PRODUCTION, "--no-path"], { stdin: unbound }), CANARY);
  });

  test("a newline follows the value on a terminal alone", async (t) => {
    const cwd = makeFolder(t, { "token.txt": await sealOne("a", CANARY) });
    const command = `$SEALCONF decrypt-value ${IN_PRODUCTION.join(" ")} --path a < token.txt`;
    const [shown, captured] = await Promise.all([
      runOnTerminal(`${command}; echo end`, { cwd }),
      runOnTerminal(`${command} > value.txt; cat value.txt; echo end`, { cwd }),
    ]);
    assert.equal(shown, `${CANARY}\nend\n`);
    assert.equal(captured, `${CANARY}end\n`);
  });

  test("without --key the keys of the nearest policy may open a token", async (t) => {
    const others = Array.from({ length: 9 }, (_, index) => `local/other-${index}`);
    const cwd = makeFolder(t, {
      ".sealconf.yaml": `rules:\n  - files: [a]\n    accept: [${others.join(", ")}]\n  - files: [b]\n    keys: [${LOCAL_KEY}]\n`,
      "below/it.yaml": "",
    });
    const place = IN_PRODUCTION.slice(2);
    const args = ["decrypt-value", ...place, "--path", "a"];
    const { code, stdout, stderr } = await runCli(args, {
      cwd: `${cwd}/below`,
      stdin: await sealOne("a", CANARY),
    });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: CANARY, stderr: "" });
  });

  test("a token that may not open, does not open, or has no key is refused, each by its exit code", async (t) => {
    const folder = makeFolder(t);
    const token = await sealOne("a", CANARY);
    const changed = token.slice(0, -2) + (token.endsWith("A") ? "BA" : "AA");
    const at = ["--path", "a"];
    const runs: readonly (readonly [number, string, readonly string[], RegExp, CliOptions?])[] = [
      [
        2,
        token,
        at,
        /: no key is named that may open the token, here or in a policy\n {2}add --key local\/dev/,
      ],
      [2, token, ["--key", LOCAL_KEY], /: no path is named\n/],
      [
        4,
        token,
        [...IN_PRODUCTION, "--path", "b"],
        /sealed for another place than app billing-api, env production, path \/b/,
      ],
      [
        4,
        token,
        ["--key", LOCAL_KEY, ...at],
        /sealed for another place than app \(none\), env \(none\), path \/a/,
      ],
      [4, token, [...IN_PRODUCTION, "--no-path"], /sealed for another place/],
      [
        4,
        token,
        [...IN_PRODUCTION, ...at, "--key", "local/other"].toSpliced(0, 2),
        /is sealed to local\/dev, which is not allowed/,
      ],
      [4, token.slice(0, -20).replace("v1", "v2"), [...IN_PRODUCTION, ...at], /version is not v1/],
      [4, `${token} `, [...IN_PRODUCTION, ...at], /white space stands before or behind the sealed value/],
      [4, "hunter2", [...IN_PRODUCTION, ...at], /does not begin with "sealed:"/],
      [4, "", [...IN_PRODUCTION, ...at], /does not begin with "sealed:"/],
      [
        5,
        changed,
        [...IN_PRODUCTION, ...at],
        /the sealed value does not open here\n {2}it was changed, moved/,
      ],
      [
        6,
        token,
        [...IN_PRODUCTION, ...at],
        /neither in .*dev\.key nor in SEALCONF_LOCAL_KEY_DEV/,
        { environment: { SEALCONF_LOCAL_KEY_DEV: undefined } },
      ],
    ];
    await Promise.all(
      runs.map(async ([code, stdin, args, wanted, options]) => {
        const message = await refused(code, ["decrypt-value", ...args], { stdin, cwd: folder, ...options });
        assert.match(message, wanted);
        assert.ok(!message.includes(token.slice(30, 60)) && !message.includes("hunter2"), message);
      }),
    );
  });

  test("a token among the arguments is refused and not repeated", async () => {
    const token = await sealOne("a", CANARY);
    const message = await refused(2, ["decrypt-value", token, ...IN_PRODUCTION, "--path", "a"]);
    assert.match(message, /^sealconf: a token is no file\n {2}pipe it in: /);
    assert.ok(!message.includes(token.slice(0, 20)));
  });

  test("a value of a file opens by the file's policy, wherever the command is run", async (t) => {
    const values = { "db.password": CANARY, "servers[1].token": "t", limits: { max: 3 } };
    const sealed = await sealAll(values);
    const folder = makeFolder(t, {
      "repo/.git/HEAD": "",
      "repo/.sealconf.yaml": POLICY_TEXT,
      "repo/config/app.yaml": [
        `db: { password: "${sealed["db.password"]}" }`,
        `servers: [{ token: x }, { token: "${sealed["servers[1].token"]}" }]`,
        `limits: ${sealed.limits}`,
      ].join("\n"),
    });
    const runs: readonly (readonly [string, string, string, string])[] = [
      ["repo", "config/app.yaml", "db.password", CANARY],
      ["repo/config", "app.yaml", "/db/password", CANARY],
      [".", "repo/config/app.yaml", "servers[1].token", "t"],
      ["repo/.git", "../config/app.yaml", "/servers/1/token", "t"],
      [".", join(folder, "repo/config/app.yaml"), "limits", '{"max":3}'],
    ];
    const outputs = runs.map(([cwd, file, path]) => {
      return printed(["decrypt-value", file, "--path", path], { cwd: join(folder, cwd) });
    });
    assert.deepEqual(
      await Promise.all(outputs),
      runs.map(([, , , wanted]) => wanted),
    );
  });

  test("the nearest policy decides, and none above the folder that holds .git", async (t) => {
    const token = await sealOne("a", CANARY);
    const other = POLICY_TEXT.replace(LOCAL_KEY, "local/other");
    const folder = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "repo/.git": "gitdir: elsewhere\n",
      "repo/app.yaml": `a: ${token}\n`,
      "mono/.sealconf.yaml": other,
      "mono/.git/HEAD": "",
      "mono/billing/.sealconf.yaml": POLICY_TEXT,
      "mono/billing/config/app.yaml": `a: ${token}\n`,
      "mono/other/app.yaml": `a: ${token}\n`,
    });
    const at = ["--path", "a"];
    const none = { cwd: join(folder, "repo") };
    const [above, keyed, nearest, outer] = await Promise.all([
      refused(3, ["decrypt-value", "app.yaml", ...at], none),
      printed(["decrypt-value", "app.yaml", ...at, ...IN_PRODUCTION], none),
      printed(["decrypt-value", "mono/billing/config/app.yaml", ...at], { cwd: folder }),
      refused(4, ["decrypt-value", "mono/other/app.yaml", ...at], { cwd: folder }),
    ]);
    assert.match(above, /app\.yaml: the file holds sealed values, and there is no \.sealconf\.yaml in /);
    assert.equal(keyed, CANARY);
    assert.equal(nearest, CANARY);
    assert.match(
      outer,
      / {2}mono\/other\/app\.yaml:1:4 \(a\): the value is sealed to local\/dev, which is not allowed/,
    );
  });

  test("a whole YAML file keeps every byte but its sealed values", async (t) => {
    const sealed = await sealAll({
      "db.password": 'a"b: #c\\',
      tls: "line 1\nline 2\n",
      list: [1, { x: null }],
      q: CANARY,
      "o.ports[0]": 80,
    });
    const shared = await sealOne(null, "shared");
    const lines = (values: Readonly<Record<keyof typeof sealed | "shared", string>>): string =>
      [
        "\ufeff# keep: me   ",
        "db:    &db",
        '    host: "x"\t# tab',
        `    password:   ${values["db.password"]}   # rotated`,
        `tls: ${values.tls}`,
        `list: ${values.list}`,
        `q: '${values.q}'`,
        `once: &once ${values.shared}`,
        "again: *once",
        "copy: { <<: *db, password: null }",
        `o: {ports: [ ${values["o.ports[0]"]} ,  443 ] }`,
        "",
      ].join("\n");
    const folder = makeFolder(t, { ".sealconf.yaml": POLICY_TEXT, "app.yaml": lines({ ...sealed, shared }) });
    const wanted = lines({
      "db.password": '"a\\"b: #c\\\\"',
      tls: "|\n    line 1\n    line 2",
      list: '[1,{"x":null}]',
      q: CANARY,
      shared: "shared",
      "o.ports[0]": "80",
    });
    assert.equal(await printed(["decrypt-value", "app.yaml"], { cwd: folder }), wanted);
  });

  test("a whole JSON, dotenv or CRLF file keeps every byte but its sealed values", async (t) => {
    const sealed = await sealAll({
      a: CANARY,
      n: { x: [1] },
      PEM: "-----BEGIN\nabc\n-----END\n",
      URL: 'x"y $z',
      SHORT: "s",
    });
    const json = (a: string, n: string): string => `{\r\n\t"a" : ${a},"n":\n${n} ,\n  "b": [ 1,2 ]}`;
    const dotenv = (pem: string, url: string, short: string): string =>
      `# a comment\r\nexport PEM=${pem}\r\n\r\n  URL = ${url} # why\r\nSHORT=${short}\r\nPLAIN="kept # here"`;
    const crlf = (a: string): string => `# c\r\nb: 1\r\na: ${a}  # x\r\n`;
    const folder = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "app.json": json(`"${sealed.a}"`, `"${sealed.n}"`),
      ".env": dotenv(sealed.PEM, sealed.URL, sealed.SHORT),
      "crlf.yaml": crlf(sealed.a),
    });
    const [fromJson, fromDotenv, fromCrlf] = await Promise.all(
      ["app.json", ".env", "crlf.yaml"].map((file) => printed(["decrypt-value", file], { cwd: folder })),
    );
    assert.equal(fromJson, json(JSON.stringify(CANARY), '{"x":[1]}'));
    assert.equal(fromCrlf, crlf(CANARY));
    assert.equal(fromDotenv, dotenv("'-----BEGIN\r\nabc\r\n-----END\r\n'", `'x"y $z'`, "s"));
  });

  test("a file without sealed values is printed as it is, and needs no policy and no key", async (t) => {
    const text = "# plain\r\na:   1\n\n";
    const cwd = makeFolder(t, { "app.yaml": text });
    const environment = { SEALCONF_LOCAL_KEY_DEV: undefined };
    assert.equal(await printed(["decrypt-value", "app.yaml"], { cwd, environment }), text);
  });

  test("one value of a file is opened without the keys of the others, in one call", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const context = { app: "billing-api", env: "production" };
    const mine = await sealAll({ a: CANARY, b: "2" }, { keys: [key], environment, context });
    const theirs = await sealOne("c", "3");
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT.replace(LOCAL_KEY, key),
      "app.yaml": `a: ${mine.a}\nb: ${mine.b}\nc: ${theirs}\n`,
    });
    emulator.calls.reset();
    assert.equal(await printed(["decrypt-value", "app.yaml", "--path", "a"], { cwd, environment }), CANARY);
    assert.deepEqual(
      emulator.calls.list.map(({ action }) => action),
      ["Decrypt"],
    );
    const message = await refused(4, ["decrypt-value", "app.yaml"], { cwd, environment });
    assert.match(message, /1 problem\n {2}app\.yaml:3:4 \(c\): the value is sealed to local\/dev/);
  });

  test("a sealed file that a value refers to is opened with it; bytes have no place in a text", async (t) => {
    const certificate = Buffer.from([0xff, 0x00, 0xfe, 0x0a]);
    const reference = "sealed:v1:file+bytes:tls.der.sealed";
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "config/app.yaml": `der: ${reference}\nname: sealed:v1:file:name.txt.sealed\n`,
      "config/tls.der.sealed": await sealFile("tls.der", certificate),
      "config/name.txt.sealed": await sealFile("name.txt", CANARY),
    });
    const [bytes, text, whole] = await Promise.all([
      runCli(["decrypt-value", "config/app.yaml", "--path", "der"], { cwd, encoding: "latin1" }),
      printed(["decrypt-value", "config/app.yaml", "--path", "name"], { cwd }),
      printed(["decrypt-value", "config/app.yaml"], { cwd }),
    ]);
    assert.deepEqual(Buffer.from(bytes.stdout, "latin1"), certificate);
    assert.equal(text, CANARY);
    assert.equal(whole, `der: ${reference}\nname: ${CANARY}\n`);
  });

  test("plaintext at a secret's place does not keep a developer from the rest of the file", async (t) => {
    const cwd = makeFolder(t, {
      ".sealconf.yaml": `${POLICY_TEXT}secrets: ["**.password"]\n`,
      "app.yaml": `password: not sealed yet\na: ${await sealOne("a", CANARY)}\n`,
    });
    assert.equal(
      await printed(["decrypt-value", "app.yaml"], { cwd }),
      `password: not sealed yet\na: ${CANARY}\n`,
    );
  });

  test("a file that cannot be opened says where and why, each by its exit code", async (t) => {
    const token = await sealOne("a", CANARY);
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "app.yaml": `a: ${token}\nplain: ${CANARY}\nmap: { x: 1 }\n`,
      "moved.yaml": `b: ${token}\n`,
      "changed.yaml": `a: ${token.slice(0, -2)}${token.endsWith("A") ? "BA" : "AA"}\n`,
      "bad.yaml": `a: "${CANARY}\nb: 1\n`,
      "list.yaml": `- ${token}\n`,
      "app.txt": "",
      "broken/.sealconf.yaml": "app: [\n",
      "broken/app.yaml": `a: ${token}\n`,
    });
    const runs: readonly (readonly [number, readonly string[], RegExp, CliOptions?])[] = [
      [2, ["app.yaml", "--no-path"], /: --no-path does not go with a file\n/],
      [2, ["app.yaml", "--path", "plain"], /: app\.yaml \(plain\): the value there is not sealed\n$/],
      [2, ["app.yaml", "--path", "nope"], /: app\.yaml \(nope\): there is no value\n$/],
      [2, ["app.yaml", "--path", "map"], /: app\.yaml \(map\): there is no value\n$/],
      [2, ["app.yaml", "--path", "a..b"], /: the path "a\.\.b" cannot be read\n/],
      [2, ["app.yaml", "other.yaml"], /too many arguments/],
      [3, ["missing.yaml"], / missing\.yaml: the file is not there\n/],
      [3, ["bad.yaml"], / {2}bad\.yaml:3:1: the YAML cannot be read/],
      [3, ["list.yaml"], /list\.yaml:1:1: a config must be a map of names to values\n$/],
      [3, ["app.txt"], / {2}app\.txt: the file's format is not known from its name\n/],
      [3, ["broken/app.yaml"], / {2}\.sealconf\.yaml:2:1: the YAML cannot be read/],
      [
        4,
        ["moved.yaml"],
        / {2}moved\.yaml:1:4 \(b\): the value was sealed for another place than .* path \/b\n/,
      ],
      [5, ["changed.yaml"], / {2}changed\.yaml:1:4 \(a\): the sealed value does not open here\n/],
      [
        6,
        ["app.yaml"],
        / {2}app\.yaml:1:4 \(a\): the local key local\/dev is neither /,
        { environment: { SEALCONF_LOCAL_KEY_DEV: undefined } },
      ],
    ];
    await Promise.all(
      runs.map(async ([code, args, wanted, options]) => {
        const message = await refused(code, ["decrypt-value", ...args], { cwd, ...options });
        assert.match(message, wanted);
        assert.ok(!message.includes("canary") && !message.includes(token.slice(30, 60)), message);
      }),
    );
  });

  test("a file whose last value is an empty text can be read from a pipe as it is", async (t) => {
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY_TEXT,
      "app.yaml": `a: ${await sealOne("a", "")}`,
    });
    const { code, stdout } = await runCli(["decrypt-value", "app.yaml", "--path", "a"], { cwd });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
    assert.equal(await printed(["decrypt-value", "app.yaml"], { cwd }), 'a: ""');
  });
});
