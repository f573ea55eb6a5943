import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Environment } from "../../src/index.ts";
import { printed, refused, runCli } from "../support/cli.ts";
import { LOCAL_KEY, makeFolder, sealOne, startKms } from "../support/load-fixture.ts";
import { sealFile } from "./seal-file.ts";

const CANARY = "canary-24ce";
const ID = "93866e69-9755-11ef-8e65-52540089bc41";
const TENCENT_KEY = `tencent/ap-guangzhou/${ID}`;
const PAYLOAD = Buffer.alloc(72 + 5, 1).toString("base64url");
const ENVELOPE = `sealed:v1:envelope+json:abcd_-12:${TENCENT_KEY}=QUJD,local/dev=AAAA_-:${PAYLOAD}`;
const DIRECT = `sealed:v1:direct+nopath:abcdefgh:${TENCENT_KEY}=QUJDREVG`;
const RAW = `sealed:v1:raw:${TENCENT_KEY}=QUJD`;
const FILE = "sealed:v1:file+bytes:tls/key.der.sealed";
// Nobody's home, no key, and a service that cannot be reached.
const NOTHING: Environment = {
  HOME: undefined,
  SEALCONF_KEYS_DIR: undefined,
  SEALCONF_LOCAL_KEY_DEV: undefined,
  SEALCONF_TENCENT_ENDPOINT: "https://192.0.2.1",
};

function wholeJson(text: string): readonly Readonly<Record<string, unknown>>[] {
  assert.ok(text.endsWith("]\n"));
  return JSON.parse(text) as Readonly<Record<string, unknown>>[];
}

