import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";

import type { KmsProvider, TencentKmsOptions } from "../../../src/kms/index.ts";

import {
  answer,
  assertFails,
  DATA_KEY,
  decrypt,
  encrypt,
  type ExpectedError,
  generate,
  providerFor,
  sendText,
  startServer,
  type TestServer,
} from "./fixture.ts";

const UNREACHABLE = { code: "ERR_KMS_UNREACHABLE", retryable: true } as const;
const STRANGE = { code: "ERR_KMS_RESPONSE", retryable: true } as const;
const page = (bytes: number): string => "<html>canary-body".padEnd(bytes, ".");

interface BadAnswer {
  readonly title: string;
  readonly send: (response: ServerResponse) => void;
  readonly expected: ExpectedError;
  readonly timeoutMs?: number;
}

const BAD_ANSWERS: readonly BadAnswer[] = [
  ...[80_000, 307_200].map((bytes) => ({
    title: `an HTML page of ${bytes} bytes with status 502`,
    send: (response: ServerResponse) => sendText(withStatus(response, 502), page(bytes)),
    expected: {
      ...UNREACHABLE,
      message: /^tencent kms at 127\.0\.0\.1:\d+ answered .* with HTTP status 502$/,
    },
  })),
  {
    title: "an HTML page with status 200",
    send: (response) => sendText(response, page(500)),
    expected: { ...STRANGE, hint: /proxy/ },
  },
  {
    title: "an HTML page of 300 KB with status 200",
    send: (response) => sendText(response, page(307_200)),
    expected: STRANGE,
  },
  { title: "an empty body", send: (response) => sendText(response, ""), expected: STRANGE },
  {
    title: "JSON without Response",
    send: (response) => sendJson(response, { canary: "canary-body" }),
    expected: STRANGE,
  },
  ...[null, "canary-body", 7, []].map((content) => ({
    title: `JSON that is ${JSON.stringify(content)}`,
    send: (response: ServerResponse) => sendJson(response, content),
    expected: STRANGE,
  })),
  ...[null, "canary-body", 7, []].map((content) => ({
    title: `a Response that is ${JSON.stringify(content)}`,
    send: (response: ServerResponse) => sendJson(response, { Response: content }),
    expected: STRANGE,
  })),
  ...["canary-body", {}, { Code: 42, Message: "canary-body" }, { Code: null }].map((content) => ({
    title: `an Error that is ${JSON.stringify(content)}`,
    send: (response: ServerResponse) => sendJson(response, { Response: { Error: content } }),
    expected: STRANGE,
  })),
  { title: "status 201", send: (response) => sendJson(withStatus(response, 201), {}), expected: STRANGE },
  { title: "status 204", send: (response) => withStatus(response, 204).end(), expected: STRANGE },
  {
    title: "status 403",
    send: (response) => sendText(withStatus(response, 403), page(500)),
    expected: { code: "ERR_KMS_RESPONSE", retryable: false, message: /HTTP status 403$/ },
  },
  ...[429, 500, 503, 504].map((status) => ({
    title: `status ${status} with an error in JSON`,
    send: (response: ServerResponse) =>
      sendJson(withStatus(response, status), { Response: { Error: { Code: "InternalError" } } }),
    expected: UNREACHABLE,
  })),
  {
    title: "a body cut short of its Content-Length",
    send: (response) => {
      response.setHeader("Content-Length", 1_000);
      response.write('{"Response":', () => response.destroy());
    },
    expected: { ...UNREACHABLE, message: /\(ECONNRESET\)$/ },
  },
  {
    title: "a body that stops short of its Content-Length",
    send: (response) => {
      response.setHeader("Content-Length", 1_000);
      response.write('{"Response":');
    },
    expected: { ...UNREACHABLE, message: /^tencent kms did not answer \w+ with tencent\/\S+ in 150 ms$/ },
    timeoutMs: 150,
  },
  {
    title: "a chunked body that is cut",
    send: (response) => {
      response.write('{"Response":', () => response.destroy());
    },
    expected: UNREACHABLE,
  },
  { title: "no answer", send: () => {}, expected: { ...UNREACHABLE, message: /in 150 ms$/ }, timeoutMs: 150 },
  {
    title: "headers and no body",
    send: (response) => response.flushHeaders(),
    expected: { ...UNREACHABLE, message: /in 150 ms$/ },
    timeoutMs: 150,
  },
  {
    title: "a reset connection",
    send: (response) => response.socket?.resetAndDestroy(),
    expected: { ...UNREACHABLE, message: /\(ECONNRESET\)$/ },
  },
  {
    title: "an event stream",
    send: (response) => sendText(response, "data: canary-body\n\n", "text/event-stream"),
    expected: STRANGE,
  },
  {
    title: "an event stream that does not end",
    send: (response) => {
      response.setHeader("Content-Type", "text/event-stream");
      response.write("data: canary-body\n\n");
    },
    expected: UNREACHABLE,
    timeoutMs: 150,
  },
  {
    title: "a body that is not what its Content-Encoding says",
    send: (response) => {
      response.setHeader("Content-Encoding", "gzip");
      sendJson(response, { Response: {} });
    },
    expected: UNREACHABLE,
  },
];

