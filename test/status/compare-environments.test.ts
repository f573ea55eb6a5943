import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type ComparedFile, findMissing, slotOf } from "../../src/status/compare-environments.ts";
import type { SecretStatus } from "../../src/status/status.ts";
import { findScalars, parseDocument } from "../../src/format/index.ts";

/** A file in which every value that is `s` or `json` is a secret. */
async function compared(
  file: string,
  text: string,
  { slot = "config/{env}.yaml", shared = false }: { slot?: string | null; shared?: boolean } = {},
): Promise<ComparedFile> {
  const document = await parseDocument(text, { file });
  const secrets = findScalars(document.root).flatMap(({ path, node: { value } }): SecretStatus[] => {
    if (value !== "s" && value !== "json") return [];
    return [
      { at: path, source: { file }, kind: "envelope", as: value === "s" ? "text" : "json", recipients: [] },
    ];
  });
  return { file, slot: slot ?? undefined, shared, document, secrets };
}

describe("the slot of a file", () => {
  const entry = (path: string) => ({ path, optional: false });

  it("is what the load list writes", () => {
    assert.equal(
      slotOf("config/production.yaml", { env: "live" }, entry("./config/{env}.yaml")),
      "config/{env}.yaml",
    );
  });

  it("is else its path without the rule's env, where that stands as a word", () => {
    const cases: readonly (readonly [as: string, env: string | undefined, slot: string | undefined])[] = [
      ["config/production.yaml", "production", "config/{env}.yaml"],
      ["deploy/prod/app.prod.yaml", "prod", "deploy/{env}/app.{env}.yaml"],
      [".env.production", "production", ".env.{env}"],
      ["config/product.yaml", "prod", undefined],
      ["config/nonprod.yaml", "prod", undefined],
      ["config/default.yaml", "production", undefined],
      ["config/production.yaml", undefined, undefined],
    ];
    for (const [as, env, slot] of cases) {
      assert.equal(slotOf(as, { env }, undefined), slot, as);
      assert.equal(slotOf(as, { env }, entry(as)), slot, as);
    }
    assert.equal(slotOf("a.yaml", undefined, undefined), undefined);
  });
});

describe("a secret is missing", () => {
  it("in a file when that of another environment has it, at any index", async () => {
    const files = [
      await compared("production.yaml", "a: s\nb: { c: s }\nlist: [{ t: s }, { t: s }]\nonly: plain\n"),
      await compared("staging.yaml", "b: { c: s, d: s }\nlist: [{ t: s }]\n"),
      await compared("test.yaml", "b: {}\nlist: []\na: null\n"),
    ];
    assert.deepEqual(
      files.map((file) => findMissing(file, files)),
      [
        [{ path: "b.d", presentIn: ["staging.yaml"] }],
        [{ path: "a", presentIn: ["production.yaml"] }],
        [
          { path: "a", presentIn: ["production.yaml"] },
          { path: "b.c", presentIn: ["production.yaml", "staging.yaml"] },
          { path: "list[].t", presentIn: ["production.yaml", "staging.yaml"] },
          { path: "b.d", presentIn: ["staging.yaml"] },
        ],
      ],
    );
  });

  it("neither where it is plaintext, nor below what is sealed whole, nor where a shared file has it", async () => {
    const production = await compared("production.yaml", "a: s\nb: { c: s }\nd: { e: s }\nf: s\n");
    const staging = await compared("staging.yaml", "a: plain\nb: json\n");
    const shared = await compared("default.yaml", "d: { e: x }\n", { slot: null, shared: true });
    assert.deepEqual(findMissing(staging, [production, staging, shared]), [
      { path: "f", presentIn: ["production.yaml"] },
    ]);
    assert.deepEqual(findMissing(shared, [production, staging, shared]), []);
  });

  it("never by comparison with a file of another slot", async () => {
    const files = [
      await compared("a.yaml", "a: s\n", { slot: "a/{env}" }),
      await compared("b.yaml", "b: s\n"),
    ];
    assert.deepEqual(
      files.map((file) => findMissing(file, files)),
      [[], []],
    );
  });
});
