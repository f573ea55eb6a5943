import assert from "node:assert/strict";
import { Console } from "node:console";
import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { format, inspect } from "node:util";

import { z } from "zod";

import { loadConfig, type StandardSchema } from "../../src/index.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  NO_POLICY,
  sealAll,
} from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

const PASSWORD = "correct-horse-battery";
const VALUES = {
  password: PASSWORD,
  short: "abc",
  settings: { pin: 482_913, ratio: 0.1875, list: ["first-secret-item", "x"], flag: true, none: null },
} as const;

/** Loads sealed and plain values through a schema that does with them what `transform` says. */
async function loadThrough(transform: (value: Values) => unknown = (value) => value): Promise<unknown> {
  const tokens = await sealAll(VALUES);
  const lines = Object.entries(tokens).map(([path, token]) => `${path}: ${token}`);
  const schema: StandardSchema = {
    "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: transform(value as Values) }) },
  };
  return await loadConfig({
    files: [{ as: "a.yaml", text: ["host: plain.example", "port: 5432", ...lines].join("\n") }],
    schema,
    root: NO_POLICY,
    keys: [LOCAL_KEY],
    context: CONTEXT,
    environment: ENVIRONMENT,
  });
}

interface Values {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly short: string;
  readonly settings: { readonly pin: number; readonly ratio: number; readonly list: readonly string[] };
}

/** What `console.log` and its like print of it. */
function printsOf(value: unknown): string[] {
  const stream = new PassThrough({ encoding: "utf8" });
  const console = new Console({ stdout: stream, inspectOptions: { depth: 10 } });
  console.log(value);
  console.log("%o", value);
  return [
    String(stream.read()),
    inspect(value, { depth: 10 }),
    inspect(value, { depth: null, showHidden: true, compact: false, sorted: true, maxArrayLength: null }),
    inspect({ nested: [value] }, { depth: 10 }),
    inspect(new Map([["config", value]]), { depth: 10 }),
    format("%O %s", value, value),
  ];
}

function assertHides(value: unknown, ...hidden: readonly string[]): void {
  for (const printed of printsOf(value)) {
    for (const text of hidden) assert.ok(!printed.includes(text), `${text} is in ${printed}`);
  }
}

describe("the result", () => {
  it("is frozen through and through, and made of ordinary objects and lists", async () => {
    const config = await loadTexts({ "a.json": '{ "a": { "b": [1, { "c": 2 }] }, "d": [] }' });
    const { a, d } = config as { a: { b: [number, object] }; d: unknown[] };
    for (const part of [config, a, a.b, a.b[1], d]) assert.ok(Object.isFrozen(part));
    assert.equal(Object.getPrototypeOf(config), Object.prototype);
    assert.throws(() => d.push(1), TypeError);
    assert.throws(() => Reflect.set(a, "b", 1) || fail(), TypeError);
    assert.deepEqual(Object.keys(config), ["a", "d"]);
    assert.deepEqual(config, { a: { b: [1, { c: 2 }] }, d: [] });
  });

  it("leaves instances, typed arrays, maps, sets, dates and functions as they are", async () => {
    class Pool {
      size = 1;
    }
    const parts = {
      pool: new Pool(),
      bytes: new Uint8Array(2),
      map: new Map([["a", { b: 1 }]]),
      set: new Set([1]),
      date: new Date(0),
      url: new URL("https://example.com/"),
      call: () => 1,
    };
    const config = (await loadThrough(() => parts)) as typeof parts;
    for (const [name, part] of Object.entries(parts)) {
      assert.equal(Reflect.get(config, name), part);
      assert.ok(!Object.isFrozen(part), name);
    }
    config.pool.size = 2;
    config.map.get("a")!.b = 2;
    assert.deepEqual([config.pool.size, config.map.get("a")], [2, { b: 2 }]);
  });

  it("leaves what is not the load's own unfrozen: a schema's constants, the caller's overrides", async () => {
    const constants = { list: [1], map: { a: 1 } };
    const config = (await loadThrough((value) => ({ ...value, ...constants }))) as typeof constants;
    assert.ok(Object.isFrozen(config.list) && Object.isFrozen(config.map));
    assert.ok(!Object.isFrozen(constants.list) && !Object.isFrozen(constants.map));
    assert.deepEqual(Reflect.ownKeys(constants.map), ["a"]);
  });

  it("may hold itself, and the same part twice", async () => {
    const config = (await loadThrough(({ password }) => {
      const part: Record<string, unknown> = { password };
      part["self"] = part;
      return { one: part, two: part };
    })) as { one: { self: unknown }; two: unknown };
    assert.equal(config.one, config.two);
    assert.equal(config.one.self, config.one);
    assertHides(config, PASSWORD);
  });

  it("may be no object at all", async () => {
    assert.equal(await loadThrough(({ host }) => host), "plain.example");
    assert.equal(await loadThrough(() => null), null);
  });
});

