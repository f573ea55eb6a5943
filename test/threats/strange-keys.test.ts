import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { type KmsProvider, loadConfig, type LoadOptions } from "../../src/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  makeFolder,
  NO_POLICY,
  placesOf,
  problemsOf,
  sealOne,
  startKms,
} from "../support/load-fixture.ts";
import { placeOf } from "../../src/token/index.ts";
import type { ChildReport } from "../support/load-child.ts";
import { loadInChild } from "../support/run-load-child.ts";

const STRANGE = "tencent/ap-guangzhou/00000000-0000-4000-8000-000000000000";

interface Attempt {
  readonly title: string;
  readonly keyref: string;
  readonly code: string;
}

const ATTEMPTS: readonly Attempt[] = [
  { title: "a key of the attacker's own", keyref: STRANGE, code: "ERR_KEY_NOT_ALLOWED" },
  { title: "another local key", keyref: "local/other", code: "ERR_KEY_NOT_ALLOWED" },
  { title: "a provider that nobody set up", keyref: "aliyun/cn-hangzhou/key-1", code: "ERR_KEY_NOT_ALLOWED" },
  { title: "a provider that does not exist", keyref: "evil/x", code: "ERR_PROVIDER_UNKNOWN" },
  { title: "a provider named like a property", keyref: "constructor/x", code: "ERR_PROVIDER_UNKNOWN" },
  { title: "a provider named like the prototype", keyref: "__proto__/x", code: "ERR_PROVIDER_UNKNOWN" },
  { title: "no provider", keyref: "/x", code: "ERR_PROVIDER_UNKNOWN" },
  {
    title: "a host as a region",
    keyref: `tencent/evil.example/${STRANGE.slice(-36)}`,
    code: "ERR_TOKEN_MALFORMED",
  },
  {
    title: "a host and port as a region",
    keyref: `tencent/127.0.0.1:80/${STRANGE.slice(-36)}`,
    code: "ERR_TOKEN_MALFORMED",
  },
  { title: "a path as a local key's name", keyref: "local/../../etc/passwd", code: "ERR_TOKEN_MALFORMED" },
  { title: "an allowed key in upper case", keyref: "LOCAL/dev", code: "ERR_PROVIDER_UNKNOWN" },
  { title: "an allowed key with more behind it", keyref: "local/dev/", code: "ERR_TOKEN_MALFORMED" },
];

/** A token of each kind that names the key, with the place that is right for it. */
function tokensFor(keyref: string): Record<string, string> {
  const place = placeOf({ ...CONTEXT, path: "/a" });
  const payload = Buffer.alloc(80).toString("base64url");
  return {
    envelope: `sealed:v1:envelope:${place}:${keyref}=AAAA:${payload}`,
    direct: `sealed:v1:direct:${place}:${keyref}=AAAA`,
    raw: `sealed:v1:raw:${keyref}=AAAA`,
  };
}

/** An environment that records what is looked up in it. */
function recording(environment: Readonly<Record<string, string | undefined>>): {
  readonly environment: LoadOptions["environment"];
  readonly read: string[];
} {
  const read: string[] = [];
  const proxy = new Proxy(environment, {
    get: (target, name) => {
      read.push(String(name));
      return Reflect.get(target, name) as unknown;
    },
  });
  return { environment: proxy, read };
}

/** Providers that fail the test when they are asked anything. */
function unasked(t: TestContext): KmsProvider[] {
  let asked = 0;
  t.after(() => assert.equal(asked, 0));
  const refuse = (): never => {
    asked += 1;
    return assert.fail("a provider was asked");
  };
  return ["tencent", "aliyun", "local"].map((name) => {
    return { name, encrypt: refuse, decrypt: refuse, generateDataKey: refuse };
  });
}

