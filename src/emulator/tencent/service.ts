import { randomUUID } from "node:crypto";
import { fromUtf8 } from "../../bytes/index.ts";
import type { CallNotes } from "../calls.ts";
import { EmulatorError } from "../emulator-error.ts";
import type { Fault } from "../faults.ts";
import type { HttpAnswer } from "../http-answer.ts";
import type { HttpRequest } from "../http-server.ts";
import type { RateLimit } from "../rate-limit.ts";
import { isRecord } from "../state-file.ts";
import type { Action } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import { ApiError } from "./api-error.ts";
import { checkAllowed } from "./credentials.ts";
import type { CredentialStore } from "./credentials.ts";
import { checkNoErrorFault, spoilResult, tooManyRequests } from "./fault-result.ts";
import { isKeyId } from "./find-key.ts";
import type { KeyStore } from "./key-store.ts";
import { missingParameter, readParameters } from "./parameters.ts";
import { checkSignature } from "./tc3-signature.ts";

export interface TencentServiceOptions {
  readonly credentials: CredentialStore;
  readonly keys: KeyStore;
  readonly regions: readonly string[];
  readonly rateLimit: RateLimit;
  readonly contextMismatchCode: string;
  readonly clock: () => number;
}

/** One call under way. */
export interface TencentCall {
  readonly request: HttpRequest;
  readonly notes: CallNotes;
  readonly fault: Fault | undefined;
}

type Result = Readonly<Record<string, unknown>>;

interface RunOptions extends TencentServiceOptions {
  readonly requestId: string;
}

const VERSION = "2019-01-18";

/** Answers a call. Errors are answers too: the service has no HTTP status but 200. */
export function answerTencentCall(call: TencentCall, options: TencentServiceOptions): HttpAnswer {
  const requestId = randomUUID();
  const response = { ...runOrRefuse(call, { ...options, requestId }), RequestId: requestId };
  const traceId = readHeader(call.request, "x-tc-traceid");
  return {
    headers: traceId === undefined ? {} : { "X-TC-TraceId": traceId },
    body: JSON.stringify({ Response: response }),
  };
}

/** A header of a request; `undefined` if it is absent or empty. */
export function readHeader(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return (typeof value === "string" ? value : value?.[0]) || undefined;
}

function runOrRefuse(call: TencentCall, options: RunOptions): Result {
  try {
    checkNoErrorFault(call.fault);
    return spoilResult(run(call, options), call.fault);
  } catch (error) {
    const { code, message } = asApiError(error);
    call.notes.code = code;
    return { Error: { Code: code, Message: message } };
  }
}

/** The steps of a call, in the order in which they can refuse it. */
function run({ request, notes }: TencentCall, options: RunOptions): Result {
  const { body } = request;
  if (body === undefined) throw new ApiError("RequestSizeLimitExceeded", "The request is larger than 1 MB.");
  if (request.method !== "POST" && request.method !== "GET") {
    throw new ApiError("UnsupportedProtocol", "The request method must be POST or GET.");
  }
  const credential = checkSignature({ ...request, body }, options);
  notes.secretId = credential.secretId;
  const { name, action } = findAction(request);
  const region = checkRegion(request, options.regions);
  const given = parseParameters(request.method === "GET" ? request.query : body);
  if (isKeyId(given["KeyId"])) notes.keyId = given["KeyId"];
  checkAllowed(credential, {
    action: name,
    region,
    keyId: notes.keyId,
    requestId: options.requestId,
  });
  if (!options.rateLimit.admit(name, region)) throw tooManyRequests();
  const parameters = readParameters(given, action.parameters);
  const nowSeconds = Math.floor(options.clock() / 1000);
  const { keys, contextMismatchCode } = options;
  const result = action.run({ parameters, region, keys, nowSeconds, contextMismatchCode });
  if (isKeyId(result["KeyId"])) notes.keyId = result["KeyId"];
  return result;
}

function findAction(request: HttpRequest): { readonly name: string; readonly action: Action } {
  const name = readHeader(request, "x-tc-action");
  if (name === undefined) throw missingParameter("Action");
  const action = ACTIONS[name];
  if (action === undefined)
    throw new ApiError("InvalidAction", "The request action is invalid or does not exist.");
  const version = readHeader(request, "x-tc-version");
  if (version === undefined) throw missingParameter("Version");
  if (version !== VERSION) throw new ApiError("NoSuchVersion", "The API version does not exist.");
  return { name, action };
}

function checkRegion(request: HttpRequest, regions: readonly string[]): string {
  const region = readHeader(request, "x-tc-region");
  if (region === undefined) throw missingParameter("Region");
  if (regions.includes(region)) return region;
  throw new ApiError("UnsupportedRegion", "The API does not support the requested region.");
}

/** A query string, or the JSON object of a body. */
function parseParameters(source: string | Uint8Array): Readonly<Record<string, unknown>> {
  if (typeof source === "string") return Object.fromEntries(new URLSearchParams(source));
  try {
    const value: unknown = JSON.parse(fromUtf8(source) ?? "");
    if (isRecord(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ApiError("InvalidParameter", "The request body is not a JSON object.");
}

function asApiError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ApiError) return error;
  if (error instanceof EmulatorError) return { code: "InternalError", message: error.message };
  throw error;
}