describe("printing the result", () => {
  it("hides sealed texts, short ones too, and sealed numbers", async () => {
    assertHides(await loadThrough(), PASSWORD, "abc", "482913", "0.1875", "first-secret", "'x'");
  });

  it("shows what is plain, and that something is hidden", async () => {
    const config = await loadThrough();
    for (const printed of printsOf(config)) {
      assert.match(printed, /plain\.example/);
      assert.match(printed, /5432/);
      assert.match(printed, /password: \[sealed\]/);
      assert.match(printed, /flag: true/);
    }
  });

  it("hides them in every part that is printed alone", async () => {
    const { settings } = (await loadThrough()) as Values;
    assertHides(settings, "482913", "first-secret");
    assertHides(settings.list, "first-secret");
  });

  it("keeps the shape and the depth of what is printed", async () => {
    const config = (await loadThrough(({ host }) => ({
      a: { b: { c: { d: host } } },
      list: [1, 2],
    }))) as object;
    assert.equal(inspect(config), "{ a: { b: { c: [Object] } }, list: [ 1, 2 ] }");
    assert.equal(inspect(config, { depth: 0 }), "{ a: [Object], list: [Array] }");
    assert.equal(inspect({ x: { y: { z: config } } }), "{ x: { y: { z: [Object] } } }");
  });

  const MOVES: readonly (readonly [title: string, move: (value: Values) => unknown])[] = [
    ["moved to another name", ({ password }) => ({ db: { pass: password } })],
    ["joined into an address", ({ password, host }) => ({ dsn: `postgres://app:${password}@${host}/db` })],
    ["of which eight characters are left", ({ password }) => ({ start: password.slice(3, 11) })],
    [
      "in upper case with eight characters as they were",
      ({ password }) => ({ a: `${password.slice(0, 8)}XX` }),
    ],
    ["in a list", ({ password }) => ({ list: [[password]] })],
    ["in a map", ({ password }) => ({ map: new Map([["p", { password }]]) })],
    ["as a map's key", ({ password }) => ({ map: new Map([[password, 1]]) })],
    ["in a set", ({ password }) => ({ set: new Set([password]) })],
    ["in a URL", ({ password }) => ({ url: new URL(`postgres://app:${password}@h/db`) })],
    ["in URL parameters", ({ password }) => ({ query: new URLSearchParams({ password }) })],
    [
      "in an instance",
      ({ password }) => ({
        pool: new (class Pool {
          password = password;
        })(),
      }),
    ],
    ["in an error", ({ password }) => ({ error: new Error(`no ${password}`) })],
    [
      "as bytes",
      ({ password }) => ({ bytes: Buffer.from(password), more: new TextEncoder().encode(password) }),
    ],
    ["as a boxed text", ({ password }) => ({ boxed: Object(password) as object })],
    ["without a prototype", ({ password }) => Object.assign(Object.create(null) as object, { password })],
    [
      "frozen by the schema",
      ({ password }) => Object.freeze({ a: Object.freeze([Object.freeze({ password })]) }),
    ],
    ["sealed by the schema", ({ password }) => Object.seal({ password })],
    ["in a function's property", ({ password }) => ({ call: Object.assign(() => 1, { password }) })],
  ];
  for (const [title, move] of MOVES) {
    it(`hides a sealed text ${title}`, async () => {
      const config = await loadThrough(move);
      const bytes = [...Buffer.from(PASSWORD)];
      const dumps = [bytes.join(", "), bytes.map((byte) => byte.toString(16)).join(" ")];
      assertHides(config, PASSWORD.slice(3, 11), PASSWORD.slice(0, 8), ...dumps);
    });
  }

  it("hides a sealed number that became a text, and a sealed text that became a number", async () => {
    const tokens = await sealAll({ pin: "73519", code: 86_420 });
    const schema = z.object({ pin: z.coerce.number(), code: z.coerce.string(), big: z.coerce.bigint() });
    const config = await loadConfig({
      files: [{ as: "a.yaml", text: `pin: ${tokens.pin}\ncode: ${tokens.code}\nbig: 1` }],
      schema: schema.transform((value) => ({ ...value, big: BigInt(value.pin) })),
      root: NO_POLICY,
      keys: [LOCAL_KEY],
      context: CONTEXT,
      environment: ENVIRONMENT,
    });
    assert.deepEqual([config.pin, config.code, config.big], [73_519, "86420", 73_519n]);
    assertHides(config, "73519", "86420");
  });

  it("hides a schema's read-only objects, which come frozen", async () => {
    const schema = z.object({ password: z.string() }).readonly();
    const config = await loadConfig({
      files: [{ as: "a.yaml", text: `password: ${(await sealAll({ password: PASSWORD })).password}` }],
      schema,
      root: NO_POLICY,
      keys: [LOCAL_KEY],
      context: CONTEXT,
      environment: ENVIRONMENT,
    });
    assert.equal(config.password, PASSWORD);
    assertHides(config, PASSWORD);
  });

  it("hides the bytes of a sealed file, large ones too", async (t) => {
    const key = await makeSealedFileKey();
    const root = makeFolder(t, {
      "small.bin.sealed": sealBlob(key, "small.bin", Uint8Array.of(1, 2, 3, 250, 251, 252, 253, 254)),
      "large.bin.sealed": sealBlob(key, "large.bin", randomBytes(17_000_000)),
      "a.yaml": "small: sealed:v1:file+bytes:small.bin.sealed\nlarge: sealed:v1:file+bytes:large.bin.sealed",
    });
    const config = await loadConfig({
      files: ["a.yaml"],
      root,
      keys: [LOCAL_KEY],
      context: CONTEXT,
      environment: ENVIRONMENT,
    });
    assert.equal(inspect(config), "{ small: [sealed], large: [sealed] }");
  });

  it("does not hide from code: JSON, spreading and reading give plain values", async () => {
    const config = (await loadThrough()) as Values;
    assert.equal((JSON.parse(JSON.stringify(config)) as Values).password, PASSWORD);
    assert.equal({ ...config }.password, PASSWORD);
    assert.equal(inspect({ ...config }.password), `'${PASSWORD}'`);
    assert.equal(structuredClone({ ...config.settings }).pin, 482_913);
    assert.equal(config.settings.list[0], "first-secret-item");
  });

  it("hides nothing where nothing is sealed", async () => {
    const config = await loadTexts({ "a.yaml": "a: text\nb: [1]" });
    assert.equal(inspect(config), "{ a: 'text', b: [ 1 ] }");
  });
});

function fail(): never {
  throw new TypeError("it was not set");
}