describe("an answer that is not the service's", () => {
  for (const { title, send, expected, timeoutMs = 5_000 } of BAD_ANSWERS) {
    it(`fails the call and no later one: ${title}`, async (t) => {
      const bad = { is: true };
      const server = await serve(t, (response) => (bad.is ? send(response) : answer(response, DATA_KEY)));
      // One connection: a call that kept it would hold up the next one.
      const provider = create(t, server, { timeoutMs, maxSockets: 1 });
      await assertFails(decrypt(provider), expected);
      await assertFails(encrypt(provider), expected);
      await assertFails(generate(provider), expected);
      bad.is = false;
      await generate(provider);
    });
  }

  it("lets go of its sockets when fifty calls at once get 300 KB error pages", async (t) => {
    const bad = { is: true };
    const server = await serve(t, (response) =>
      bad.is ? sendText(withStatus(response, 502), page(307_200)) : answer(response, DATA_KEY),
    );
    const provider = create(t, server, { maxSockets: 2 });
    await Promise.all(Array.from({ length: 50 }, () => assertFails(decrypt(provider), UNREACHABLE)));
    bad.is = false;
    await Promise.all(Array.from({ length: 50 }, () => generate(provider)));
  });
});

describe("a redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`is an error and is not followed: ${status}, to another server and to the same`, async (t) => {
      const other = await serve(t, (response) => answer(response, DATA_KEY));
      const place = { to: "" };
      const server = await serve(t, (response) => {
        response.setHeader("Location", place.to);
        sendText(withStatus(response, status), "canary-body");
      });
      const provider = create(t, server);
      for (const to of [other.endpoint, server.endpoint, "/elsewhere", "http://[canary-body"]) {
        place.to = to;
        await assertFails(decrypt(provider), { ...STRANGE, message: new RegExp(`HTTP status ${status}$`) });
      }
      assert.equal(server.requests.length, 4);
      assert.equal(other.requests.length, 0);
    });
  }
});

describe("a server that cannot be reached", () => {
  it("is an error that may pass: connection refused", async (t) => {
    const server = await startServer(() => {});
    await server.close();
    await assertFails(decrypt(create(t, server)), { ...UNREACHABLE, message: /\(ECONNREFUSED\)$/ });
  });

  it("is an error that may pass: a name that does not resolve", async (t) => {
    const server = await serve(t, () => {});
    const provider = create(t, server, {
      endpoint: "http://localhost:1",
      agent: agentThatFails("ENOTFOUND"),
    });
    await assertFails(decrypt(provider), {
      ...UNREACHABLE,
      message: /^the connection to tencent kms at localhost:1 failed during Decrypt with \S+ \(ENOTFOUND\)$/,
    });
  });

  it("is an error that stays: a certificate that is not trusted", async (t) => {
    const server = await serve(t, () => {});
    const agent = agentThatFails("SELF_SIGNED_CERT_IN_CHAIN");
    await assertFails(decrypt(create(t, server, { endpoint: "http://localhost:1", agent })), {
      code: "ERR_KMS_UNREACHABLE",
      retryable: false,
      message: /\(SELF_SIGNED_CERT_IN_CHAIN\)$/,
      hint: /NODE_EXTRA_CA_CERTS/,
    });
  });

  it("is an error without the system's code when that is no plain word", async (t) => {
    const server = await serve(t, () => {});
    const agent = agentThatFails("canary-body secret");
    await assertFails(decrypt(create(t, server, { endpoint: "http://localhost:1", agent })), UNREACHABLE);
  });
});

function agentThatFails(code: string): Agent {
  return new Agent({
    lookup: (_host, _options, callback) => callback(Object.assign(new Error("canary-body"), { code }), ""),
  });
}

function withStatus(response: ServerResponse, status: number): ServerResponse {
  response.statusCode = status;
  return response;
}

function sendJson(response: ServerResponse, content: unknown): void {
  sendText(response, JSON.stringify(content), "application/json");
}

async function serve(t: TestContext, send: (response: ServerResponse) => void): Promise<TestServer> {
  const server = await startServer(send);
  t.after(() => server.close());
  return server;
}

function create(t: TestContext, server: TestServer, options: TencentKmsOptions = {}): KmsProvider {
  const provider = providerFor(server, options);
  t.after(() => provider.close?.());
  return provider;
}