// Most of the time is that of processes which start: several tests run at once.
describe("inspect", { concurrency: 4 }, () => {
  test("inspect tells a token's kind, place, keys and sizes without a key", async () => {
    const wanted: readonly (readonly [string, string])[] = [
      [
        ENVELOPE,
        `envelope (json)\nplace     abcd_-12\nkey       ${TENCENT_KEY} (wrapped: 4 characters)\n` +
          `key       local/dev (wrapped: 6 characters)\nvalue     5 bytes\ntoken     ${ENVELOPE.length} characters\n`,
      ],
      [
        DIRECT,
        `direct\nplace     abcdefgh, bound to no path\nkey       ${TENCENT_KEY} (wrapped: 8 characters)\n` +
          `token     ${DIRECT.length} characters\n`,
      ],
      [RAW, `raw\nkey       ${TENCENT_KEY} (wrapped: 4 characters)\ntoken     ${RAW.length} characters\n`],
      [FILE, `file (bytes)\nrefers to tls/key.der.sealed\ntoken     ${FILE.length} characters\n`],
    ];
    await Promise.all(
      wanted.map(async ([token, text]) => {
        assert.equal(await printed(["inspect", token], { environment: NOTHING }), text);
      }),
    );
  });

  test("inspect --json tells the same as data", async () => {
    const found = wholeJson(await printed(["inspect", ENVELOPE, "--json"], { environment: NOTHING }));
    assert.deepEqual(found, [
      {
        kind: "envelope",
        as: "json",
        place: "abcd_-12",
        bindsPath: true,
        recipients: [
          { key: TENCENT_KEY, wrappedCharacters: 4 },
          { key: "local/dev", wrappedCharacters: 6 },
        ],
        valueBytes: 5,
        characters: ENVELOPE.length,
      },
    ]);
  });

  test("inspect lists a file's sealed values with their places, whatever the format", async (t) => {
    const cwd = makeFolder(t, {
      "app.yaml": `db:\n  host: x\n  password: ${DIRECT}\nlist:\n  - "${RAW}"\n`,
      "list.yaml": `- ${RAW}\n`,
      "app.json": `{ "a": "${FILE}" }`,
      ".env.production": `A=1\nB='${DIRECT}'\n`,
      "plain.yaml": "a: 1\n",
    });
    const files = ["app.yaml", "list.yaml", "app.json", ".env.production", "plain.yaml"];
    const outputs = await Promise.all(
      files.map((file) => printed(["inspect", file, "--json"], { cwd, environment: NOTHING })),
    );
    const places = outputs.map((output) =>
      wholeJson(output).map(({ file, line, column, path, kind }) => [file, line, column, path, kind]),
    );
    assert.deepEqual(places, [
      [
        ["app.yaml", 3, 13, "db.password", "direct"],
        ["app.yaml", 5, 5, "list[0]", "raw"],
      ],
      [["list.yaml", 1, 3, "[0]", "raw"]],
      [["app.json", 1, 8, "a", "file"]],
      [[".env.production", 2, 3, "B", "direct"]],
      [],
    ]);
    assert.equal(
      await printed(["inspect", "app.json"], { cwd, environment: NOTHING }),
      `app.json:1:8 (a)\n  file (bytes)\n  refers to tls/key.der.sealed\n  token     ${FILE.length} characters\n`,
    );
  });

  test("inspect takes a token or a sealed file from standard input", async (t) => {
    const blob = await sealFile("tls.key", "x".repeat(1_200_000));
    const cwd = makeFolder(t, { "tls.key.sealed": blob });
    const options = { cwd, environment: NOTHING };
    const [token, crlf, piped, file, json] = await Promise.all([
      printed(["inspect", "-"], { ...options, stdin: `${RAW}\n` }),
      printed(["inspect", "-"], { ...options, stdin: `${RAW}\r\n` }),
      printed(["inspect", "-"], { ...options, stdin: blob }),
      printed(["inspect", "tls.key.sealed"], options),
      printed(["inspect", "-", "--json"], { ...options, stdin: blob }),
    ]);
    assert.match(token, /^raw\n/);
    assert.equal(crlf, token);
    assert.match(
      piped,
      /^blob\nmade for {2}tls\.key\nkey {7}local\/dev \(wrapped: \d+ characters\)\nvalue {5}1200000 bytes\n$/,
    );
    assert.equal(file, `tls.key.sealed\n${piped.replace(/^(?=.)/gm, "  ")}`);
    const [found] = wholeJson(json);
    assert.deepEqual(
      [found?.["kind"], found?.["name"], found?.["valueBytes"]],
      ["blob", "tls.key", 1_200_000],
    );
  });

  test("inspect contacts no key service, though it could", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const token = await sealOne("a", "x", { keys: [key], environment });
    emulator.calls.reset();
    await printed(["inspect", token], { environment });
    assert.equal(emulator.calls.total, 0);
  });

  test("a malformed token is told by what is wrong with it, never by its text", async () => {
    const tokens: readonly (readonly [string, string])[] = [
      [`sealed:${CANARY}`, "the sealed value's version is not v1"],
      [`SEALED:v1:${CANARY}`, 'the sealed value does not begin with "sealed:"'],
      [` sealed:v1:raw:${CANARY}`, "white space stands before or behind the sealed value"],
      [`${CANARY} ${RAW}`, 'the sealed value does not begin with "sealed:"'],
      [`sealed:v1:${CANARY}:x`, "the sealed value's kind is unknown"],
      [`sealed:v1:raw+${CANARY}:x`, "the sealed value's suffix is unknown"],
      [`sealed:v1:envelope:${CANARY}`, "the sealed value's fields are not as many as its kind has"],
      [`sealed:v1:raw:gcp/${CANARY}=x`, "the sealed value's recipient names an unknown provider"],
      [
        `sealed:v1:file:../${CANARY}.sealed`,
        "the sealed value's file path is not a plain relative path that ends in .sealed",
      ],
      [`sealed:v1:direct:${CANARY}:local/dev=x`, "the sealed value's place is not 8 characters of base64url"],
    ];
    await Promise.all(
      tokens.map(async ([token, problem]) => {
        const { code, stdout, stderr } = await runCli(["inspect", token], { environment: NOTHING });
        assert.deepEqual(
          { code, stdout, stderr },
          {
            code: 4,
            stdout: `${problem}\ntoken     ${token.length} characters\n`,
            stderr: "sealconf: not everything that looks sealed is a token\n",
          },
        );
      }),
    );
  });

  test("a file's malformed tokens are listed among the others", async (t) => {
    const cwd = makeFolder(t, { "app.yaml": `a: sealed:v1:${CANARY}\nb: ${RAW}\n` });
    const { code, stdout, stderr } = await runCli(["inspect", "app.yaml", "--json"], { cwd });
    assert.equal(code, 4);
    assert.deepEqual(
      wholeJson(stdout).map(({ path, kind, problem }) => [path, kind, problem]),
      [
        ["a", undefined, "the sealed value's kind is unknown"],
        ["b", "raw", undefined],
      ],
    );
    assert.ok(!`${stdout}${stderr}`.includes(CANARY));
  });

  test("what is neither a token nor a file that can be read is refused, each by its exit code", async (t) => {
    const blob = Buffer.from(await sealFile("tls.key", CANARY)).toString("latin1");
    const cwd = makeFolder(t, {
      "bad.json": `{ "a": ${CANARY} }`,
      "notes.txt": CANARY,
      "renamed.key.sealed": Buffer.from(blob, "latin1"),
      "crlf.sealed": Buffer.from(blob.replaceAll("\n", "\r\n"), "latin1"),
      "cut.sealed": Buffer.from(blob.slice(0, 40), "latin1"),
      "folder/x": "",
    });
    const runs: readonly (readonly [number, string, RegExp, string?])[] = [
      [
        2,
        "-",
        /: standard input is neither a token nor a sealed file\n {2}name a config file/,
        `a: ${CANARY}`,
      ],
      [2, "-", /: standard input is neither a token nor a sealed file\n/, ""],
      [3, "missing.yaml", /: missing\.yaml: the file is not there\n$/],
      [3, "folder", /: folder: this is not a regular file\n$/],
      [3, "notes.txt", /: notes\.txt: the file's format is not known from its name\n/],
      [3, "bad.json", /: bad\.json:1:8: /],
      [4, "renamed.key.sealed", /: renamed\.key\.sealed: the sealed file was made for another name\n/],
      [4, "crlf.sealed", /: crlf\.sealed: the sealed file's line endings were converted\n.*\.gitattributes/],
      [4, "cut.sealed", /: cut\.sealed: the sealed file does not begin as one\n/],
    ];
    await Promise.all(
      runs.map(async ([code, what, wanted, stdin]) => {
        const message = await refused(code, ["inspect", what], { cwd, environment: NOTHING, stdin });
        assert.match(message, wanted);
        assert.ok(!message.includes(CANARY), message);
      }),
    );
  });

  test("inspect opens nothing", async () => {
    const token = await sealOne("a", CANARY);
    const outputs = await Promise.all([printed(["inspect", token]), printed(["inspect", token, "--json"])]);
    assert.ok(!outputs.join().includes(CANARY) && outputs.every((output) => output.includes(LOCAL_KEY)));
  });
});
