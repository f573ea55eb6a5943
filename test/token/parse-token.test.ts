import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { toBase64url } from "../../src/bytes/index.ts";
import type { TokenCode } from "../../src/errors/index.ts";
import {
  isWrapped,
  type KnownRecipients,
  looksSealed,
  parseRecipient,
  parseToken,
  type Token,
} from "../../src/token/index.ts";
import { anErrorWith } from "../support/assert-error.ts";

const PLACE = "AbC-_019";
const PAYLOAD = toBase64url(new Uint8Array(72));
const RECIPIENT = "local/dev=AAAA";

const WHITE_SPACE = "white space stands before or behind the sealed value";

const MALFORMED: readonly (readonly [text: string, message: string, code?: TokenCode])[] = [
  ["", 'the sealed value does not begin with "sealed:"'],
  [" sealed:v1:raw:x", WHITE_SPACE],
  ["\ufeffsealed:v1:raw:x", WHITE_SPACE],
  ["sealed:v2:x\r\n", WHITE_SPACE],
  ["x sealed:v1:raw:x ", 'the sealed value does not begin with "sealed:"'],
  [" Sealed:v1:raw:x", 'the sealed value does not begin with "sealed:"'],
  ["Sealed:v1:raw:x", 'the sealed value does not begin with "sealed:"'],
  ["sealed", "the sealed value's version is not v1", "ERR_TOKEN_VERSION"],
  ["sealed:", "the sealed value's version is not v1", "ERR_TOKEN_VERSION"],
  ["sealed:v2:envelope:x", "the sealed value's version is not v1", "ERR_TOKEN_VERSION"],
  ["sealed:V1:envelope:x", "the sealed value's version is not v1", "ERR_TOKEN_VERSION"],
  ["sealed:v1:", "the sealed value's kind is unknown"],
  ["sealed:v1:sealed:x", "the sealed value's kind is unknown"],
  ["sealed:v1:ENVELOPE:x", "the sealed value's kind is unknown"],
  ["sealed:v1:envelope", "the sealed value's fields are not as many as its kind has"],
  [`sealed:v1:direct:${PLACE}`, "the sealed value's fields are not as many as its kind has"],
  [
    `sealed:v1:direct:${PLACE}:${RECIPIENT}:${PAYLOAD}`,
    "the sealed value's fields are not as many as its kind has",
  ],
  [envelope({ tail: ":" }), "the sealed value's fields are not as many as its kind has"],
  ["sealed:v1:raw", "the sealed value's fields are not as many as its kind has"],
  ["sealed:v1:file:a.sealed:", "the sealed value's fields are not as many as its kind has"],
  [envelope({ suffixes: "+bytes" }), "the sealed value's suffix is unknown"],
  [envelope({ suffixes: "+nopath+json" }), "the sealed value's suffix is unknown"],
  [envelope({ suffixes: "+json+json" }), "the sealed value's suffix is unknown"],
  [envelope({ suffixes: "+" }), "the sealed value's suffix is unknown"],
  [envelope({ suffixes: "+JSON" }), "the sealed value's suffix is unknown"],
  ["sealed:v1:raw+json:aliyun/cn-hangzhou/k=AAAA", "the sealed value's suffix is unknown"],
  ["sealed:v1:file+nopath:a.sealed", "the sealed value's suffix is unknown"],
  ["sealed:v1:file+json+bytes:a.sealed", "the sealed value's suffix is unknown"],
  [envelope({ place: "" }), "the sealed value's place is not 8 characters of base64url"],
  [envelope({ place: "AAAAAAA" }), "the sealed value's place is not 8 characters of base64url"],
  [envelope({ place: "AAAAAAAAA" }), "the sealed value's place is not 8 characters of base64url"],
  [envelope({ place: "AAAA+AAA" }), "the sealed value's place is not 8 characters of base64url"],
  [envelope({ recipients: "" }), "the sealed value's recipient has no key reference and wrapped key"],
  [
    envelope({ recipients: "local/dev" }),
    "the sealed value's recipient has no key reference and wrapped key",
  ],
  [
    envelope({ recipients: `${RECIPIENT},` }),
    "the sealed value's recipient has no key reference and wrapped key",
  ],
  [
    envelope({ recipients: `,${RECIPIENT}` }),
    "the sealed value's recipient has no key reference and wrapped key",
  ],
  [
    envelope({ recipients: "gcp/kat=AAAA" }),
    "the sealed value's recipient names an unknown provider",
    "ERR_PROVIDER_UNKNOWN",
  ],
  [
    envelope({ recipients: "=AAAA" }),
    "the sealed value's recipient names an unknown provider",
    "ERR_PROVIDER_UNKNOWN",
  ],
  [envelope({ recipients: "local/DEV=AAAA" }), "the sealed value's recipient is not a key reference"],
  [
    envelope({ recipients: "local/dev=" }),
    "the sealed value's wrapped key is not 1 to 12,288 characters of base64",
  ],
  [
    envelope({ recipients: "local/dev=AA A" }),
    "the sealed value's wrapped key is not 1 to 12,288 characters of base64",
  ],
  [
    envelope({ recipients: "local/dev=AAÄA" }),
    "the sealed value's wrapped key is not 1 to 12,288 characters of base64",
  ],
  [
    envelope({ recipients: `local/dev=${"A".repeat(12_289)}` }),
    "the sealed value's wrapped key is not 1 to 12,288 characters of base64",
  ],
  [envelope({ recipients: `${RECIPIENT},local/dev=BBBB` }), "the sealed value names a recipient twice"],
  [envelope({ recipients: recipients(9) }), "the sealed value has more than 8 recipients"],
  [envelope({ payload: "" }), "the sealed value's payload is not canonical base64url"],
  [envelope({ payload: "AB" }), "the sealed value's payload is not canonical base64url"],
  [envelope({ payload: "AAAA==" }), "the sealed value's payload is not canonical base64url"],
  [envelope({ payload: `${PAYLOAD}\n` }), WHITE_SPACE],
  [envelope({ payload: `${PAYLOAD} ${PAYLOAD}` }), "the sealed value's payload is not canonical base64url"],
  [envelope({ payload: "AA+A" }), "the sealed value's payload is not canonical base64url"],
  [`sealed:v1:direct:${PLACE}:age/age1q=AAAA`, "the sealed value's kind does not go with its provider"],
  ["sealed:v1:raw:local/dev=AAAA", "the sealed value's kind does not go with its provider"],
  ["sealed:v1:raw:age/age1q=AAAA", "the sealed value's kind does not go with its provider"],
  [envelope({ payload: "A".repeat(64 * 1024) }), "the sealed value is longer than 64 KiB"],
];

