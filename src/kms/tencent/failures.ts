import { KmsError } from "../../errors/index.ts";

/** What a request was about, for messages: never its parameters. */
export interface Subject {
  /** `tencent kms`, `tencent sts`. */
  readonly service: string;
  /** `Decrypt`. */
  readonly action: string;
  /** The key reference, or the role that was asked for. */
  readonly target: string;
  /** Where it went; unknown when the caller's own client sent it. */
  readonly host?: string | undefined;
}

/** The provider's name, in key references and errors. */
export const PROVIDER = "tencent";

const PLAIN_CODE = /^[A-Z][A-Z0-9_]{2,60}$/;
const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL/;

/** The service did not answer in time. */
export function lateError(subject: Subject, timeoutMs: number): KmsError {
  return unreachable(`${subject.service} did not answer ${doing(subject)} in ${timeoutMs} ms`);
}

/** The connection failed, before or within the answer; `code` is the system's. */
export function networkError(subject: Subject, code: string | undefined): KmsError {
  const reason = code !== undefined && PLAIN_CODE.test(code) ? ` (${code})` : "";
  const what = `the connection to ${server(subject)} failed during ${doing(subject)}${reason}`;
  if (!CERTIFICATE.test(reason)) return unreachable(what);
  return new KmsError("ERR_KMS_UNREACHABLE", what, {
    provider: PROVIDER,
    hint: "its certificate is not trusted here: behind a proxy that opens TLS, set NODE_EXTRA_CA_CERTS",
  });
}

/** The answer is an HTTP status other than 200, which the service itself never sends. */
export function statusError(subject: Subject, status: number): KmsError {
  const what = `${server(subject)} answered ${doing(subject)} with HTTP status ${status}`;
  if (status === 429 || status >= 500) return unreachable(what);
  return new KmsError("ERR_KMS_RESPONSE", what, {
    provider: PROVIDER,
    retryable: status < 400,
    hint: STRANGER,
  });
}

/** The answer is not one of the service's. */
export function strangeAnswer(subject: Subject): KmsError {
  const what = `${server(subject)} answered ${doing(subject)} with something that the service does not send`;
  return new KmsError("ERR_KMS_RESPONSE", what, { provider: PROVIDER, retryable: true, hint: STRANGER });
}

/** Returns `Decrypt with tencent/ap-guangzhou/93866e69-…`. */
export function doing(subject: Subject): string {
  return `${subject.action} with ${subject.target}`;
}

const STRANGER = "something between here and the service may have answered: check the endpoint and the proxy";

function server({ service, host }: Subject): string {
  return host === undefined ? service : `${service} at ${host}`;
}

function unreachable(what: string): KmsError {
  return new KmsError("ERR_KMS_UNREACHABLE", what, {
    provider: PROVIDER,
    retryable: true,
    hint: "check the network, the endpoint and the proxy",
  });
}
