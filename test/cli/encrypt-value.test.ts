import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type JsonValue, openValue, type OpenOptions } from "../../src/index.ts";
import { type CliOptions, printed, refused, runCli, startEmulatorProcess } from "../support/cli.ts";
import { ENVIRONMENT, LOCAL_KEY, makeFolder, startKms } from "../support/load-fixture.ts";

const CANARY = "canary-7d1f-hunter2";
const TO_LOCAL = ["--key", LOCAL_KEY, "--path", "db.password"];
const PEM = `-----BEGIN PRIVATE KEY-----\n${"x".repeat(64)}\n-----END PRIVATE KEY-----\n`;

async function open(token: string, options: Partial<OpenOptions> = {}): Promise<JsonValue> {
  assert.match(token, /^sealed:v1:\S+\n$/);
  const place = { keys: [LOCAL_KEY], path: "db.password", environment: ENVIRONMENT };
  return await openValue(token.trimEnd(), { ...place, ...options });
}

/** Seals for `db.password` under the local key. */
async function seal(stdin: string, ...args: readonly string[]): Promise<string> {
  return await printed(["encrypt-value", ...TO_LOCAL, ...args], { stdin });
}

// Most of the time is that of processes which start: several tests run at once.
describe("encrypt-value", { concurrency: 4 }, () => {
  test("encrypt-value prints one token, which opens at its place alone, under both of its names", async () => {
    const args = [...TO_LOCAL, "--app", "billing-api", "--env", "production"];
    const context = { app: "billing-api", env: "production" };
    const tokens = await Promise.all([
      printed(["encrypt-value", ...args], { stdin: CANARY }),
      printed(args, { stdin: CANARY, program: "encrypt-value" }),
    ]);
    for (const token of tokens) {
      assert.match(token, /^sealed:v1:envelope:[\w-]{8}:local\/dev=/);
      assert.equal(await open(token, { context }), CANARY);
      await assert.rejects(open(token), { code: "ERR_PLACE_MISMATCH" });
      await assert.rejects(open(token, { context, path: "db.other" }), { code: "ERR_PLACE_MISMATCH" });
    }
  });

  test("one final line break is dropped when it is the only one, and nothing else", async () => {
    const kept = ["\nx", "a\nb", "a\r\nb\r\n", "x\n\n", PEM, "\ufeff 日本語🔑\0 "];
    const dropped = [`${CANARY}\n`, `${CANARY}\r\n`];
    const wanted = [
      ...kept.map((text) => [text, text] as const),
      ...dropped.map((text) => [text, text.trimEnd()] as const),
    ];
    const opened = await Promise.all(
      wanted.map(async ([text]) => [text, await open(await seal(text))] as const),
    );
    assert.deepEqual(opened, wanted);
  });

  test("nothing at all is no value: an empty text is given as JSON", async () => {
    const messages = ["", "\n"].map((stdin) => refused(2, ["encrypt-value", ...TO_LOCAL], { stdin }));
    for (const message of await Promise.all(messages)) {
      assert.equal(
        message,
        "sealconf: the value is empty\n  an empty text is sealed with --as json, given as two quotes\n",
      );
    }
    assert.equal(await open(await seal('""', "--as", "json")), "");
  });

  test("input that is not UTF-8 or too large is refused without a word of it", async () => {
    const inputs: readonly (readonly [string | Uint8Array, RegExp])[] = [
      [Buffer.from([...Buffer.from(CANARY), 0xff]), /: standard input is not UTF-8 text\n$/],
      [Buffer.from([...Buffer.from(CANARY), 0xed, 0xa0, 0x80]), /: standard input is not UTF-8 text\n$/],
      [`${CANARY}${"x".repeat(1024 * 1024)}`, /: standard input is larger than 1 MiB\n$/],
      [
        `${CANARY}${"x".repeat(16_384)}`,
        /it has 16403 bytes, and at most 16383 fit\n {2}seal it as a file of its own\n$/,
      ],
    ];
    await Promise.all(
      inputs.map(async ([stdin, wanted]) => {
        const message = await refused(2, ["encrypt-value", ...TO_LOCAL], { stdin });
        assert.match(message, wanted);
        assert.ok(!message.includes("canary"));
      }),
    );
    assert.equal(await open(await seal("x".repeat(16_383))), "x".repeat(16_383));
  });

  test("--as json seals any JSON value as what it is", async () => {
    const texts = ["-1.5e3", "null", '"text"', ' {"b": [1, true], "a": {}}\n'];
    const opened = await Promise.all(texts.map(async (text) => open(await seal(text, "--as", "json"))));
    assert.deepEqual(
      opened,
      texts.map((text) => JSON.parse(text) as JsonValue),
    );
    assert.match(await seal("1", "--as", "json"), /^sealed:v1:envelope\+json:/);
  });

  test("what is not JSON is refused with its place and without its text", async () => {
    const texts: readonly (readonly [string, RegExp])[] = [
      [`{"a": ${CANARY}}`, /: the value is not JSON: expected a value at character 7\n$/],
      [CANARY, /: the value is not JSON: expected a value at character 1\n$/],
      [`{"${CANARY}": 1, "${CANARY}": 2}`, /: the value is not JSON: .* at character 28\n$/],
      [`{"a": "${CANARY}`, /: the value is not JSON: .* at character 7\n$/],
      [`"${CANARY}" // ${CANARY}`, /: the value is not JSON: .* at character 23\n$/],
      ["9007199254740993", /: the value is not JSON: an integer beyond 2\^53 - 1 at character 1\n$/],
      [`{"__proto__": "${CANARY}"}`, /: the value is not JSON: .* at character 2\n$/],
    ];
    await Promise.all(
      texts.map(async ([stdin, wanted]) => {
        const message = await refused(2, ["encrypt-value", ...TO_LOCAL, "--as", "json"], { stdin });
        assert.match(message, wanted);
        assert.ok(!message.includes("canary"), message);
      }),
    );
  });

  test("a value among the arguments is refused and not repeated", async () => {
    const lists = [
      [CANARY, ...TO_LOCAL],
      [...TO_LOCAL, CANARY],
      [...TO_LOCAL, "--", `--${CANARY}`],
      [...TO_LOCAL, `--value=${CANARY}`],
      [...TO_LOCAL, "--value", CANARY],
      [...TO_LOCAL, `-v${CANARY}`],
      [...TO_LOCAL, `--${CANARY}`],
      [...TO_LOCAL, `--Canary's-${CANARY}`],
      [...TO_LOCAL, "--as", CANARY],
    ];
    const runs = lists.map((args, index): [readonly string[], CliOptions] => {
      return index % 2 === 0 ? [["encrypt-value", ...args], {}] : [args, { program: "encrypt-value" }];
    });
    await Promise.all(
      runs.map(async ([args, options]) => {
        const message = await refused(2, args, options);
        assert.doesNotMatch(message, /canary|hunter2/i, message);
      }),
    );
    assert.equal(
      await refused(2, [...TO_LOCAL, CANARY], { program: "encrypt-value" }),
      "sealconf: an argument is no file, and a value is never taken from the arguments, which others can read\n" +
        '  pipe it in: printf %s "$PASSWORD" | encrypt-value FILE --path P; a file that is new is made first\n',
    );
  });

  test("a key and a path, or --no-path, must be named", async () => {
    const lists: readonly (readonly [readonly string[], RegExp])[] = [
      [["--path", "a"], /: no key is named\n {2}name the file that the value is for, .* or add --key /],
      [["--key", LOCAL_KEY], /: no path is named\n {2}add --path .*, or --no-path/],
      [["--key", LOCAL_KEY, "--path", "a..b"], /: the path "a\.\.b" cannot be read\n/],
      [["--key", LOCAL_KEY, "--path", "a.-"], /: a sealed value cannot stand below the key "-"\n/],
      [[...TO_LOCAL, "--as", "yaml"], /: --as takes json\n$/],
      [[...TO_LOCAL, "--app", "a b"], /app/],
      [[...TO_LOCAL, "--env", ""], /env/],
      [["--key", "local/DEV", "--path", "a"], /key/],
      [[...TO_LOCAL, "--key", LOCAL_KEY], /key/],
    ];
    await Promise.all(
      lists.map(async ([args, wanted]) => {
        assert.match(await refused(2, ["encrypt-value", ...args], { stdin: "x" }), wanted);
      }),
    );
  });

  test("a key that is not there, and a service that refuses, have their own exit codes", async (t) => {
    const { key, environment } = await startKms(t, {
      credentials: [{ secretId: "AKIDx", secretKey: "y", allow: ["kms:Decrypt"] }],
    });
    const at = ["--path", "a"];
    const [unknown, absent, denied] = await Promise.all([
      refused(4, ["encrypt-value", "--key", "gcp/x", ...at], { stdin: CANARY }),
      refused(6, ["encrypt-value", "--key", "local/other", ...at], { stdin: CANARY }),
      refused(6, ["encrypt-value", "--key", key, ...at], { stdin: CANARY, environment }),
    ]);
    assert.match(unknown, /unknown provider/);
    assert.match(
      absent,
      /neither in .*other\.key nor in SEALCONF_LOCAL_KEY_OTHER\n.*sealconf keygen other\n$/,
    );
    assert.match(denied, /tencent/);
    assert.ok(![unknown, absent, denied].join().includes(CANARY));
  });

  test("--no-path binds the value to no path", async () => {
    const token = await printed(["encrypt-value", "--key", LOCAL_KEY, "--no-path"], { stdin: CANARY });
    assert.match(token, /^sealed:v1:envelope\+nopath:/);
    assert.equal(await open(token, { path: "anywhere" }), CANARY);
  });

  test("a path names a list's element, a key with a dot, or is a pointer", async () => {
    const paths = ["servers[0].token", "servers[].token", "/servers/-/token", "a\\.b", "/a~1b"];
    await Promise.all(
      paths.map(async (path) => {
        const token = await printed(["encrypt-value", "-k", LOCAL_KEY, "-p", path], { stdin: CANARY });
        assert.equal(await open(token, { path }), CANARY);
      }),
    );
  });

  test("several keys each open the value", async (t) => {
    const { keys, environment } = await startKms(t, { keysPerRegion: 2 });
    const recipients = keys.flatMap((key) => ["--key", key]);
    const token = await printed(["encrypt-value", ...recipients, "--path", "a"], {
      stdin: CANARY,
      environment,
    });
    const opened = keys.map(async (key) => await open(token, { keys: [key], path: "a", environment }));
    assert.deepEqual(await Promise.all(opened), [CANARY, CANARY]);
  });

  test("--direct has the key service encrypt the value itself, in one call, for one key", async (t) => {
    const { emulator, keys, environment } = await startKms(t, { keysPerRegion: 2 });
    const [one = "", two = ""] = keys;
    const at = ["--path", "a", "--direct"];
    const token = await printed(["encrypt-value", "--key", one, ...at], { stdin: CANARY, environment });
    assert.match(token, /^sealed:v1:direct:/);
    assert.deepEqual(
      emulator.calls.list.map(({ action }) => action),
      ["Encrypt"],
    );
    assert.equal(await open(token, { keys: [one], path: "a", environment }), CANARY);
    emulator.calls.reset();
    const both = ["encrypt-value", "--key", one, "--key", two, ...at];
    assert.match(
      await refused(2, both, { stdin: CANARY, environment }),
      /: a direct value is sealed to one key\n {2}take one key, or leave direct out\n$/,
    );
    const large = await refused(2, ["encrypt-value", "--key", one, ...at], {
      stdin: "x".repeat(4065),
      environment,
    });
    assert.match(large, /it has 4065 bytes, and at most 4064 fit/);
    assert.equal(emulator.calls.total, 0);
  });

  test("encrypt-value seals under a key of the emulator that the command started", async (t) => {
    const { key, environment } = await startEmulatorProcess(t);
    const place = ["--key", key, "--app", "billing-api", "--path", "db.password"];
    const tokens = await Promise.all([
      printed(["encrypt-value", ...place], { stdin: CANARY, environment }),
      printed([...place, "--direct"], { stdin: CANARY, environment, program: "encrypt-value" }),
    ]);
    const opened = tokens.map((stdin) => printed(["decrypt-value", ...place], { stdin, environment }));
    assert.deepEqual(await Promise.all(opened), [CANARY, CANARY]);
  });

  test("local keys are read from their files too", async (t) => {
    const { SEALCONF_LOCAL_KEY_DEV = "" } = ENVIRONMENT;
    const folder = makeFolder(t, { "dev.key": `${SEALCONF_LOCAL_KEY_DEV}\n` });
    const environment = { SEALCONF_KEYS_DIR: folder, SEALCONF_LOCAL_KEY_DEV: undefined };
    // makeFolder's files are open to others, as somebody's copy of a key may be.
    const { code, stderr } = await runCli(["encrypt-value", ...TO_LOCAL], { stdin: CANARY, environment });
    assert.equal(code, 6);
    assert.match(stderr, /is open to others \(mode 0644\)\n {2}run: chmod 600 /);
  });
});
