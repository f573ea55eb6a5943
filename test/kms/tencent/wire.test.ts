import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it, type TestContext } from "node:test";

import type { KmsProvider, TencentKmsOptions } from "../../../src/kms/index.ts";

import {
  answer,
  CONTEXT,
  CREDENTIALS,
  DATA_KEY,
  decrypt,
  encrypt,
  generate,
  KEY_ID,
  keyOf,
  NEW_CONTEXT,
  NEW_KEY_ID,
  PLAINTEXT,
  providerFor,
  RE_ENCRYPTED,
  reEncrypt,
  startServer,
  type TestServer,
  WRAPPED,
} from "./fixture.ts";

interface Pair {
  readonly server: TestServer;
  readonly provider: KmsProvider;
}

async function start(t: TestContext, options: TencentKmsOptions = {}): Promise<Pair> {
  const server = await startServer((response) => answer(response, DATA_KEY));
  const provider = providerFor(server, options);
  t.after(async () => {
    await provider.close?.();
    await server.close();
  });
  return { server, provider };
}

describe("a request", () => {
  it("is a signed POST that names action, version and region", async (t) => {
    const { server, provider } = await start(t);
    await decrypt(provider);
    const [request] = server.requests;
    assert.equal(request?.method, "POST");
    assert.equal(request.url, "/");
    const { headers } = request;
    assert.equal(headers["x-tc-action"], "Decrypt");
    assert.equal(headers["x-tc-version"], "2019-01-18");
    assert.equal(headers["x-tc-region"], "ap-guangzhou");
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers["accept-encoding"], "gzip,deflate");
    assert.equal(headers["x-tc-token"], undefined);
    const scope = `${CREDENTIALS.secretId}/\\d{4}-\\d\\d-\\d\\d/127/tc3_request`;
    assert.match(headers.authorization ?? "", new RegExp(`^TC3-HMAC-SHA256 Credential=${scope}, `));
  });

  it("carries exactly the parameters of its action", async (t) => {
    const { server, provider } = await start(t);
    await encrypt(provider);
    await decrypt(provider);
    await generate(provider);
    assert.deepEqual(
      server.requests.map(({ body }) => JSON.parse(body) as unknown),
      [
        { KeyId: KEY_ID, Plaintext: Buffer.from(PLAINTEXT).toString("base64"), EncryptionContext: CONTEXT },
        { CiphertextBlob: WRAPPED, EncryptionContext: CONTEXT },
        { KeyId: KEY_ID, KeySpec: "AES_256", EncryptionContext: CONTEXT },
      ],
    );
  });

  it("for a re-encryption carries the key that it goes to and both contexts, none where there is none", async (t) => {
    const server = await startServer((response) => answer(response, RE_ENCRYPTED));
    const provider = providerFor(server);
    t.after(async () => {
      await provider.close?.();
      await server.close();
    });
    await reEncrypt(provider);
    const bare = { key: keyOf(), wrapped: WRAPPED, encryptionContext: "", newEncryptionContext: "" };
    await provider.reEncrypt?.({ ...bare, newKey: keyOf(NEW_KEY_ID) });
    assert.deepEqual(
      server.requests.map(({ headers, body }) => [headers["x-tc-action"], JSON.parse(body) as unknown]),
      [
        [
          "ReEncrypt",
          {
            CiphertextBlob: WRAPPED,
            DestinationKeyId: NEW_KEY_ID,
            SourceEncryptionContext: CONTEXT,
            DestinationEncryptionContext: NEW_CONTEXT,
          },
        ],
        ["ReEncrypt", { CiphertextBlob: WRAPPED, DestinationKeyId: NEW_KEY_ID }],
      ],
    );
  });

  it("carries no EncryptionContext when there is none", async (t) => {
    const { server, provider } = await start(t);
    await provider.generateDataKey({ key: keyOf(), encryptionContext: "" });
    assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ""), { KeyId: KEY_ID, KeySpec: "AES_256" });
  });

  it("carries the session token of temporary credentials", async (t) => {
    const { server, provider } = await start(t, { credentials: { ...CREDENTIALS, token: "session" } });
    await generate(provider);
    assert.equal(server.requests[0]?.headers["x-tc-token"], "session");
  });

  it("goes to the region of its key", async (t) => {
    const { server, provider } = await start(t);
    const regions = ["ap-guangzhou", "ap-shanghai", "na-siliconvalley"];
    for (const region of regions) {
      await provider.generateDataKey({ key: keyOf(KEY_ID, region), encryptionContext: "" });
    }
    assert.deepEqual(
      server.requests.map(({ headers }) => headers["x-tc-region"]),
      regions,
    );
  });

  it("is not sent for a region that could not be part of a host name, or none", async (t) => {
    const { server, provider } = await start(t);
    for (const region of ["evil.example/", "AP-GUANGZHOU", "a", "x@y", "", "a".repeat(33)]) {
      const key = keyOf(KEY_ID, region);
      await assert.rejects(provider.generateDataKey({ key, encryptionContext: "" }), TypeError);
    }
    const key = { text: "tencent/x", id: KEY_ID };
    await assert.rejects(provider.generateDataKey({ key, encryptionContext: "" }), TypeError);
    assert.equal(server.requests.length, 0);
  });

  it("does not go through http_proxy", async (t) => {
    const { server, provider } = await start(t);
    const before = process.env["http_proxy"];
    t.after(() => {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
    });
    process.env["http_proxy"] = "http://127.0.0.1:1";
    await generate(provider);
    assert.equal(server.requests.length, 1);
  });
});

describe("connections", () => {
  it("are kept: one serves twenty calls after each other", async (t) => {
    const { server, provider } = await start(t);
    for (let call = 0; call < 20; call += 1) await generate(provider);
    assert.equal(server.connections, 1);
  });

  it("are no more than maxSockets", async (t) => {
    const { server, provider } = await start(t, { maxSockets: 3 });
    await Promise.all(Array.from({ length: 30 }, () => generate(provider)));
    assert.equal(server.requests.length, 30);
    assert.ok(server.connections <= 3, `${server.connections} connections`);
  });

  it("are made by the caller's own agent, which close leaves open", async (t) => {
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const { server, provider } = await start(t, { agent });
    await generate(provider);
    await provider.close?.();
    await generate(provider);
    assert.equal(server.connections, 1);
  });

  it("are made anew after close", async (t) => {
    const { server, provider } = await start(t);
    await generate(provider);
    await provider.close?.();
    await generate(provider);
    assert.equal(server.connections, 2);
  });
});
