import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Problems } from "../../src/config/problems.ts";
import { LoadError, SourceError, TokenError } from "../../src/index.ts";
import {
  CONTEXT,
  loadTexts,
  LOCAL_KEY,
  placesOf,
  problemsOf,
  rejectionOf,
  sealOne,
  tamper,
} from "../support/load-fixture.ts";

const UNKNOWN_KEY = "tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41";

describe("a load with many problems", () => {
  const policy = {
    text: `app: ${CONTEXT.app}\nrules: [{ files: ["*"], env: ${CONTEXT.env}, keys: [${LOCAL_KEY}], secrets: [password] }]`,
  };

  async function texts(): Promise<Record<string, string>> {
    const moved = await sealOne("elsewhere", "x");
    const tampered = tamper(await sealOne("tampered", "x"));
    const below = await sealOne("below", { x: 1 });
    return {
      "base.yaml": [
        `moved: ${moved}`,
        "version: sealed:v2:direct:x",
        "kind: sealed:v1:strange:x",
        `below: ${below}`,
        `tampered: ${tampered}`,
        "password: hunter2",
      ].join("\n"),
      "broken.json": '{ "a": 1,\n  "a": 2 }',
      "production.env": [
        `KEY=sealed:v1:raw:${UNKNOWN_KEY}=AAAA`,
        `PROVIDER=sealed:v1:direct:AAAAAAAA:strange/x=AAAA`,
      ].join("\n"),
      "over.yaml": `below: { y: 2 }\nstrange: sealed:v1:direct:AAAAAAAA:${UNKNOWN_KEY}=AAAA`,
    };
  }

  it("tells all of them in one error, in file order, each with its place", async () => {
    assert.deepEqual(await placesOf(loadTexts(await texts(), { policy })), [
      "ERR_PLACE_MISMATCH base.yaml:1:8 (moved)",
      "ERR_TOKEN_VERSION base.yaml:2:10 (version)",
      "ERR_TOKEN_MALFORMED base.yaml:3:7 (kind)",
      "ERR_OPEN_FAILED base.yaml:5:11 (tampered)",
      "ERR_PLAINTEXT_SECRET base.yaml:6:11 (password)",
      "ERR_FORMAT_SYNTAX broken.json:2:3",
      "ERR_RAW_REFUSED production.env:1:5 (KEY)",
      "ERR_PROVIDER_UNKNOWN production.env:2:10 (PROVIDER)",
      "ERR_FORMAT_SYNTAX over.yaml:1:13 (below.y)",
      "ERR_PLACE_MISMATCH over.yaml:2:10 (strange)",
    ]);
  });

  it("has a message that lists them all, each with its hint below it", async () => {
    const error = await rejectionOf(loadTexts(await texts(), { policy }));
    assert.ok(error instanceof LoadError);
    const lines = error.message.split("\n");
    assert.equal(lines[0], "the config cannot be loaded: 10 problems");
    for (const problem of error.errors) {
      const at = lines.indexOf(`  ${problem.message}`);
      assert.ok(at > 0, problem.message);
      if (problem.hint !== undefined) assert.equal(lines[at + 1], `    ${problem.hint}`);
    }
  });

  it("shows the first fifty in the message and has all of them in errors", async () => {
    const text = Array.from({ length: 60 }, (_, index) => `k${index}: sealed:v1:x`).join("\n");
    const error = await rejectionOf(loadTexts({ "a.yaml": text }));
    assert.ok(error instanceof LoadError);
    assert.equal(error.errors.length, 60);
    assert.match(error.message, /\(k49\)/);
    assert.doesNotMatch(error.message, /\(k50\)/);
    assert.match(error.message, /\n {2}and 10 more$/);
  });

  it("loads nothing in part: the schema is not asked", async () => {
    let asked = false;
    const schema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) => {
          asked = true;
          return { value };
        },
      },
    } as const;
    await problemsOf(
      loadTexts({ "a.yaml": "a: 1", "b.yaml": "b: sealed:v1:x" }, { schema: schema as never }),
    );
    assert.equal(asked, false);
  });
});

describe("the collection of problems", () => {
  const at = (file: string): SourceError => new SourceError("ERR_NO_RULE", "x", { source: { file } });

  it("orders by layer and place, and keeps the order of those at one place", () => {
    const problems = new Problems();
    problems.add(at("d"), { layer: 1, offset: 3 });
    problems.add(at("b"), { layer: 0, offset: 10 });
    problems.add(at("c"), { layer: 1 });
    problems.add(at("a"), { layer: -1 });
    problems.add(at("e"), { layer: 1, offset: 3 });
    const error = thrownBy(() => problems.throwIfAny());
    assert.ok(error instanceof LoadError);
    assert.deepEqual(
      error.errors.map(({ source }) => source?.file),
      ["a", "b", "c", "d", "e"],
    );
  });

  it("takes this package's errors, and lets every other one through", async () => {
    const problems = new Problems();
    const refused = new TokenError("ERR_TOKEN_MALFORMED", "x");
    assert.equal(
      problems.collect({ layer: 0 }, () => fail(refused)),
      undefined,
    );
    const other = new TokenError("ERR_TOKEN_MALFORMED", "y");
    assert.equal(await problems.collectAsync({ layer: 0 }, () => Promise.reject(other)), undefined);
    assert.equal(
      problems.collect({ layer: 0 }, () => 7),
      7,
    );
    const mistake = new TypeError("a mistake");
    assert.throws(() => problems.collect({ layer: 0 }, () => fail(mistake)), mistake);
    await assert.rejects(
      problems.collectAsync({ layer: 0 }, () => Promise.reject(mistake)),
      mistake,
    );
    const error = thrownBy(() => problems.throwIfAny());
    assert.deepEqual((error as LoadError).errors, [refused, other]);
  });
});

function fail(error: Error): never {
  throw error;
}

function thrownBy(step: () => void): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  return assert.fail("it did not throw");
}

describe("problems", () => {
  it("are told once when they are the same to the letter, at the first place where they were met", () => {
    const problems = new Problems();
    const errors = ["b", "a", "b", "c"].map((what) => new SourceError("ERR_NO_RULE", what));
    for (const [offset, error] of errors.entries()) problems.add(error, { layer: 0, offset });
    assert.throws(
      () => problems.throwIfAny(),
      (error) => {
        assert.ok(error instanceof LoadError);
        assert.deepEqual(
          error.errors.map(({ message }) => message),
          ["b", "a", "c"],
        );
        return true;
      },
    );
  });
});
