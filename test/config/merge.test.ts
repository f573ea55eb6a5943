import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { buildValue, sealedIn } from "../../src/config/build-value.ts";
import type { ConfigMap, ConfigNode, Layer, SealedValue } from "../../src/config/layer.ts";
import { mergeLayers } from "../../src/config/merge.ts";
import { Problems } from "../../src/config/problems.ts";
import { describeConfig, type KmsProvider, loadConfig } from "../../src/index.ts";
import { parseToken } from "../../src/token/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  NO_POLICY,
  placesOf,
  problemsOf,
  rejectionOf,
  sealAll,
  sealOne,
  startKms,
} from "../support/load-fixture.ts";

/** A tree as tests write it: a `SEALED` leaf stands for a token. */
type Tree = { readonly [name: string]: Part };
type Part = Tree | readonly Part[] | string | number | boolean | null | typeof SEALED;

const SEALED = Symbol("sealed");
const ORIGIN = { layer: 0, file: "test.yaml", path: [] };
const SEALED_VALUE: SealedValue = {
  token: parseToken("sealed:v1:raw:tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41=AAAA"),
  names: {},
  allowed: [],
  rawAllowed: true,
  folder: undefined,
  aliased: false,
  origin: ORIGIN,
};

function nodeOf(part: Part): ConfigNode {
  if (part === SEALED) return { kind: "leaf", value: "", sealed: SEALED_VALUE, origin: ORIGIN };
  if (typeof part !== "object" || part === null) {
    return { kind: "leaf", value: part, sealed: undefined, origin: ORIGIN };
  }
  return isList(part) ? { kind: "list", items: part.map(nodeOf) } : mapOf(part);
}

function isList(part: Tree | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part);
}

function mapOf(tree: Tree): ConfigMap {
  return { kind: "map", entries: new Map(Object.entries(tree).map(([name, part]) => [name, nodeOf(part)])) };
}

function merge(...trees: (Tree | ConfigMap)[]): ConfigMap {
  const problems = new Problems();
  const layers = trees.map((tree, index): Layer => {
    const root = "entries" in tree && tree.entries instanceof Map ? (tree as ConfigMap) : mapOf(tree as Tree);
    return { index, content: { kind: "tree", root }, sealed: [] };
  });
  const merged = mergeLayers(layers, problems);
  problems.throwIfAny();
  return merged;
}

/** The merged tree as plain data, with its tokens by their symbol. */
function show(node: ConfigNode): unknown {
  return buildValue(node, { get: () => ({ value: SEALED }) } as never);
}