const FILE_PATHS = [
  "a.sealed",
  "secrets/tls.key.sealed",
  "a/b/c/-_.Z9.sealed",
  ".sealed",
  "a/..b/.c.sealed",
  `${"d/".repeat(508)}a.sealed`,
];

const NOT_FILE_PATHS = [
  "",
  "a",
  "a.SEALED",
  "a .sealed",
  "/a.sealed",
  "./a.sealed",
  "../a.sealed",
  "a/../b.sealed",
  "a/./b.sealed",
  "a//b.sealed",
  "a.sealed/",
  "a\\b.sealed",
  "a b.sealed",
  "%2e%2e/a.sealed",
  "é.sealed",
  "C.sealed\u0000",
  `${"d/".repeat(509)}a.sealed`,
];

describe("parseToken", () => {
  it("reads an envelope's every field", () => {
    const text = envelope({
      suffixes: "+json+nopath",
      recipients: `${RECIPIENT},tencent/a1/93866e69-9755-11ef-8e65-52540089bc41=-k-=+/_`,
    });
    assert.deepEqual(plain(parseToken(text)), {
      kind: "envelope",
      text,
      as: "json",
      bindsPath: false,
      place: PLACE,
      header: text.slice(0, -PAYLOAD.length - 1),
      recipients: ["local/dev AAAA", "tencent/a1/93866e69-9755-11ef-8e65-52540089bc41 -k-=+/_"],
      recipientsText: `${RECIPIENT},tencent/a1/93866e69-9755-11ef-8e65-52540089bc41=-k-=+/_`,
      payload: PAYLOAD,
    });
  });

  it("reads a direct value, whose header ends with its place so that re-encryption keeps it", () => {
    const text = `sealed:v1:direct+nopath:${PLACE}:${RECIPIENT}`;
    assert.deepEqual(plain(parseToken(text)), {
      kind: "direct",
      text,
      as: "text",
      bindsPath: false,
      place: PLACE,
      header: `sealed:v1:direct+nopath:${PLACE}`,
      recipients: ["local/dev AAAA"],
    });
  });

  it("reads a raw ciphertext", () => {
    const text = "sealed:v1:raw:aliyun/cn-hangzhou/key-1=a+b/c==";
    assert.deepEqual(plain(parseToken(text)), {
      kind: "raw",
      text,
      recipients: ["aliyun/cn-hangzhou/key-1 a+b/c=="],
    });
  });

  it("takes the first = as the end of the key reference", () => {
    const token = parseToken(`sealed:v1:direct:${PLACE}:local/dev==A=`);
    assert.deepEqual(plain(token)["recipients"], ["local/dev =A="]);
  });

  it("takes 8 recipients, a wrapped key of 12,288 characters, and 64 KiB in all", () => {
    assert.equal(parseToken(envelope({ recipients: recipients(8) })).kind, "envelope");
    assert.equal(parseToken(envelope({ recipients: `local/dev=${"A".repeat(12_288)}` })).kind, "envelope");
    const room = 64 * 1024 - envelope({ payload: "" }).length;
    const list = `${RECIPIENT}${"A".repeat(room % 4)}`;
    const text = envelope({ recipients: list, payload: "A".repeat(room - (room % 4)) });
    assert.equal(text.length, 64 * 1024);
    assert.equal(parseToken(text).kind, "envelope");
    const message = "the sealed value is longer than 64 KiB";
    assert.throws(() => parseToken(`${text}AAAA`), anErrorWith({ code: "ERR_TOKEN_MALFORMED", message }));
  });

  for (const [text, message, code = "ERR_TOKEN_MALFORMED"] of MALFORMED) {
    it(`refuses ${JSON.stringify(text.length > 70 ? `${text.slice(0, 70)}…` : text)}: ${message}`, () => {
      assert.throws(() => parseToken(text), anErrorWith({ code, message, hint: /./ }));
    });
  }

  it("shares the recipients of tokens that name the same ones, and of no others", () => {
    const known: KnownRecipients = new Map();
    const tokens = ["local/a=AAAA", "local/a=AAAB", "local/a=AAAA"].map((list) =>
      parseToken(envelope({ recipients: list }), { known }),
    );
    const [one, two, three] = tokens.map((token) =>
      token.kind === "envelope" ? token.recipients : undefined,
    );
    assert.equal(one, three);
    assert.notEqual(one, two);
    assert.deepEqual(
      tokens.map((token) => plain(token)["recipients"]),
      [["local/a AAAA"], ["local/a AAAB"], ["local/a AAAA"]],
    );
  });

  for (const path of FILE_PATHS) {
    it(`reads a reference to ${path.slice(0, 40)}`, () => {
      for (const [suffix, as] of [
        ["", "text"],
        ["+json", "json"],
        ["+bytes", "bytes"],
      ] as const) {
        const text = `sealed:v1:file${suffix}:${path}`;
        assert.deepEqual(parseToken(text), { kind: "file", text, as, path });
      }
    });
  }

  for (const path of NOT_FILE_PATHS) {
    it(`refuses a reference to ${JSON.stringify(path.slice(0, 40))}`, () => {
      const message = "the sealed value's file path is not a plain relative path that ends in .sealed";
      assert.throws(
        () => parseToken(`sealed:v1:file:${path}`),
        anErrorWith({ code: "ERR_TOKEN_MALFORMED", message }),
      );
    });
  }

  it("says where the token stands, and nothing of what is in it", () => {
    const canary = "canary7d1f";
    const source = { file: "app.yaml", line: 3, column: 5, path: "db.password" };
    for (const text of [
      `sealed:v1:${canary}:x`,
      envelope({ place: canary }),
      envelope({ recipients: `${canary}/x=A` }),
      envelope({ payload: `${canary}!` }),
    ]) {
      assert.throws(
        () => parseToken(text, { source: () => source }),
        (error) => {
          assert.ok(
            error instanceof Error &&
              !`${error.message}${error.stack}${JSON.stringify(error)}`.includes(canary),
          );
          return anErrorWith({
            code: codeOf(error),
            message: /^app\.yaml:3:5 \(db\.password\): the sealed value's /,
          })(error);
        },
      );
    }
  });
});

