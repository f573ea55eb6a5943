import { Agent } from "node:http";
import { createRequire } from "node:module";
import type * as TencentSdk from "tencentcloud-sdk-nodejs-common";

/** The official SDK's `CommonClient`. */
export interface SdkClient {
  request(
    action: string,
    parameters: object,
    options?: { readonly signal: AbortSignal },
  ): Promise<SdkResponse>;
}

/** The fields of all responses; an action's own has some of them. */
export interface SdkResponse {
  readonly RequestId: string;
  readonly KeyId: string;
  readonly Plaintext: string;
  readonly CiphertextBlob: string;
  readonly SourceKeyId: string;
  readonly ReEncrypted: boolean;
  readonly CreateTime: number;
  readonly KeyMetadata: SdkKeyMetadata;
  readonly Keys: readonly { readonly KeyId: string }[];
  readonly TotalCount: number;
  readonly ServiceEnabled: boolean;
  readonly CmkUserCount: number;
}

export interface SdkKeyMetadata {
  readonly KeyId: string;
  readonly Alias: string;
  readonly KeyState: string;
  readonly CreateTime: number;
  readonly DeletionDate: number;
  readonly Origin: string;
  readonly CreatorUin: number;
  readonly ResourceId: string;
}

export interface SdkClientOptions {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly region: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string | undefined;
  /** `POST` if left out. */
  readonly method?: "GET" | "POST" | undefined;
  /** 20 if left out. */
  readonly timeoutSeconds?: number | undefined;
}

/** The official SDK's client, aimed at an emulator. */
export function createSdkClient(options: SdkClientOptions): SdkClient {
  const { endpoint, region, secretId, secretKey, token } = options;
  const { CommonClient } = loadTencentSdk();
  return new CommonClient("kms.tencentcloudapi.com", "2019-01-18", {
    credential: token === undefined ? { secretId, secretKey } : { secretId, secretKey, token },
    region,
    // Without an agent of its own the SDK would follow http_proxy even to the loopback interface.
    profile: {
      httpProfile: {
        protocol: "http://",
        endpoint: new URL(endpoint).host,
        reqMethod: options.method ?? "POST",
        reqTimeout: options.timeoutSeconds ?? 20,
        agent: new Agent({ keepAlive: true }),
      },
    },
  });
}

/** Loads the official SDK. Its dependencies use `punycode`, which newer Nodes warn of, and a warning fails a test run. */
export function loadTencentSdk(): typeof TencentSdk {
  const before = process.noDeprecation;
  process.noDeprecation = true;
  try {
    return createRequire(import.meta.url)("tencentcloud-sdk-nodejs-common") as typeof TencentSdk;
  } finally {
    process.noDeprecation = before ?? false;
  }
}
