import type { Agent } from "node:http";

import { UsageError } from "../../errors/index.ts";
import { checkOptionNames, wholeNumber } from "../check-options.ts";

import { checkCredentials, type Environment, type TencentCredentials } from "./credential-source.ts";
import { kmsEndpoint, parseEndpoint } from "./endpoint.ts";

/**
 * The methods that are needed of a client for Tencent Cloud KMS 2019-01-18. The `Client` of
 * `tencentcloud-sdk-nodejs-kms`, or of `tencentcloud-sdk-nodejs`, is one.
 */
export interface TencentKmsClient {
  Encrypt(request: { KeyId: string; Plaintext: string; EncryptionContext?: string }): Promise<unknown>;
  Decrypt(request: { CiphertextBlob: string; EncryptionContext?: string }): Promise<unknown>;
  GenerateDataKey(request: { KeyId: string; KeySpec: string; EncryptionContext?: string }): Promise<unknown>;
  /** Needed by `reEncrypt` alone. */
  ReEncrypt?(request: {
    CiphertextBlob: string;
    DestinationKeyId?: string;
    SourceEncryptionContext?: string;
    DestinationEncryptionContext?: string;
  }): Promise<unknown>;
}

export interface TencentKmsOptions {
  /**
   * An API key, or a function that is asked for one at each call; calls at the same time share its answer.
   *
   * @defaultValue looked for in the environment, a TKE pod's role, the credentials file and the instance's role
   */
  readonly credentials?:
    | TencentCredentials
    | ((options: { signal: AbortSignal }) => Promise<TencentCredentials>)
    | undefined;
  /**
   * The service's host, with or without scheme and port; `{region}` in it becomes the key's region. Plain http only to
   * loopback.
   *
   * @defaultValue `SEALCONF_TENCENT_ENDPOINT`, else `kms.{region}.tencentcloudapi.com`
   */
  readonly endpoint?: string | undefined;
  /** How long one attempt may take, 1 to 60,000 ms, with the search for credentials. @defaultValue 3,000 */
  readonly timeoutMs?: number | undefined;
  /** How many connections there are at most, 1 to 1,000. @defaultValue 16 */
  readonly maxSockets?: number | undefined;
  /** Makes the connections instead, for a proxy or certificates of one's own; `close` leaves it open. */
  readonly agent?: Agent | undefined;
  /** Where variables are looked up. @defaultValue `process.env` */
  readonly env?: Environment | undefined;
  /** Where `.tencentcloud/credentials` is looked for. @defaultValue the user's home folder */
  readonly homeDir?: string | undefined;
  /** Where the identity of a TKE pod is exchanged for credentials. @defaultValue `sts.tencentcloudapi.com` */
  readonly stsEndpoint?: string | undefined;
  /** Where an instance asks for the credentials of its role. @defaultValue `http://metadata.tencentyun.com` */
  readonly metadataEndpoint?: string | undefined;
  /**
   * A client of the official SDK, or a function that returns one for a region. It brings its own credentials,
   * endpoint and connections, so that only `timeoutMs` goes with it.
   */
  readonly client?: TencentKmsClient | ((region: string) => TencentKmsClient) | undefined;
}

/** The options, checked, with what stands for those that are not given. */
export interface TencentKmsSettings extends Omit<TencentKmsOptions, "client"> {
  readonly timeoutMs: number;
  readonly maxSockets: number;
  readonly env: Environment;
  readonly clientOf: ((region: string) => TencentKmsClient) | undefined;
}

const OWNER = "tencentKms";
const OPTIONS = new Set([
  "credentials",
  "endpoint",
  "timeoutMs",
  "maxSockets",
  "agent",
  "env",
  "homeDir",
  "stsEndpoint",
  "metadataEndpoint",
  "client",
]);
const WITH_CLIENT = new Set(["client", "timeoutMs"]);
const METHODS = ["Encrypt", "Decrypt", "GenerateDataKey"] as const;

/** @throws UsageError `ERR_OPTION_INVALID`; KmsError `ERR_CREDENTIALS_MISSING` for credentials with a part missing */
export function readOptions(options: TencentKmsOptions): TencentKmsSettings {
  checkOptionNames(OWNER, options, OPTIONS);
  const { client, credentials, endpoint, stsEndpoint, metadataEndpoint } = options;
  if (client !== undefined) {
    const lost = Object.entries(options).find(
      ([name, value]) => value !== undefined && !WITH_CLIENT.has(name),
    );
    if (lost !== undefined) throw invalid(`the option ${lost[0]} does nothing beside client`);
  }
  if (endpoint !== undefined) kmsEndpoint("ap-guangzhou", endpoint, "the option endpoint");
  if (stsEndpoint !== undefined) parseEndpoint(stsEndpoint, "the option stsEndpoint");
  if (metadataEndpoint !== undefined) parseEndpoint(metadataEndpoint, "the option metadataEndpoint");
  return {
    ...options,
    credentials:
      typeof credentials === "object" ? checkCredentials(credentials, "the option credentials") : credentials,
    timeoutMs: wholeNumber(OWNER, "timeoutMs", options.timeoutMs, {
      least: 1,
      most: 60_000,
      otherwise: 3_000,
    }),
    maxSockets: wholeNumber(OWNER, "maxSockets", options.maxSockets, {
      least: 1,
      most: 1_000,
      otherwise: 16,
    }),
    env: options.env ?? process.env,
    clientOf: client === undefined ? undefined : readClient(client),
  };
}

function readClient(client: NonNullable<TencentKmsOptions["client"]>): (region: string) => TencentKmsClient {
  if (typeof client === "function") return (region) => checkClient(client(region));
  checkClient(client);
  return (region) => {
    // The SDK's clients know their region; elsewhere the key would be reported as not found.
    if ("region" in client && typeof client.region === "string" && client.region !== region) {
      throw invalid(
        `the client is for ${client.region}, the key is in ${region}`,
        "give a function from region to client",
      );
    }
    return client;
  };
}

function checkClient(client: TencentKmsClient): TencentKmsClient {
  const missing = METHODS.find((method) => typeof client?.[method] !== "function");
  if (missing === undefined) return client;
  throw missingMethod(missing);
}

/** The client that the caller passed in cannot do what is asked of it. */
export function missingMethod(name: string): UsageError {
  return invalid(`the client has no method ${name}`, "give an instance of the SDK's kms.v20190118.Client");
}

function invalid(what: string, hint?: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", what, { hint });
}
