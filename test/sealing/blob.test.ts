import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, it } from "node:test";

import fc from "fast-check";

import { toUtf8 } from "../../src/bytes/index.ts";
import { openBlob, parseBlob, sealBlob, type SealingKey } from "../../src/sealing/index.ts";
import { TokenError } from "../../src/errors/index.ts";
import { anErrorWith, theOpenError } from "../support/assert-error.ts";
import { shake256 } from "../support/vectors.ts";

const DATA_KEY = createSecretKey(Buffer.alloc(32, 7));
const CONTEXT = { app: "billing-api", env: "production" };
const RECIPIENTS = "local/one=AAAA,tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41=a-k-b=";
const SEALING_KEY: SealingKey = { dataKey: DATA_KEY, recipientsText: RECIPIENTS, ...CONTEXT };
const SOURCE = { file: "app.yaml", line: 1, column: 2 };

const HEADER = `sealconf/v1/blob\nname tls.key\n-> ${RECIPIENTS.replace(",", "\n-> ")}\n\n`;

const NAMES = [
  "tls.key",
  "a",
  ".env",
  "..b",
  "a b",
  "é.pem",
  "密钥",
  "a\\b",
  "name x",
  "-> x",
  "é".repeat(127),
];

const NOT_NAMES = [
  "",
  ".",
  "..",
  "a/b",
  "/",
  "a\n",
  "a\r",
  "a\0b",
  "\u0085",
  "\u007f",
  "é".normalize("NFD"),
  "a\ud800",
  "é".repeat(128),
];

const MALFORMED: readonly (readonly [what: string, header: string, message: string])[] = [
  ["nothing", "", "the sealed file does not begin as one"],
  ["plaintext", "-----BEGIN PRIVATE KEY-----\n\n", "the sealed file does not begin as one"],
  ["another version", HEADER.replace("v1", "v2"), "the sealed file does not begin as one"],
  ["a byte order mark", `\ufeff${HEADER}`, "the sealed file does not begin as one"],
  ["no end of its header", HEADER.slice(0, -1), "the sealed file does not begin as one"],
  ["an empty line first", `\n${HEADER}`, "the sealed file does not begin as one"],
  ["CRLF", HEADER.replaceAll("\n", "\r\n"), "the sealed file's line endings were converted"],
  ["one CR", HEADER.replace("tls.key", "tls.key\r"), "the sealed file's line endings were converted"],
  ["no name", "sealconf/v1/blob\n\n", "the sealed file's header has no name"],
  ["a recipient for a name", HEADER.replace("name tls.key\n", ""), "the sealed file's header has no name"],
  ["another spelling of name", HEADER.replace("name ", "Name "), "the sealed file's header has no name"],
  ["an empty name", HEADER.replace("tls.key", ""), "the sealed file's name is not a plain file name"],
  [
    "a path for a name",
    HEADER.replace("tls.key", "../tls.key"),
    "the sealed file's name is not a plain file name",
  ],
  [
    "a second name",
    HEADER.replace("\n->", "\nname x\n->"),
    "the sealed file's header has a line that is no recipient",
  ],
  [
    "an unknown field",
    HEADER.replace("\n->", "\nmode 0644\n->"),
    "the sealed file's header has a line that is no recipient",
  ],
  [
    "no space after an arrow",
    HEADER.replace("-> local", "->local"),
    "the sealed file's header has a line that is no recipient",
  ],
  [
    "no recipient",
    "sealconf/v1/blob\nname tls.key\n\n",
    "the sealed file's recipients are not 1 to 8 different keys",
  ],
  ["nine recipients", headerFor(9), "the sealed file's recipients are not 1 to 8 different keys"],
  [
    "one recipient twice",
    HEADER.replace("\n\n", "\n-> local/one=BBBB\n\n"),
    "the sealed file's recipients are not 1 to 8 different keys",
  ],
  [
    "two recipients in a line",
    HEADER.replace("AAAA", "AAAA,local/x=AAAA"),
    "the sealed value's wrapped key is not 1 to 12,288 characters of base64",
  ],
  [
    "space after a recipient",
    HEADER.replace("AAAA", "AAAA "),
    "the sealed value's wrapped key is not 1 to 12,288 characters of base64",
  ],
];

