import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, it } from "node:test";

import { tencentKms } from "../../src/index.ts";
import { sealEnvelope, type SealingKey } from "../../src/sealing/index.ts";
import { encryptionContext, parseKeyReference } from "../../src/token/index.ts";
import {
  CONTEXT,
  loadTexts,
  LOCAL_KEY,
  placesOf,
  problemsOf,
  sealOne,
  startKms,
  type TestKms,
} from "../support/load-fixture.ts";

const POLICY = {
  text: `app: ${CONTEXT.app}\nsecrets: ["**.password"]\nrules: [{ files: ["**"], env: ${CONTEXT.env}, keys: [${LOCAL_KEY}] }]`,
};

describe("a sealed value that is replaced by plaintext", () => {
  for (const [title, text, column] of [
    ["text", "hunter2", 13],
    ["a number", "7", 13],
    ["nothing but quotes", '""', 13],
    ["a map", "{ a: hunter2 }", 18],
    ["a list", "[hunter2]", 14],
    ["a text that only talks of sealing", '"sealed, they say"', 13],
  ] as const) {
    it(`is refused at a secret path: ${title}`, async () => {
      const [problem, ...others] = await problemsOf(
        loadTexts({ "a.yaml": `db:\n  password: ${text}` }, { policy: POLICY }),
      );
      assert.deepEqual(others, []);
      assert.equal(problem?.code, "ERR_PLAINTEXT_SECRET");
      assert.equal(`${problem.source?.line}:${problem.source?.column}`, `2:${column}`);
      assert.ok(!problem.message.includes("hunter2"));
    });
  }
});

describe("a secret path that is spelled as other tools spell it", () => {
  for (const pattern of ["**.{password,token}", "**/password", "$.db.password", "**.password "]) {
    it(`is refused in the policy, where it would guard nothing: ${JSON.stringify(pattern)}`, async () => {
      const policy = { text: `secrets:\n  - ${JSON.stringify(pattern)}\n` };
      assert.deepEqual(await placesOf(loadTexts({ "a.yaml": "db: { password: hunter2 }" }, { policy })), [
        "ERR_POLICY_INVALID .sealconf.yaml:2:5 (secrets[0])",
      ]);
    });
  }

  for (const glob of ["config\\a.yaml", "config/{env}.yaml", "config/", "{config/a.yaml", "config/[z-a]*"]) {
    it(`is refused with the glob of a rule, which would cover nothing: ${glob}`, async () => {
      const policy = {
        text: `rules:\n  - files: [${JSON.stringify(glob)}, b]\n    secrets: ["**.password"]\n`,
      };
      assert.deepEqual(await placesOf(loadTexts({ "config/a.yaml": "password: hunter2" }, { policy })), [
        "ERR_POLICY_INVALID .sealconf.yaml:2:13 (rules[0].files[0])",
      ]);
    });
  }
});

describe("a token that is downgraded", () => {
  for (const [title, token, code] of [
    ["to another version", "sealed:v0:envelope:AAAAAAAA:local/dev=AAAA:AAAA", "ERR_TOKEN_VERSION"],
    ["to no version", "sealed:envelope:AAAAAAAA:local/dev=AAAA:AAAA", "ERR_TOKEN_VERSION"],
    ["to another cipher", "sealed:v1:ecb:AAAAAAAA:local/dev=AAAA:AAAA", "ERR_TOKEN_MALFORMED"],
    ["to no cipher", "sealed:v1:none:aHVudGVyMg", "ERR_TOKEN_MALFORMED"],
    [
      "to plain text with a suffix",
      "sealed:v1:envelope+plain:AAAAAAAA:local/dev=AAAA:AAAA",
      "ERR_TOKEN_MALFORMED",
    ],
    ["to raw, where raw is not listed", "sealed:v1:raw:aliyun/cn-hangzhou/k=AAAA", "ERR_RAW_REFUSED"],
    ["to raw under a local key", "sealed:v1:raw:local/dev=AAAA", "ERR_TOKEN_MALFORMED"],
    [
      "to an envelope without a payload",
      "sealed:v1:envelope:AAAAAAAA:local/dev=AAAA:",
      "ERR_TOKEN_MALFORMED",
    ],
    ["to one with no recipients", "sealed:v1:envelope:AAAAAAAA::AAAA", "ERR_TOKEN_MALFORMED"],
  ] as const) {
    it(`is refused: ${title}`, async () => {
      assert.deepEqual(await placesOf(loadTexts({ "a.yaml": `a: "${token}"` }, { policy: POLICY })), [
        `${code} a.yaml:1:4 (a)`,
      ]);
    });
  }

  it("is refused: from a bound one to one that is bound to no path, and back", async () => {
    const bound = await sealOne("a", "x");
    const free = await sealOne(null, "x");
    const [, , , placeOfBound = ""] = bound.split(":");
    const [, , , placeOfFree = ""] = free.split(":");
    const attempts = [
      bound.replace(":envelope:", ":envelope+nopath:").replace(placeOfBound, placeOfFree),
      free.replace(":envelope+nopath:", ":envelope:").replace(placeOfFree, placeOfBound),
    ];
    for (const token of attempts) {
      assert.deepEqual(await placesOf(loadTexts({ "a.yaml": `a: ${token}` })), [
        "ERR_OPEN_FAILED a.yaml:1:4 (a)",
      ]);
    }
  });

  it("is refused: from text to JSON, which would give it a structure", async () => {
    const token = (await sealOne("a", '{"admin":true}')).replace(":envelope:", ":envelope+json:");
    assert.deepEqual(await placesOf(loadTexts({ "a.yaml": `a: ${token}` })), [
      "ERR_OPEN_FAILED a.yaml:1:4 (a)",
    ]);
  });
});

describe("a token whose two recipients hold different data keys", () => {
  /** A data key as the first key wraps it beside another one as the second does; the value is sealed under the first. */
  async function forge({ keys, environment }: TestKms): Promise<string> {
    const provider = tencentKms({ env: environment });
    const context = encryptionContext(CONTEXT, "v1/dek");
    const made = await Promise.all(
      keys.map(async (text) => {
        const key = parseKeyReference(text);
        if (typeof key === "string") return assert.fail(key);
        const { plaintext, wrapped } = await provider.generateDataKey({ key, encryptionContext: context });
        return { plaintext, recipient: `${text}=${wrapped}` };
      }),
    );
    await provider.close?.();
    const sealingKey: SealingKey = {
      ...CONTEXT,
      dataKey: createSecretKey(made[0]?.plaintext ?? assert.fail("a data key was made")),
      recipientsText: made.map(({ recipient }) => recipient).join(","),
    };
    return sealEnvelope(sealingKey, { value: "for the first reader", as: "text", path: "/a" });
  }

  it("opens for nobody with another plaintext: the second reader is refused, and the first key is not tried", async (t) => {
    const kms = await startKms(t, { keysPerRegion: 2 });
    const [first = "", second = ""] = kms.keys;
    const token = await forge(kms);
    const load = (keys: string[]): Promise<Record<string, unknown>> => {
      kms.emulator.calls.reset();
      return loadTexts({ "a.yaml": `a: ${token}` }, { keys, environment: kms.environment });
    };
    assert.equal((await load([first]))["a"], "for the first reader");
    for (const keys of [[second], [second, first]]) {
      assert.deepEqual(await placesOf(load(keys)), ["ERR_OPEN_FAILED a.yaml:1:4 (a)"]);
      assert.deepEqual(
        kms.emulator.calls.list.map(({ keyId }) => keyId),
        [second.split("/")[2]],
      );
    }
  });
});
