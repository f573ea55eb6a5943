import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { KmsError } from "../../../src/errors/index.ts";
import { tencentKms, type TencentCredentials, type TencentKmsOptions } from "../../../src/kms/index.ts";
import { createCredentialStore } from "../../../src/kms/tencent/credentials.ts";
import type { CredentialSource, Finding } from "../../../src/kms/tencent/credential-source.ts";

import {
  answer,
  assertFails,
  CREDENTIALS,
  DATA_KEY,
  decrypt,
  generate,
  providerFor,
  sendText,
  startServer,
  type TestServer,
} from "./fixture.ts";

const { signal } = new AbortController();
const MINUTE_MS = 60_000;

/** A source that hands out numbered credentials, or fails. */
function numbered(
  next: (count: number) => { lifeMs?: number; fails?: boolean },
  now: () => number = () => 0,
) {
  let count = 0;
  const source: CredentialSource = async () => {
    count += 1;
    const { lifeMs, fails } = next(count);
    if (fails) throw new KmsError("ERR_KMS_UNREACHABLE", "down", { provider: "tencent", retryable: true });
    const credentials = { secretId: `id${count}`, secretKey: "key" };
    return lifeMs === undefined ? { credentials } : { credentials, expiresAtMs: now() + lifeMs };
  };
  return { source, count: () => count };
}