describe("sealBlob", () => {
  it("writes the header of the format, and the payload's bytes", () => {
    const bytes = Buffer.from(sealBlob(SEALING_KEY, "tls.key", toUtf8("secret")));
    assert.equal(bytes.subarray(0, HEADER.length).toString(), HEADER);
    assert.equal(bytes.length, HEADER.length + 72 + 6);
  });

  it("is opened by openBlob, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
        const blob = parseBlob(sealBlob(SEALING_KEY, "tls.key", plaintext), "tls.key");
        assert.deepEqual([...openBlob(blob, CONTEXT, DATA_KEY)], [...plaintext]);
      }),
    );
  });

  it("takes files of many chunks", () => {
    for (const length of [16_383, 16_384, 100_000]) {
      const plaintext = shake256("many chunks", length);
      const blob = parseBlob(sealBlob(SEALING_KEY, "tls.key", plaintext), "tls.key");
      assert.deepEqual(Buffer.from(openBlob(blob, CONTEXT, DATA_KEY)), Buffer.from(plaintext));
    }
  });

  for (const name of NAMES) {
    it(`takes the name ${JSON.stringify(name.slice(0, 20))}, and parseBlob reads it`, () => {
      assert.equal(parseBlob(sealBlob(SEALING_KEY, name, toUtf8("x")), name).name, name);
    });
  }

  for (const name of NOT_NAMES) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 20))}`, () => {
      const message = "a sealed file's name must be a plain file name";
      assert.throws(
        () => sealBlob(SEALING_KEY, name, toUtf8("x")),
        anErrorWith({ code: "ERR_OPTION_INVALID", message }),
      );
    });
  }

  it("makes no header longer than 64 KiB, which nobody could read", () => {
    const long = (length: number): SealingKey => ({
      ...SEALING_KEY,
      recipientsText: Array.from({ length: 8 }, (_, index) => `local/k${index}=${"A".repeat(length)}`).join(
        ",",
      ),
    });
    assert.equal(parseBlob(sealBlob(long(8_100), "a", toUtf8("x")), "a").recipients.length, 8);
    const message = "the sealed file's header would be longer than 64 KiB: it has too many recipients";
    assert.throws(
      () => sealBlob(long(8_192), "a", toUtf8("x")),
      anErrorWith({ code: "ERR_OPTION_INVALID", message }),
    );
  });
});

describe("parseBlob", () => {
  it("gives name, recipients as a token writes them, header and payload", () => {
    const bytes = Buffer.concat([Buffer.from(HEADER), Buffer.from("payload")]);
    const { name, recipients, recipientsText, header, payload } = parseBlob(bytes, "tls.key");
    assert.deepEqual([name, recipientsText, recipients.length], ["tls.key", RECIPIENTS, 2]);
    assert.equal(Buffer.from(header).toString(), HEADER);
    assert.equal(Buffer.from(payload).toString(), "payload");
  });

  it("takes the first empty line as the header's end, whatever the payload holds", () => {
    const { payload } = parseBlob(toUtf8(`${HEADER}\n\r\n\r\nname x\n\n`), "tls.key");
    assert.equal(Buffer.from(payload).toString(), "\n\r\n\r\nname x\n\n");
  });

  it("takes 8 recipients", () => {
    assert.equal(parseBlob(toUtf8(headerFor(8)), "tls.key").recipients.length, 8);
  });

  for (const [what, header, message] of MALFORMED) {
    it(`refuses ${what}, with its place`, () => {
      const bytes = Buffer.concat([Buffer.from(header), Buffer.alloc(72)]);
      const expected = {
        code: "ERR_TOKEN_MALFORMED",
        message: `app.yaml:1:2: ${message}`,
        hint: /./,
      } as const;
      assert.throws(() => parseBlob(bytes, "tls.key", SOURCE), anErrorWith(expected));
    });
  }

  it("tells how to keep line endings from being converted", () => {
    const hint = "mark it in .gitattributes: *.sealed binary";
    assert.throws(
      () => parseBlob(toUtf8(HEADER.replaceAll("\n", "\r\n")), "tls.key"),
      anErrorWith({ code: "ERR_TOKEN_MALFORMED", hint }),
    );
  });

  it("refuses a header that is not UTF-8, or longer than 64 KiB", () => {
    const expected = anErrorWith({
      code: "ERR_TOKEN_MALFORMED",
      message: "the sealed file does not begin as one",
    });
    assert.throws(() => parseBlob(Buffer.from(HEADER.replace("tls", "\xff"), "latin1"), "tls.key"), expected);
    const long = headerFor(8, 8_192);
    assert.ok(long.length > 64 * 1024);
    assert.throws(() => parseBlob(toUtf8(long), "tls.key"), expected);
  });

  it("refuses a blob that was made for another name", () => {
    const message = "app.yaml:1:2: the sealed file was made for another name";
    for (const name of ["tls", "tls.key.bak", "TLS.key", ""]) {
      assert.throws(
        () => parseBlob(toUtf8(HEADER), name, SOURCE),
        anErrorWith({ code: "ERR_PLACE_MISMATCH", message }),
      );
    }
  });

  it("tells an unknown provider as one", () => {
    const header = HEADER.replace("local/one", "gcp/one");
    assert.throws(() => parseBlob(toUtf8(header), "tls.key"), anErrorWith({ code: "ERR_PROVIDER_UNKNOWN" }));
  });
});

describe("openBlob", () => {
  const bytes = sealBlob(SEALING_KEY, "tls.key", toUtf8("secret"));

  it("refuses another app, env or data key", () => {
    const blob = parseBlob(bytes, "tls.key");
    for (const context of [
      { ...CONTEXT, app: "x" },
      { ...CONTEXT, env: "staging" },
      { app: CONTEXT.app },
      {},
    ]) {
      assert.throws(() => openBlob(blob, context, DATA_KEY), theOpenError);
    }
    assert.throws(() => openBlob(blob, CONTEXT, createSecretKey(Buffer.alloc(32, 8))), theOpenError);
  });

  it("refuses every single-bit change of the file", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => openWhole(changed), refusedAsAToken);
    }
  });

  it("refuses the file cut anywhere", () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => openWhole(bytes.subarray(0, length)), refusedAsAToken);
    }
  });

  it("refuses the file when its name, or a recipient, was exchanged", () => {
    const [header, payload] = [bytes.subarray(0, HEADER.length), bytes.subarray(HEADER.length)];
    const [one = "", two = ""] = RECIPIENTS.split(",");
    for (const [what, by] of [
      ["tls.key", "tls.kez"],
      [`-> ${one}\n`, ""],
      [`${one}\n-> ${two}`, `${two}\n-> ${one}`],
      ["AAAA", "AAAB"],
    ] as const) {
      const changed = Buffer.from(header).toString().replace(what, by);
      const blob = parseBlob(Buffer.concat([Buffer.from(changed), payload]), undefined);
      assert.throws(() => openBlob(blob, CONTEXT, DATA_KEY), theOpenError);
    }
  });

  function openWhole(file: Uint8Array): Uint8Array {
    return openBlob(parseBlob(file, "tls.key"), CONTEXT, DATA_KEY);
  }

  function refusedAsAToken(error: unknown): true {
    return error instanceof TokenError || theOpenError(error);
  }
});

function headerFor(recipients: number, wrappedLength = 4): string {
  const lines = Array.from(
    { length: recipients },
    (_, index) => `-> local/k${index}=${"A".repeat(wrappedLength)}\n`,
  );
  return `sealconf/v1/blob\nname tls.key\n${lines.join("")}\n`;
}
