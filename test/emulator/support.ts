import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import { startEmulator } from "../../src/emulator/index.ts";
import type { Emulator, EmulatorOptions } from "../../src/emulator/index.ts";
import { createSdkClient } from "../support/tencent-sdk.ts";
import type { SdkClient } from "../support/tencent-sdk.ts";

export interface Started {
  readonly emulator: Emulator;
  /** The official SDK with the emulator's first credential, in its first region. */
  readonly client: SdkClient;
  /** The first key. */
  readonly keyId: string;
}

/** Starts an emulator that closes with the test. */
export async function startFor(t: TestContext, options?: EmulatorOptions): Promise<Started> {
  const emulator = await startEmulator(options);
  t.after(() => emulator.close());
  return { emulator, client: createSdkClient(emulator.tencent), keyId: emulator.tencent.keyIds[0] ?? "" };
}

/** The error code that the service answers with; `undefined` for success. */
export async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined) throw error;
    return code;
  }
}

export function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends what no SDK would send. */
export async function sendRaw(
  endpoint: string,
  { method = "POST", path = "/", headers = {}, body = "" }: RawRequest,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { "Content-Type": "application/json", ...headers }, agent: false };
    const outgoing = httpRequest(new URL(path, endpoint), options, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The error code in a raw response. */
export function rawCode(response: RawResponse): string | undefined {
  const { Response } = JSON.parse(response.text) as { Response: { Error?: { Code: string } } };
  return Response.Error?.Code;
}

export interface Signing {
  readonly action?: string;
  readonly body?: string;
  /** Unix seconds. */
  readonly timestamp?: number;
  readonly secretId?: string;
  readonly secretKey?: string;
  readonly service?: string;
}

interface OfficialSign {
  sign3(options: Readonly<Record<string, unknown>>): string;
}

/** The headers of a request that the official SDK's own code signed. */
export function signHeaders(emulator: Emulator, signing: Signing = {}): Record<string, string> {
  const { endpoint, region, secretId, secretKey } = emulator.tencent;
  const {
    action = "GetServiceStatus",
    body = "{}",
    timestamp = Math.floor(Date.now() / 1000),
    service = "kms",
  } = signing;
  const load = createRequire(import.meta.url);
  const { default: sign } = load("tencentcloud-sdk-nodejs-common/tencentcloud/common/sign") as {
    default: OfficialSign;
  };
  const authorization = sign.sign3({
    method: "POST",
    url: endpoint,
    payload: Buffer.from(body),
    timestamp,
    service,
    secretId: signing.secretId ?? secretId,
    secretKey: signing.secretKey ?? secretKey,
    headers: { "Content-Type": "application/json" },
  });
  return {
    Authorization: authorization,
    "X-TC-Action": action,
    "X-TC-Region": region,
    "X-TC-Version": "2019-01-18",
    "X-TC-Timestamp": String(timestamp),
  };
}
