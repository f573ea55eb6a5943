import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { loadConfig } from "../../src/index.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import { placeOf } from "../../src/token/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  placesOf,
  problemsOf,
  sealOne,
  startKms,
  type TestKms,
} from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

const HERE = { ...CONTEXT, path: "/a" };
const MOVES: readonly (readonly [title: string, path: string, context: typeof CONTEXT])[] = [
  ["another path", "b", CONTEXT],
  ["a path below", "a.b", CONTEXT],
  ["a list", "a[]", CONTEXT],
  ["another env", "a", { ...CONTEXT, env: "staging" }],
  ["another app", "a", { ...CONTEXT, app: "crm" }],
  ["app and env exchanged", "a", { app: CONTEXT.env, env: CONTEXT.app }],
];

/** Writes another place into a token: what an attacker can do who knows where it is to stand. */
function mendPlace(token: string): string {
  const fields = token.split(":");
  fields[3] = placeOf(HERE);
  return fields.join(":");
}

describe("a value that was moved", () => {
  for (const direct of [false, true]) {
    for (const [title, path, context] of MOVES) {
      it(`from ${title} is refused, with its place as it was and mended, ${direct ? "direct" : "in an envelope"}`, async (t) => {
        const { key, environment } = await startKms(t);
        const codes: string[] = [];
        for (const keys of [[LOCAL_KEY], [key]]) {
          const token = await sealOne(path, "hunter2", { keys, context, environment, direct });
          for (const text of [token, mendPlace(token)]) {
            const problems = await problemsOf(loadTexts({ "a.yaml": `a: ${text}` }, { keys, environment }));
            codes.push(...problems.map(({ code }) => code));
          }
        }
        assert.deepEqual(codes, [
          "ERR_PLACE_MISMATCH",
          "ERR_OPEN_FAILED",
          "ERR_PLACE_MISMATCH",
          "ERR_OPEN_FAILED",
        ]);
      });
    }
  }

  it("from a token into a sealed file, or back, is refused", async (t) => {
    const key = await makeSealedFileKey();
    const blob = Buffer.from(sealBlob(key, "a", Buffer.from("hunter2")));
    const payload = blob.subarray(blob.indexOf("\n\n") + 2);
    const asToken = `sealed:v1:envelope:${placeOf(HERE)}:${key.recipientsText}:${payload.toString("base64url")}`;
    assert.deepEqual(await placesOf(loadTexts({ "a.yaml": `a: ${asToken}` })), [
      "ERR_OPEN_FAILED a.yaml:1:4 (a)",
    ]);

    const token = await sealOne("a", "hunter2");
    const [, , , , recipients = "", text = ""] = token.split(":");
    const root = makeFolder(t, {
      "a.yaml": "a: sealed:v1:file:a.sealed",
      "a.sealed": Buffer.concat([
        Buffer.from(`sealconf/v1/blob\nname a\n-> ${recipients}\n\n`),
        Buffer.from(text, "base64url"),
      ]),
    });
    const settings = { keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT };
    assert.deepEqual(await placesOf(loadConfig({ files: ["a.yaml"], root, ...settings })), [
      "ERR_OPEN_FAILED a.yaml:1:4 (a)",
    ]);
  });
});

describe("a token's recipients", () => {
  async function loadWith({ keys, environment }: TestKms, token: string): Promise<string[]> {
    return await placesOf(loadTexts({ "a.yaml": `a: ${token}` }, { keys, environment }));
  }

  it("cannot be added to, taken from, exchanged or put in another order", async (t) => {
    const kms = await startKms(t, { keysPerRegion: 2 });
    const settings = { environment: kms.environment };
    const both = await sealOne("a", "hunter2", { ...settings, keys: kms.keys });
    const one = await sealOne("a", "hunter2", { ...settings, keys: kms.keys.slice(0, 1) });
    const [, , , , recipients = "", payload = ""] = both.split(":");
    const [first = "", second = ""] = recipients.split(",");
    const [, , , , only = "", its = ""] = one.split(":");
    const head = `sealed:v1:envelope:${placeOf(HERE)}`;
    for (const forged of [
      `${head}:${first}:${payload}`,
      `${head}:${second}:${payload}`,
      `${head}:${second},${first}:${payload}`,
      `${head}:${only}:${payload}`,
      `${head}:${only},${second}:${its}`,
    ]) {
      assert.deepEqual(await loadWith(kms, forged), ["ERR_OPEN_FAILED a.yaml:1:4 (a)"]);
    }
    assert.deepEqual(await loadWith(kms, `${head}:${first},${first}:${payload}`), [
      "ERR_TOKEN_MALFORMED a.yaml:1:4 (a)",
    ]);
  });
});