describe("a file that names a key which is not the policy's", () => {
  for (const { title, keyref, code } of ATTEMPTS) {
    it(`is refused before a client or a credential exists: ${title}`, async (t) => {
      const { emulator, environment: real } = await startKms(t);
      const { environment, read } = recording(real);
      const policy = {
        text: `app: ${CONTEXT.app}\nrules: [{ files: ["**"], env: ${CONTEXT.env}, keys: [${LOCAL_KEY}], raw: [a] }]`,
      };
      for (const [kind, token] of Object.entries(tokensFor(keyref))) {
        const options = { policy, keys: undefined, context: undefined };
        const text = { "a.yaml": `\na: "${token}"` };
        // Raw values of local keys do not exist.
        const expected = kind === "raw" && keyref.startsWith("local/") ? "ERR_TOKEN_MALFORMED" : code;
        assert.deepEqual(await placesOf(loadTexts(text, { ...options, environment })), [
          `${expected} a.yaml:2:4 (a)`,
        ]);
        await problemsOf(loadTexts(text, { ...options, providers: unasked(t) }));
      }
      assert.equal(emulator.calls.total, 0);
      assert.deepEqual(read, []);
    });
  }

  it("is refused in the environment and in a sealed file as well", async (t) => {
    const { emulator, environment: real } = await startKms(t);
    const { environment, read } = recording({ ...real, APP_A: tokensFor(STRANGE)["raw"] });
    const root = makeFolder(t, {
      "app.yaml": "cert: sealed:v1:file:cert.sealed",
      "cert.sealed": `sealconf/v1/blob\nname cert\n-> ${STRANGE}=AAAA\n\n${"x".repeat(80)}`,
    });
    const load = loadConfig({
      files: ["app.yaml"],
      root,
      keys: [LOCAL_KEY],
      context: CONTEXT,
      raw: ["**"],
      environment,
      variables: { prefix: "APP_" },
    });
    assert.deepEqual(await placesOf(load), [
      "ERR_KEY_NOT_ALLOWED app.yaml:1:7 (cert)",
      "ERR_KEY_NOT_ALLOWED $env (APP_A)",
    ]);
    assert.equal(emulator.calls.total, 0);
    assert.deepEqual(
      read.filter((name) => !name.startsWith("APP_")),
      [],
    );
  });

  it("loads no SDK and reads no credential of the process", async () => {
    const options: LoadOptions = {
      files: [
        { as: "a.yaml", text: `a: ${tokensFor(STRANGE)["envelope"]}\nb: ${tokensFor("evil/x")["direct"]}` },
      ],
      root: NO_POLICY,
      keys: [LOCAL_KEY],
      context: CONTEXT,
    };
    const credentials = { TENCENTCLOUD_SECRET_ID: "id", TENCENTCLOUD_SECRET_KEY: "key", HOME: "/nowhere" };
    const { stdout, stderr } = await loadInChild(
      { options, watch: true },
      { ...ENVIRONMENT, ...credentials },
    );
    assert.equal(stderr, "");
    const { codes, variables, modules } = JSON.parse(stdout) as ChildReport;
    assert.deepEqual(codes, ["ERR_KEY_NOT_ALLOWED", "ERR_PROVIDER_UNKNOWN"]);
    const secret = /^(?:TENCENTCLOUD_|TKE_|SEALCONF_|ALIBABA_CLOUD_|HOME$|XDG_)/;
    assert.deepEqual(
      variables.filter((name) => secret.test(name)),
      [],
    );
    assert.deepEqual(
      modules.filter((name) => name.includes("tencentcloud")),
      [],
    );
  });

  it("beside one of the policy's: that one alone is asked", async (t) => {
    const kms = await startKms(t, { keysPerRegion: 2 });
    const [listed = "", strange = ""] = kms.keys;
    const keys = [strange, listed];
    const token = await sealOne("a", "x", { keys, environment: kms.environment });
    kms.emulator.calls.reset();
    const config = await loadTexts(
      { "a.yaml": `a: ${token}` },
      { keys: [listed], environment: kms.environment },
    );
    assert.equal(config["a"], "x");
    assert.deepEqual(
      kms.emulator.calls.list.map(({ keyId }) => keyId),
      [listed.split("/")[2]],
    );
  });
});

describe("a key service that answers for another key", () => {
  it("is not believed: the value does not open, and nobody else is asked", async (t) => {
    const { emulator, keys, environment } = await startKms(t, { keysPerRegion: 2 });
    for (const direct of [false, true]) {
      const recipients = direct ? keys.slice(0, 1) : keys;
      const token = await sealOne("a", "x", { keys: recipients, environment, direct });
      emulator.calls.reset();
      emulator.inject({ kind: "wrong-key-id" });
      const load = loadTexts({ "a.yaml": `a: ${token}` }, { keys, environment });
      assert.deepEqual(await placesOf(load), ["ERR_OPEN_FAILED a.yaml:1:4 (a)"]);
      assert.equal(emulator.calls.total, 1);
    }
  });
});

describe("an endpoint", () => {
  it("is never taken from a file: one that stands there is a plain value", async (t) => {
    const { emulator, key, environment } = await startKms(t);
    const token = await sealOne("a", "x", { keys: [key], environment });
    emulator.calls.reset();
    const texts = {
      ".env": "SEALCONF_TENCENT_ENDPOINT=http://127.0.0.1:1\nTENCENTCLOUD_SECRET_ID=evil",
      "a.yaml": `a: ${token}`,
    };
    const config = await loadTexts(texts, { keys: [key], environment });
    assert.equal(config["a"], "x");
    assert.equal(emulator.calls.total, 1);
  });
});
