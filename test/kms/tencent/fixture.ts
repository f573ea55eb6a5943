import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";

import { type KmsCode, KmsError } from "../../../src/errors/index.ts";
import { type KmsKey, type KmsProvider, tencentKms, type TencentKmsOptions } from "../../../src/kms/index.ts";
import { showWhole } from "../../support/provider-contract.ts";

export const KEY_ID = "93866e69-9755-11ef-8e65-52540089bc41";
export const NEW_KEY_ID = "0b3c7c1e-9755-11ef-8e65-52540089bc41";
export const REQUEST_ID = "bc5b118e-2aa3-4b36-ac64-4390282050a9";
export const CONTEXT = '{"app":"billing-api","sealed":"v1/dek"}';
export const NEW_CONTEXT = '{"app":"billing","sealed":"v1/dek"}';
export const CREDENTIALS = { secretId: "AKIDcanary0000secret0id", secretKey: "canary0000secret0key" };

export function keyOf(id: string = KEY_ID, region: string = "ap-guangzhou"): KmsKey {
  return { text: `tencent/${region}/${id}`, region, id };
}

export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface TestServer {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly requests: readonly SeenRequest[];
  /** How many connections were opened so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export type Handler = (response: ServerResponse, request: SeenRequest, count: number) => void;

/** Starts a server that answers each request, once its body is read, as the handler says. */
export async function startServer(handler: Handler): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const seen = { method, url, headers, body };
      requests.push(seen);
      handler(response, seen, requests.length);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers as the service does: HTTP 200, whatever the content. */
export function answer(response: ServerResponse, content: object): void {
  sendText(response, JSON.stringify({ Response: { RequestId: REQUEST_ID, ...content } }), "application/json");
}

export function sendText(response: ServerResponse, text: string, contentType: string = "text/html"): void {
  response.setHeader("Content-Type", contentType);
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(text);
}

/** A data key as the service returns it: 32 bytes of one value. */
export const DATA_KEY: { KeyId: string; Plaintext: string; CiphertextBlob: string } = {
  KeyId: KEY_ID,
  Plaintext: Buffer.alloc(32, 7).toString("base64"),
  CiphertextBlob: "AAAA-k-BBBB-k-CCCC",
};

/** What the service returns for a ciphertext that it took from one key to another. */
export const RE_ENCRYPTED: {
  KeyId: string;
  CiphertextBlob: string;
  SourceKeyId: string;
  ReEncrypted: boolean;
} = { KeyId: NEW_KEY_ID, CiphertextBlob: "AAAA-k-BBBB-k-DDDD", SourceKeyId: KEY_ID, ReEncrypted: true };

/** A provider for a test's own server, with nothing of the machine's. */
export function providerFor(server: TestServer, options: TencentKmsOptions = {}): KmsProvider {
  return tencentKms({
    credentials: CREDENTIALS,
    endpoint: server.endpoint,
    env: {},
    timeoutMs: 5_000,
    ...options,
  });
}

export const PLAINTEXT: Uint8Array = Buffer.from("canary-plaintext-9c41");
export const WRAPPED = "canarywrapped0000-k-BBBB-k-CCCC";

/** What no error may show. */
const CANARIES = [
  CREDENTIALS.secretId,
  CREDENTIALS.secretKey,
  "canary-plaintext-9c41",
  Buffer.from(PLAINTEXT).toString("base64"),
  WRAPPED,
  "canary-token",
  "canary-body",
  "Signature=",
];

export interface ExpectedError {
  readonly code: KmsCode;
  readonly retryable: boolean;
  readonly message?: RegExp;
  readonly hint?: RegExp;
  readonly requestId?: string | undefined;
}

/** Asserts that a call fails with this `KmsError`, and that nothing of it shows a secret. */
export async function assertFails(call: Promise<unknown>, expected: ExpectedError): Promise<void> {
  await assert.rejects(call, (error) => {
    assertShowsNothing(error);
    assert.ok(error instanceof KmsError, inspect(error));
    const { code, retryable, provider, cause } = error;
    const wanted = {
      code: expected.code,
      retryable: expected.retryable,
      provider: "tencent",
      cause: undefined,
    };
    assert.deepEqual({ code, retryable, provider, cause }, wanted, error.message);
    if (expected.message !== undefined) assert.match(error.message, expected.message);
    if (expected.hint !== undefined) assert.match(error.hint ?? "", expected.hint);
    if ("requestId" in expected) assert.equal(error.requestId, expected.requestId);
    return true;
  });
}

export function assertShowsNothing(error: unknown): void {
  const shown = showWhole(error);
  for (const canary of CANARIES) assert.ok(!shown.includes(canary), `${canary} is in ${shown}`);
}

export function encrypt(provider: KmsProvider, signal?: AbortSignal): Promise<unknown> {
  return provider.encrypt({ key: keyOf(), plaintext: PLAINTEXT, encryptionContext: CONTEXT }, { signal });
}

export function decrypt(provider: KmsProvider, signal?: AbortSignal): Promise<unknown> {
  return provider.decrypt({ key: keyOf(), wrapped: WRAPPED, encryptionContext: CONTEXT }, { signal });
}

export function reEncrypt(provider: KmsProvider, signal?: AbortSignal): Promise<unknown> {
  const contexts = { encryptionContext: CONTEXT, newEncryptionContext: NEW_CONTEXT };
  const request = { key: keyOf(), wrapped: WRAPPED, newKey: keyOf(NEW_KEY_ID), ...contexts };
  return provider.reEncrypt?.(request, { signal }) ?? assert.fail("the provider cannot re-encrypt");
}

export async function generate(provider: KmsProvider, signal?: AbortSignal): Promise<void> {
  const { plaintext } = await provider.generateDataKey(
    { key: keyOf(), encryptionContext: CONTEXT },
    { signal },
  );
  assert.equal(plaintext.length, 32);
}
