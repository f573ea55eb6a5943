import assert from "node:assert/strict";
import { Agent, type ClientRequest } from "node:http";
import { describe, it } from "node:test";

import { tencentKms, type TencentKmsOptions } from "../../../src/kms/index.ts";

import { assertShowsNothing, CREDENTIALS, decrypt } from "./fixture.ts";

const invalid = { name: "UsageError", code: "ERR_OPTION_INVALID" };

const ENDPOINTS: readonly [setting: string, protocol: string, host: string][] = [
  ["kms.{region}.tencentcloudapi.com", "https:", "kms.ap-guangzhou.tencentcloudapi.com"],
  ["kms.internal.tencentcloudapi.com", "https:", "kms.internal.tencentcloudapi.com"],
  ["https://kms.example:8443", "https:", "kms.example:8443"],
  ["https://kms.example/", "https:", "kms.example"],
  ["http://127.0.0.1:8099", "http:", "127.0.0.1:8099"],
  ["http://127.8.9.1", "http:", "127.8.9.1"],
  ["http://localhost:8099/", "http:", "localhost:8099"],
  ["http://[::1]:8099", "http:", "[::1]:8099"],
];

const BAD_ENDPOINTS = [
  "http://kms.tencentcloudapi.com",
  "http://10.0.0.1:80",
  "http://127.0.0.1.evil.example",
  "http://localhost.evil.example",
  "http://0.0.0.0",
  "http://[::]",
  "https://user:canary-body@kms.example",
  "user@kms.example",
  "https://kms.example/path",
  "kms.example/path",
  "https://kms.example?a=canary-body",
  "https://kms.example#canary-body",
  "ftp://kms.example",
  "file:///etc/passwd",
  "https://",
  "kms example",
  "",
];

describe("the options of tencentKms", () => {
  it("are refused when they are unknown", () => {
    assert.throws(() => tencentKms({ secretID: "x" } as TencentKmsOptions), {
      ...invalid,
      message: 'tencentKms has no option "secretID"',
      hint: /it has credentials, endpoint/,
    });
    assert.throws(() => tencentKms({ retries: undefined } as TencentKmsOptions), invalid);
    for (const options of [null, [], "x"])
      assert.throws(() => tencentKms(options as TencentKmsOptions), invalid);
  });

  it("are refused when a number is out of its range", () => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 60_001]) {
      assert.throws(() => tencentKms({ timeoutMs: value }), invalid);
    }
    for (const value of [0, 1_001, 0.5]) assert.throws(() => tencentKms({ maxSockets: value }), invalid);
    tencentKms({ timeoutMs: 60_000, maxSockets: 1_000 });
  });

  it("are refused when credentials lack a part or hold what cannot be sent", () => {
    const { secretId, secretKey } = CREDENTIALS;
    const bad = [
      {},
      { secretId },
      { secretKey },
      { secretId, secretKey: "" },
      { secretId: undefined, secretKey },
      { secretId, secretKey: `${secretKey}\n` },
      { secretId: ` ${secretId}`, secretKey },
      { secretId, secretKey, token: "a\r\nb" },
      { secretId, secretKey, token: 7 },
    ];
    for (const credentials of bad) {
      assert.throws(
        () => tencentKms({ credentials } as TencentKmsOptions),
        (error: Error & { code?: string }) => {
          assertShowsNothing(error);
          return error.code === "ERR_CREDENTIALS_MISSING";
        },
      );
    }
  });

  it("do nothing by themselves: no network, no file, no environment", () => {
    const untouchable = new Proxy({}, { get: () => assert.fail("read") });
    tencentKms({ env: untouchable, homeDir: "/nowhere" });
  });
});

describe("the endpoint", () => {
  for (const [setting, protocol, host] of ENDPOINTS) {
    it(`is where requests go, from the option or the environment: ${setting}`, async () => {
      for (const options of [{ endpoint: setting }, { env: { SEALCONF_TENCENT_ENDPOINT: setting } }]) {
        assert.deepEqual(await whereItGoes(options), { protocol, host });
      }
    });
  }

  it("is the region's own when none is set", async () => {
    const host = "kms.ap-guangzhou.tencentcloudapi.com";
    assert.deepEqual(await whereItGoes({}), { protocol: "https:", host });
    assert.deepEqual(await whereItGoes({ env: { SEALCONF_TENCENT_ENDPOINT: "" } }), {
      protocol: "https:",
      host,
    });
  });

  for (const setting of BAD_ENDPOINTS) {
    it(`is refused, without being shown: ${JSON.stringify(setting)}`, async () => {
      const check = (error: Error & { code?: string }): boolean => {
        assertShowsNothing(error);
        return error.code === "ERR_OPTION_INVALID";
      };
      assert.throws(() => tencentKms({ endpoint: setting }), check);
      assert.throws(() => tencentKms({ stsEndpoint: setting }), check);
      assert.throws(() => tencentKms({ metadataEndpoint: setting }), check);
      if (setting === "") return;
      const provider = tencentKms({ credentials: CREDENTIALS, env: { SEALCONF_TENCENT_ENDPOINT: setting } });
      await assert.rejects(decrypt(provider), check);
    });
  }
});

/** Returns the address that a call asks its agent for. */
async function whereItGoes(options: TencentKmsOptions): Promise<{ protocol: string; host: string }> {
  const seen: { protocol: string; host: string }[] = [];
  const agent = new Agent();
  Object.defineProperty(agent, "protocol", { value: undefined });
  Object.defineProperty(agent, "addRequest", {
    value(request: ClientRequest) {
      seen.push({ protocol: request.protocol, host: String(request.getHeader("host")) });
      process.nextTick(() => request.emit("error", new Error("seen")));
    },
  });
  const provider = tencentKms({ credentials: CREDENTIALS, env: {}, timeoutMs: 1_000, ...options, agent });
  await assert.rejects(decrypt(provider));
  assert.equal(seen.length, 1);
  return seen[0] ?? assert.fail();
}