describe("the credential store", () => {
  it("asks each time for credentials that do not expire", async () => {
    const { source } = numbered(() => ({}));
    const store = createCredentialStore([source], { timeoutMs: 1_000 });
    assert.equal((await store.get(signal)).secretId, "id1");
    assert.equal((await store.get(signal)).secretId, "id2");
  });

  it("keeps those that expire until five minutes before, and hands them out while it fetches new ones", async () => {
    const clock = { ms: 0 };
    const now = (): number => clock.ms;
    const { source, count } = numbered(() => ({ lifeMs: 120 * MINUTE_MS }), now);
    const store = createCredentialStore([source], { timeoutMs: 1_000, now });
    for (const minute of [0, 60, 114.9]) {
      clock.ms = minute * MINUTE_MS;
      assert.equal((await store.get(signal)).secretId, "id1");
    }
    assert.equal(count(), 1);
    clock.ms = 115 * MINUTE_MS;
    assert.equal((await store.get(signal)).secretId, "id1");
    assert.equal(count(), 2);
    await new Promise(setImmediate);
    assert.equal((await store.get(signal)).secretId, "id2");
    assert.equal(count(), 2);
  });

  it("keeps those of a short life until a tenth of it before", async () => {
    const clock = { ms: 0 };
    const now = (): number => clock.ms;
    const { source, count } = numbered(() => ({ lifeMs: 10_000 }), now);
    const store = createCredentialStore([source], { timeoutMs: 1_000, now });
    await store.get(signal);
    clock.ms = 8_999;
    await store.get(signal);
    assert.equal(count(), 1);
    clock.ms = 9_000;
    await store.get(signal);
    assert.equal(count(), 2);
  });

  it("does not mind a failed fetch while the old ones are good, and asks again each time", async () => {
    const clock = { ms: 0 };
    const now = (): number => clock.ms;
    const { source, count } = numbered((n) => (n === 1 ? { lifeMs: 10_000 } : { fails: true }), now);
    const store = createCredentialStore([source], { timeoutMs: 1_000, now });
    await store.get(signal);
    clock.ms = 9_500;
    for (const fetches of [2, 3]) {
      assert.equal((await store.get(signal)).secretId, "id1");
      await new Promise(setImmediate);
      assert.equal(count(), fetches);
    }
    clock.ms = 9_900;
    await assert.rejects(store.get(signal), { code: "ERR_KMS_UNREACHABLE" });
  });

  it("does not keep a failure", async () => {
    const { source } = numbered((count) => (count === 1 ? { fails: true } : { lifeMs: MINUTE_MS }));
    const store = createCredentialStore([source], { timeoutMs: 1_000, now: () => 0 });
    await assert.rejects(store.get(signal), { code: "ERR_KMS_UNREACHABLE" });
    assert.equal((await store.get(signal)).secretId, "id2");
    assert.equal((await store.get(signal)).secretId, "id2");
  });

  it("refuses credentials that have expired already, and asks only once for them", async () => {
    const { source, count } = numbered(() => ({ lifeMs: 0 }));
    const store = createCredentialStore([source], { timeoutMs: 1_000, now: () => 0 });
    await assertFails(store.get(signal), { code: "ERR_CREDENTIALS_MISSING", retryable: true, hint: /clock/ });
    assert.equal(count(), 1);
  });

  it("lets all who ask at the same time share one search, of which one may leave", async () => {
    let finish: (finding: Finding) => void = () => {};
    let count = 0;
    const source: CredentialSource = () => {
      count += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const store = createCredentialStore([source], { timeoutMs: 1_000 });
    const leaving = new AbortController();
    const left = assert.rejects(store.get(leaving.signal), { name: "AbortError" });
    const waiting = Array.from({ length: 10 }, () => store.get(signal));
    leaving.abort();
    await left;
    finish({ credentials: CREDENTIALS });
    assert.deepEqual(await Promise.all(waiting), Array(10).fill(CREDENTIALS));
    assert.equal(count, 1);
  });

  it("gives a source that never answers up, and asks anew", async () => {
    const { source } = numbered(() => ({}));
    let hangs = true;
    const store = createCredentialStore([(over) => (hangs ? new Promise(() => {}) : source(over))], {
      timeoutMs: 20,
    });
    await assertFails(store.get(signal), {
      code: "ERR_CREDENTIALS_MISSING",
      retryable: true,
      message: /in 20 ms$/,
    });
    hangs = false;
    assert.equal((await store.get(signal)).secretId, "id1");
  });

  it("forgets what the service does not accept any more, and nothing newer", async () => {
    const { source } = numbered(() => ({ lifeMs: MINUTE_MS }));
    const store = createCredentialStore([source], { timeoutMs: 1_000, now: () => 0 });
    const first = await store.get(signal);
    store.forget(first);
    const second = await store.get(signal);
    assert.equal(second.secretId, "id2");
    store.forget(first);
    assert.equal(await store.get(signal), second);
  });
});

describe("the search for credentials", () => {
  async function start(t: TestContext): Promise<{ server: TestServer; home: string }> {
    const server = await startServer((response) => answer(response, DATA_KEY));
    const home = await mkdtemp(join(tmpdir(), "sealconf-home-"));
    t.after(async () => {
      await rm(home, { recursive: true });
      await server.close();
    });
    return { server, home };
  }

  async function whoAsked(t: TestContext, server: TestServer, options: TencentKmsOptions): Promise<string> {
    const provider = tencentKms({ endpoint: server.endpoint, timeoutMs: 1_000, ...options });
    t.after(() => provider.close?.());
    await generate(provider);
    return /Credential=([^/]+)/.exec(server.requests.at(-1)?.headers.authorization ?? "")?.[1] ?? "";
  }

  it("takes the option, the environment, the pod's role, the file, the instance's role, in this order", async (t) => {
    const { server, home } = await start(t);
    const expires = Math.floor(Date.now() / 1_000) + 3_600;
    const granted = (id: string): object => ({ TmpSecretId: id, TmpSecretKey: "k", Token: "t" });
    const sts = await startServer((response) =>
      answer(response, { Credentials: granted("fromPod"), ExpiredTime: expires }),
    );
    const metadata = await startServer((response, { url }) =>
      sendText(
        response,
        url?.endsWith("/r")
          ? JSON.stringify({ ...granted("fromInstance"), ExpiredTime: expires, Code: "Success" })
          : "r",
      ),
    );
    t.after(() => Promise.all([sts.close(), metadata.close()]));
    await mkdir(join(home, ".tencentcloud"));
    const file = join(home, ".tencentcloud", "credentials");
    await writeFile(file, "[default]\nsecret_id = fromFile\nsecret_key = k\n");
    await writeFile(join(home, "token"), "a.b.c");
    const variables = { TENCENTCLOUD_SECRET_ID: "fromEnvironment", TENCENTCLOUD_SECRET_KEY: "k" };
    const pod = {
      TKE_REGION: "ap-guangzhou",
      TKE_PROVIDER_ID: "OIDC",
      TKE_ROLE_ARN: "role",
      TKE_WEB_IDENTITY_TOKEN_FILE: join(home, "token"),
    };
    const options = { homeDir: home, stsEndpoint: sts.endpoint, metadataEndpoint: metadata.endpoint };
    const credentials = { secretId: "fromOption", secretKey: "k" };
    const env = { ...variables, ...pod };
    assert.equal(await whoAsked(t, server, { ...options, env, credentials }), "fromOption");
    assert.equal(await whoAsked(t, server, { ...options, env }), "fromEnvironment");
    assert.equal(await whoAsked(t, server, { ...options, env: pod }), "fromPod");
    assert.equal(await whoAsked(t, server, { ...options, env: {} }), "fromFile");
    await rm(file);
    assert.equal(await whoAsked(t, server, { ...options, env: {} }), "fromInstance");
    assert.deepEqual([sts.requests.length, metadata.requests.length], [1, 2]);
  });

  it("says where it looked when there are none", async (t) => {
    const { server, home } = await start(t);
    const metadata = await startServer(() => {});
    await metadata.close();
    const options = { env: {}, homeDir: home, metadataEndpoint: metadata.endpoint };
    const provider = tencentKms({ endpoint: server.endpoint, ...options });
    await assert.rejects(generate(provider), {
      code: "ERR_CREDENTIALS_MISSING",
      retryable: false,
      message:
        "there are no credentials for tencent: TENCENTCLOUD_SECRET_ID is not set, TKE_ROLE_ARN is not set, " +
        `there is no ${home}/.tencentcloud/credentials or /etc/tencentcloud/credentials, ` +
        `${metadata.endpoint} cannot be reached (ECONNREFUSED)`,
    });
    assert.equal(server.requests.length, 0);
  });

  it("does not fall back to another place when one is set up and does not work", async (t) => {
    const { server, home } = await start(t);
    const env = { TKE_ROLE_ARN: "role", TENCENTCLOUD_SECRETID: "" };
    const provider = tencentKms({ endpoint: server.endpoint, env, homeDir: home });
    await assertFails(generate(provider), {
      code: "ERR_CREDENTIALS_MISSING",
      retryable: false,
      message: /TKE_PROVIDER_ID/,
    });
  });

  it("asks a function at each call, once for those at the same time", async (t) => {
    const { server } = await start(t);
    let count = 0;
    const credentials = async (): Promise<TencentCredentials> => {
      count += 1;
      return { secretId: `id${count}`, secretKey: "k" };
    };
    const provider = providerFor(server, { credentials });
    t.after(() => provider.close?.());
    await Promise.all(Array.from({ length: 10 }, () => generate(provider)));
    assert.equal(count, 1);
    await generate(provider);
    assert.equal(count, 2);
  });

  it("does not pass on what a function fails with, nor sends what it should not return", async (t) => {
    const { server } = await start(t);
    const own = new KmsError("ERR_KMS_UNREACHABLE", "the vault is sealed", {
      provider: "tencent",
      retryable: true,
    });
    const functions: readonly (readonly [() => Promise<unknown>, boolean])[] = [
      [() => Promise.reject(new Error("canary-body")), true],
      [() => assert.fail("canary-body"), true],
      [async () => undefined, false],
      [async () => null, false],
      [async () => ({}), false],
      [async () => ({ secretId: undefined, secretKey: "canary-body" }), false],
    ];
    for (const [credentials, retryable] of functions) {
      const provider = providerFor(server, { credentials: credentials as () => Promise<TencentCredentials> });
      await assertFails(decrypt(provider), { code: "ERR_CREDENTIALS_MISSING", retryable });
    }
    await assert.rejects(
      decrypt(providerFor(server, { credentials: () => Promise.reject(own) })),
      (error) => error === own,
    );
    assert.equal(server.requests.length, 0);
  });

  it("cannot hold a call up, and tells a function when nobody waits any more", async (t) => {
    const { server } = await start(t);
    let aborted: Promise<unknown> = Promise.resolve();
    const provider = providerFor(server, {
      timeoutMs: 50,
      credentials: ({ signal: over }) => {
        aborted = new Promise((resolve) => over.addEventListener("abort", resolve));
        return new Promise(() => {});
      },
    });
    await assertFails(decrypt(provider), {
      code: "ERR_CREDENTIALS_MISSING",
      retryable: true,
      message: /^no credentials for tencent were found in 50 ms$/,
    });
    await aborted;
  });
});

describe("a session token that the service does not accept", () => {
  async function start(t: TestContext, accepted: (token: unknown) => boolean): Promise<TestServer> {
    const server = await startServer((response, { headers }) =>
      answer(
        response,
        accepted(headers["x-tc-token"]) ? DATA_KEY : { Error: { Code: "AuthFailure.TokenFailure" } },
      ),
    );
    t.after(() => server.close());
    return server;
  }

  function tokens(): { credentials: () => Promise<TencentCredentials>; count: () => number } {
    let count = 0;
    return {
      async credentials() {
        count += 1;
        return { ...CREDENTIALS, token: `token${count}` };
      },
      count: () => count,
    };
  }

  it("is exchanged once for a newer one", async (t) => {
    const server = await start(t, (token) => token === "token2");
    const { credentials, count } = tokens();
    const provider = providerFor(server, { credentials });
    t.after(() => provider.close?.());
    await generate(provider);
    assert.deepEqual([count(), server.requests.length], [2, 2]);
  });

  it("is an error when the newer one is not accepted either", async (t) => {
    const server = await start(t, () => false);
    const { credentials, count } = tokens();
    const provider = providerFor(server, { credentials });
    t.after(() => provider.close?.());
    await assertFails(decrypt(provider), {
      code: "ERR_KMS_DENIED",
      retryable: false,
      message: /AuthFailure\.TokenFailure/,
    });
    assert.deepEqual([count(), server.requests.length], [2, 2]);
  });

  it("is an error at once when there is no newer one", async (t) => {
    const server = await start(t, () => false);
    const provider = providerFor(server, { credentials: { ...CREDENTIALS, token: "canary-token" } });
    t.after(() => provider.close?.());
    await assertFails(decrypt(provider), { code: "ERR_KMS_DENIED", retryable: false });
    assert.equal(server.requests.length, 1);
  });
});