const NAMES = fc.constantFrom("a", "b", "c", "d");
const SCALAR = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant<Part>(SEALED),
);
const { any: ANY_TREE } = fc.letrec<{ any: Tree; part: Part }>((tie) => ({
  any: fc.dictionary(NAMES, tie("part"), { maxKeys: 4, noNullPrototype: true }),
  part: fc.oneof({ maxDepth: 3 }, SCALAR, fc.array(SCALAR, { maxLength: 3 }), tie("any")),
}));
/** Trees in which a name means the same kind of thing wherever it stands: `m` and `n` maps, the others not. */
const { like: LIKE_TREE } = fc.letrec<{ like: Tree }>((tie) => ({
  like: fc.record<Record<string, Part>>(
    {
      a: fc.oneof(SCALAR, fc.array(SCALAR, { maxLength: 3 })),
      b: SCALAR,
      m: fc.oneof({ maxDepth: 3 }, fc.constant<Tree>({}), tie("like")),
      n: fc.oneof({ maxDepth: 3 }, fc.constant<Tree>({}), tie("like")),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
}));

/** Whether `above` puts members under a token of `below`. */
function setsMemberUnderToken(below: Part | undefined, above: Part): boolean {
  if (!isTree(above)) return false;
  if (below === SEALED) return hasLeaf(above);
  return (
    isTree(below) && Object.entries(above).some(([name, part]) => setsMemberUnderToken(below[name], part))
  );
}

function isTree(part: Part | undefined): part is Tree {
  return typeof part === "object" && part !== null && !isList(part);
}

function hasLeaf(part: Part): boolean {
  if (typeof part !== "object" || part === null) return true;
  return (isList(part) ? part : Object.values(part)).some(hasLeaf);
}

describe("merging", () => {
  it("lets an empty layer change nothing, before and after", () => {
    fc.assert(
      fc.property(ANY_TREE, (tree) => {
        assert.deepEqual(show(merge({}, tree)), show(mapOf(tree)));
        assert.deepEqual(show(merge(tree, {})), show(mapOf(tree)));
      }),
    );
  });

  it("changes nothing when a layer is laid over itself", () => {
    fc.assert(fc.property(ANY_TREE, (tree) => assert.deepEqual(show(merge(tree, tree)), show(mapOf(tree)))));
  });

  it("is the same however the layers are grouped, where each name is a map in all of them or in none", () => {
    fc.assert(
      fc.property(LIKE_TREE, LIKE_TREE, LIKE_TREE, (a, b, c) => {
        const expected = show(merge(a, b, c));
        assert.deepEqual(show(merge(merge(a, b), c)), expected);
        assert.deepEqual(show(merge(a, merge(b, c))), expected);
      }),
    );
  });

  it("keeps all of the last layer, and of those below what it does not name", () => {
    function check(below: Part | undefined, above: Part, merged: unknown): void {
      if (!isTree(above)) return assert.deepEqual(merged, show(nodeOf(above)));
      const found = merged as Readonly<Record<string, unknown>>;
      const kept = isTree(below) ? below : {};
      assert.deepEqual(Object.keys(found), [...new Set([...Object.keys(kept), ...Object.keys(above)])]);
      for (const [name, part] of Object.entries(above)) check(kept[name], part, found[name]);
      for (const [name, part] of Object.entries(kept)) {
        if (!Object.hasOwn(above, name)) assert.deepEqual(found[name], show(nodeOf(part)));
      }
    }
    fc.assert(
      fc.property(ANY_TREE, ANY_TREE, (below, above) => {
        fc.pre(!setsMemberUnderToken(below, above));
        check(below, above, show(merge(below, above)));
      }),
    );
  });

  it("refuses a member under a token, and nothing else", () => {
    fc.assert(
      fc.property(ANY_TREE, ANY_TREE, (below, above) => {
        const problems = new Problems();
        const layers = [below, above].map((tree, index): Layer => {
          return { index, content: { kind: "tree", root: mapOf(tree) }, sealed: [] };
        });
        mergeLayers(layers, problems);
        if (setsMemberUnderToken(below, above)) assert.throws(() => problems.throwIfAny());
        else problems.throwIfAny();
      }),
    );
  });

  it("replaces lists and scalars, a map by a scalar and a scalar by a map", () => {
    const merged = merge(
      { list: [1, 2, 3], text: "a", map: { x: 1 }, scalar: 1, null: { x: 1 } },
      { list: [4], text: "b", map: 2, scalar: { y: 2 }, null: null },
    );
    assert.deepEqual(show(merged), { list: [4], text: "b", map: 2, scalar: { y: 2 }, null: null });
  });

  it("goes layer by layer: what a value between two maps cut off stays off", () => {
    assert.deepEqual(show(merge({ a: { x: 1 } }, { a: 0 }, { a: { y: 2 } })), { a: { y: 2 } });
  });

  it("leaves of the replaced tokens none to open", () => {
    const merged = merge(
      { a: SEALED, b: { c: SEALED }, d: [SEALED], e: SEALED },
      { a: 1, b: 2, d: [], e: {} },
    );
    assert.deepEqual(sealedIn(merged), []);
  });
});

describe("merging files", () => {
  it("replaces a map by a token and a token by a scalar, a list, null or another token", async () => {
    const { a, b, f } = await sealAll({ a: { x: 1 }, b: "b", f: "under" });
    const over = await sealOne("f", "over");
    const below = [`a: { y: 2 }`, ...["b", "c", "d"].map((name) => `${name}: 0`), `f: ${f}`].join("\n");
    const c = await sealOne("c", "c");
    const d = await sealOne("d", "d");
    const config = await loadTexts({
      "1.yaml": `${below}\n`,
      "2.yaml": [`a: ${a}`, `b: ${b}`, `c: ${c}`, `d: ${d}`].join("\n"),
      "3.yaml": `b: plain\nc: [1]\nd: null\nf: ${over}`,
    });
    assert.deepEqual({ ...config }, { a: { x: 1 }, b: "plain", c: [1], d: null, f: "over" });
  });

  it("refuses a member under a token of an earlier file, at its place, and names the token's", async () => {
    const db = await sealOne("db", { host: "a" });
    const load = loadTexts({ "1.yaml": `x: 1\ndb: ${db}`, "2.yaml": "db:\n  pool:\n    size: 5" });
    const [problem, ...others] = await problemsOf(load);
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_FORMAT_SYNTAX");
    assert.equal(
      problem.message,
      "2.yaml:3:11 (db.pool.size): a member is set under a value that is sealed whole in 1.yaml:2",
    );
  });

  it("reads YAML merge keys, the map's own keys first", async () => {
    const config = await loadTexts({
      "app.yaml":
        "base: &base { a: 1, b: 2 }\nother: &other { b: 3, c: 4 }\nall:\n  <<: [*base, *other]\n  a: 0",
    });
    assert.deepEqual({ ...(config["all"] as object) }, { a: 0, b: 2, c: 4 });
  });

  it("refuses an alias that puts a token at a second place, whatever that place is", async () => {
    const token = await sealOne("base.password", "hunter2");
    const texts = { "app.yaml": `base: &base\n  password: ${token}\ndb: *base\ncache:\n  <<: *base` };
    assert.deepEqual(await placesOf(loadTexts(texts)), [
      "ERR_PLACE_MISMATCH app.yaml:2:13 (db.password)",
      "ERR_PLACE_MISMATCH app.yaml:2:13 (cache.password)",
    ]);
  });

  it("refuses an alias that puts a token at a place with the same pointer", async () => {
    const token = await sealOne("tokens[]", "hunter2");
    const [problem, ...others] = await problemsOf(loadTexts({ "app.yaml": `tokens: [&t ${token}, *t]` }));
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_PLACE_MISMATCH");
    assert.match(
      problem.message,
      /^app\.yaml:1:\d+ \(tokens\[1\]\): an alias puts a sealed value at a second place$/,
    );
  });

  it("opens a value that is bound to no path wherever aliases and merges put it, as objects of their own", async () => {
    const token = await sealOne(null, { user: "a" });
    const config = await loadTexts({
      "app.yaml": `base: &base\n  login: &login ${token}\ndb:\n  <<: *base\nlist: [*login]`,
    });
    const login = { user: "a" };
    assert.deepEqual(JSON.parse(JSON.stringify(config)), { base: { login }, db: { login }, list: [login] });
    const { base, db } = config as { base: { login: object }; db: { login: object } };
    assert.notEqual(base.login, db.login);
  });
});

describe("a sealed value that something later replaces", () => {
  /** A provider that must not be asked. */
  function unasked(name: string): KmsProvider {
    const refuse = (): never => assert.fail("a key service was asked");
    return { name, encrypt: refuse, decrypt: refuse, generateDataKey: refuse };
  }

  it("is not opened: no client is made and no key service is called", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const { password, token, list } = await sealAll(
      { password: "a", token: "b", list: "c" },
      { keys: [key], environment },
    );
    emulator.calls.reset();
    const below = `password: ${password}\ntoken: ${token}\nlist: ${list}`;
    const files = [
      { as: "base.yaml", text: below },
      { as: "over.yaml", text: "password: plain\nlist: []" },
    ];
    const config = await loadConfig({
      files,
      keys: [key],
      context: CONTEXT,
      root: NO_POLICY,
      environment: { ...environment, APP_TOKEN: "from env" },
      variables: { prefix: "APP_" },
    });
    assert.deepEqual({ ...config }, { password: "plain", token: "from env", list: [] });
    assert.equal(emulator.calls.total, 0);
    assert.equal(describeConfig(config).kmsCalls, 0);
    const spied = await loadConfig({
      files,
      keys: [key],
      context: CONTEXT,
      root: NO_POLICY,
      overrides: { token: "x" },
      providers: [unasked("tencent")],
    });
    assert.equal(spied["token"], "x");
  });

  it("is not opened under a key that nobody here has", async () => {
    const { password } = await sealAll({ password: "a" });
    const texts = { "base.yaml": `password: ${password}`, "development.yaml": "password: dev" };
    const config = await loadTexts(texts, { environment: {}, providers: [unasked("local")] });
    assert.equal(config["password"], "dev");
  });

  it("that is a reference to a file is not read", async (t) => {
    const folder = makeFolder(t, {
      "a.yaml": "cert: sealed:v1:file:missing.pem.sealed",
      "b.yaml": "cert: none",
    });
    const load = { root: folder, keys: [LOCAL_KEY], environment: ENVIRONMENT };
    const config = await loadConfig({ ...load, files: ["a.yaml", "b.yaml"] });
    assert.equal(config["cert"], "none");
    assert.deepEqual(await placesOf(loadConfig({ ...load, files: ["a.yaml"] })), [
      "ERR_FILE_UNREADABLE a.yaml:1:7 (cert)",
    ]);
  });
});

describe("overrides", () => {
  it("merge plain objects, replace everything else, and may be any value", async () => {
    const when = new Date(0);
    const config = await loadTexts(
      { "a.yaml": "db: { host: a, port: 1 }\nlist: [1, 2]\nkeep: 1" },
      {
        overrides: {
          db: { port: 2, pool: { size: 3 } },
          list: [{ x: 1 }],
          when,
          keep: undefined,
          none: null,
        },
      },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      db: { host: "a", port: 2, pool: { size: 3 } },
      list: [{ x: 1 }],
      keep: 1,
      when: when.toJSON(),
      none: null,
    });
    assert.equal(config["when"], when);
  });

  it("leave the caller's objects as they are", async () => {
    const overrides = { list: [{ x: 1 }], map: { y: [2] } };
    await loadTexts({ "a.yaml": "" }, { overrides });
    assert.equal(Object.isFrozen(overrides.list[0]), false);
    overrides.map.y.push(3);
    assert.deepEqual(overrides, { list: [{ x: 1 }], map: { y: [2, 3] } });
  });

  it("have no file in the description", async () => {
    const config = await loadTexts({ "a.yaml": "a: 1\nb: 2" }, { overrides: { b: 3, c: [4] } });
    assert.deepEqual(describeConfig(config).values, [
      { path: "a", file: "a.yaml", line: 1, column: 4 },
      { path: "b" },
      { path: "c[0]" },
    ]);
  });

  const REFUSED: readonly (readonly [title: string, overrides: Record<string, unknown>, message: RegExp])[] =
    [
      ["sealed text", { a: ["sealed:v1:raw:x"] }, /^overrides: a sealed value cannot stand here \(a\[0\]\)$/],
      [
        "__proto__",
        JSON.parse('{"a":{"__proto__":{"x":1}}}') as Record<string, unknown>,
        /the name __proto__ is refused/,
      ],
      ["constructor", { constructor: 1 }, /the name constructor is refused everywhere/],
      ["prototype", { a: { prototype: 1 } }, /the name prototype is refused everywhere/],
    ];
  for (const [title, overrides, message] of REFUSED) {
    it(`refuse ${title}`, async () => {
      const error = await rejectionOf(loadTexts({ "a.yaml": "b: 1" }, { overrides }));
      assert.ok(error instanceof Error && "code" in error);
      assert.equal(error.code, "ERR_OPTION_INVALID");
      assert.match(error.message, message);
    });
  }

  it("refuse a member under a value that is sealed whole", async () => {
    const db = await sealOne("db", { host: "a" });
    const error = await rejectionOf(
      loadTexts({ "a.yaml": `db: ${db}` }, { overrides: { db: { host: "b" } } }),
    );
    assert.ok(error instanceof Error);
    assert.equal(error.message, "overrides: a member is set under a value that is sealed whole (db)");
  });
});
