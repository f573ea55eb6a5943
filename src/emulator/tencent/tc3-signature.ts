// TC3-HMAC-SHA256, from the server's side: https://cloud.tencent.com/document/api/573/34410 ("签名方法 v3").
import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { equalBytes, toUtf8 } from "../../bytes/index.ts";
import { ApiError } from "./api-error.ts";
import type { CredentialStore, EmulatorCredential } from "./credentials.ts";

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface SignatureOptions {
  readonly credentials: Pick<CredentialStore, "find">;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

interface Authorization {
  readonly secretId: string;
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const ALGORITHM = "TC3-HMAC-SHA256";
const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/([\d-]{10})\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const REQUIRED_HEADERS = ["content-type", "host"];
const MAX_SKEW_SECONDS = 300;
const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

/**
 * Finds who signed a request.
 *
 * @throws ApiError with a code of the `AuthFailure` family.
 */
export function checkSignature(
  request: SignedRequest,
  { credentials, clock }: SignatureOptions,
): EmulatorCredential {
  const authorization = parseAuthorization(request.headers.authorization);
  const credential = credentials.find(authorization.secretId);
  if (credential === undefined) {
    throw new ApiError(
      "AuthFailure.SecretIdNotFound",
      "The SecretId is not found, please ensure that your SecretId is correct.",
    );
  }
  const timestamp = single(request.headers["x-tc-timestamp"]);
  if (!isSigned(request, { authorization, timestamp, secretKey: credential.secretKey })) {
    throw new ApiError(
      "AuthFailure.SignatureFailure",
      "The provided credentials could not be validated. Please check your signature is correct.",
    );
  }
  if (Math.abs(Math.floor(clock() / 1000) - Number(timestamp)) > MAX_SKEW_SECONDS) {
    throw new ApiError(
      "AuthFailure.SignatureExpire",
      "The request has expired: timestamp and server time cannot differ by more than five minutes.",
    );
  }
  if ((single(request.headers["x-tc-token"]) ?? "") !== (credential.token ?? "")) {
    throw new ApiError("AuthFailure.TokenFailure", "The provided token is wrong or has expired.");
  }
  return credential;
}

function parseAuthorization(header: string | undefined): Authorization {
  const [, secretId, date, service, names, signature] = AUTHORIZATION.exec(header ?? "") ?? [];
  const signedHeaders = names?.split(";") ?? [];
  if (
    secretId === undefined ||
    date === undefined ||
    service === undefined ||
    signature === undefined ||
    !REQUIRED_HEADERS.every((name) => signedHeaders.includes(name))
  ) {
    throw new ApiError("AuthFailure.InvalidAuthorization", "The request header Authorization is not valid.");
  }
  return { secretId, date, service, signedHeaders, signature };
}

interface Signing {
  readonly authorization: Authorization;
  readonly timestamp: string | undefined;
  readonly secretKey: string;
}

function isSigned(request: SignedRequest, { authorization, timestamp, secretKey }: Signing): boolean {
  const { date, service, signature } = authorization;
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (new Date(Number(timestamp) * 1000).toISOString().slice(0, 10) !== date) return false;
  const scope = `${date}/${service}/tc3_request`;
  const key = [date, service, "tc3_request"].reduce<Uint8Array>(hmac, toUtf8(`TC3${secretKey}`));
  return hostsOf(request).some((host) => {
    const canonical = sha256Hex(canonicalRequest(request, authorization.signedHeaders, host));
    const expected = hmac(key, [ALGORITHM, timestamp, scope, canonical].join("\n"));
    return equalBytes(expected, Buffer.from(signature, "hex"));
  });
}

/** The Node SDK signs the host without its port, the Go and Python ones with it. */
function hostsOf(request: SignedRequest): readonly string[] {
  const host = (request.headers.host ?? "").toLowerCase();
  return [host, host.replace(/:\d+$/, "")];
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[], host: string): string {
  const headers = signedHeaders.map((name) => {
    const value = name === "host" ? host : (single(request.headers[name]) ?? "");
    return `${name}:${value.trim().toLowerCase()}\n`;
  });
  const isUnsigned = request.headers["x-tc-content-sha256"] === UNSIGNED_PAYLOAD;
  const payload = sha256Hex(isUnsigned ? UNSIGNED_PAYLOAD : request.body);
  return [
    request.method,
    request.path,
    request.query,
    headers.join(""),
    signedHeaders.join(";"),
    payload,
  ].join("\n");
}

function hmac(key: Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" || header === undefined ? header : header[0];
}