describe("parseToken of any text of the grammar", () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
  const wrapped = fc.stringMatching(/^[A-Za-z0-9+/=_-]{1,40}$/);
  const key = fc.oneof(
    name.map((id) => `local/${id}`),
    fc
      .tuple(fc.stringMatching(/^[a-z0-9-]{2,32}$/), fc.uuid())
      .map(([region, id]) => `tencent/${region}/${id}`),
    fc
      .tuple(fc.stringMatching(/^[a-z0-9-]{2,32}$/), fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/))
      .map(([region, id]) => `aliyun/${region}/${id}`),
  );
  const fields = fc.record({
    kind: fc.constantFrom("envelope", "direct"),
    json: fc.boolean(),
    nopath: fc.boolean(),
    place: fc.stringMatching(/^[A-Za-z0-9_-]{8}$/),
    recipients: fc.uniqueArray(fc.tuple(key, wrapped), {
      minLength: 1,
      maxLength: 8,
      selector: ([text]) => text,
    }),
    payload: fc.uint8Array({ minLength: 1, maxLength: 90 }).map(toBase64url),
  });
  type Fields = typeof fields extends fc.Arbitrary<infer Value> ? Value : never;

  function format({ kind, json, nopath, place, recipients: pairs, payload }: Fields): string {
    const all = pairs.map(([text, value]) => `${text}=${value}`);
    const tail = kind === "envelope" ? `${all.join(",")}:${payload}` : all[0];
    return `sealed:v1:${kind}${json ? "+json" : ""}${nopath ? "+nopath" : ""}:${place}:${tail}`;
  }

  it("gives the fields that it was written from", () => {
    fc.assert(
      fc.property(fields, (written) => {
        const { kind, json, nopath, place, payload } = written;
        const token = plain(parseToken(format(written)));
        const pairs = kind === "envelope" ? written.recipients : written.recipients.slice(0, 1);
        assert.deepEqual(
          {
            kind: token["kind"],
            as: token["as"],
            bindsPath: token["bindsPath"],
            place: token["place"],
            recipients: token["recipients"],
          },
          {
            kind,
            as: json ? "json" : "text",
            bindsPath: !nopath,
            place,
            recipients: pairs.map((pair) => pair.join(" ")),
          },
        );
        if (kind === "envelope") assert.equal(token["payload"], payload);
      }),
    );
  });

  it("gives another token, or none, for any other character anywhere", () => {
    const change = fc.tuple(fields.map(format), fc.nat(), fc.constantFrom(..."aZ0:=,/+-_. \n~é"));
    fc.assert(
      fc.property(change, ([text, at, character]) => {
        const position = at % text.length;
        const changed = text.slice(0, position) + character + text.slice(position + 1);
        fc.pre(changed !== text);
        const token = tokenOrUndefined(changed);
        if (token !== undefined) assert.notDeepEqual(fieldsOf(token), fieldsOf(parseToken(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("gives a token or a TokenError for any text at all", () => {
    const text = fc.array(
      fc.constantFrom(
        "sealed:",
        "v1:",
        "envelope",
        "direct",
        "raw",
        "file",
        "+json",
        ":",
        "=",
        ",",
        PLACE,
        "local/dev",
        "AAAA",
        "é",
      ),
    );
    fc.assert(fc.property(text, (parts) => void tokenOrUndefined(parts.join(""))));
  });
});

describe("parseRecipient", () => {
  it("reads what stands in a token and in a blob's header", () => {
    const { key, wrapped } = parseRecipient(RECIPIENT);
    assert.deepEqual([key.text, wrapped], ["local/dev", "AAAA"]);
  });

  it("says where the recipient stands", () => {
    const message = "tls.key.sealed: the sealed value's recipient is not a key reference";
    assert.throws(
      () => parseRecipient("local/=A", { file: "tls.key.sealed" }),
      anErrorWith({ code: "ERR_TOKEN_MALFORMED", message }),
    );
  });
});

describe("isWrapped", () => {
  it("takes 1 to 12,288 characters of either base64", () => {
    assert.deepEqual(["A", "a+/=-_", "A".repeat(12_288)].map(isWrapped), [true, true, true]);
    assert.deepEqual(["", "a,b", "a:b", "a b", "A".repeat(12_289)].map(isWrapped), [
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("looksSealed", () => {
  for (const text of [
    "sealed:",
    "sealed:v1:x",
    "sealed: a",
    " \t\nsealed:x",
    "SEALED:x",
    "\ufeffSealed:x",
    "a sealed:v1:",
    "url?x=SEALED:V1:y",
  ]) {
    it(`takes ${JSON.stringify(text)} for a token`, () => assert.equal(looksSealed(text), true));
  }

  for (const text of ["", "sealed", "seale:", "unsealed:x", "x sealed: y", "a sealed:v2:", "a sealed:v1"]) {
    it(`takes ${JSON.stringify(text)} for a plain value`, () => assert.equal(looksSealed(text), false));
  }
});

interface Parts {
  readonly suffixes?: string;
  readonly place?: string;
  readonly recipients?: string;
  readonly payload?: string;
  readonly tail?: string;
}

function envelope({
  suffixes = "",
  place = PLACE,
  recipients: list = RECIPIENT,
  payload = PAYLOAD,
  tail = "",
}: Parts): string {
  return `sealed:v1:envelope${suffixes}:${place}:${list}:${payload}${tail}`;
}

function recipients(count: number): string {
  return Array.from({ length: count }, (_, index) => `local/k${index}=AAAA`).join(",");
}

/** The token with its recipients and payload as text. */
function plain(token: Token): Readonly<Record<string, unknown>> {
  return {
    ...token,
    ...("recipients" in token
      ? { recipients: token.recipients.map(({ key, wrapped }) => `${key.text} ${wrapped}`) }
      : {}),
    ...("payload" in token ? { payload: toBase64url(token.payload) } : {}),
  };
}

/** What a token says, without its own text. */
function fieldsOf(token: Token): Readonly<Record<string, unknown>> {
  return { ...plain(token), text: undefined, header: undefined, recipientsText: undefined };
}

function tokenOrUndefined(text: string): Token | undefined {
  try {
    return parseToken(text);
  } catch (error) {
    anErrorWith({ code: codeOf(error) })(error);
    return undefined;
  }
}

function codeOf(error: unknown): TokenCode {
  return (error as { code: TokenCode }).code;
}
