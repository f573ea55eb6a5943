import { KmsError, systemCode } from "../../../errors/index.ts";
import { withDeadline } from "../../deadline.ts";
import { checkCredentials, type CredentialSource, type Finding, sourceError } from "../credential-source.ts";
import { PROVIDER } from "../failures.ts";

/** Where an instance asks about itself; a name that only Tencent Cloud's own network knows. */
export const METADATA_ADDRESS = "http://metadata.tencentyun.com";

const PATH = "/latest/meta-data/cam/security-credentials/";
const TIMEOUT_MS = 1_000;
const MAX_ANSWER_BYTES = 65_536;
const ROLE = /^[A-Za-z0-9+=,.@_-]{1,128}$/;

interface MetadataAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks the metadata server for the credentials of the role that the instance has.
 *
 * A server that cannot be reached is a finding: the machine is none of Tencent Cloud's.
 */
export function instanceRoleSource(
  address: string = METADATA_ADDRESS,
  timeoutMs: number = TIMEOUT_MS,
): CredentialSource {
  return async (signal) => {
    try {
      return await withDeadline({ signal, timeoutMs, late: timedOut }, (over) => ask(address, over));
    } catch (error) {
      signal.throwIfAborted();
      const code = systemCode(error);
      if (code === undefined || error instanceof KmsError) throw error;
      return { missing: `${address} cannot be reached (${code})` };
    }
  };
}

async function ask(address: string, signal: AbortSignal): Promise<Finding> {
  const roles = await read(address + PATH, signal);
  const role = roles.body.trim();
  if (roles.status === 404 || (roles.status === 200 && role === ""))
    return { missing: "the instance has no role" };
  if (roles.status !== 200 || !ROLE.test(role)) throw strange(address, roles.status);
  const { status, body } = await read(address + PATH + role, signal);
  const answer = status === 200 ? parseObject(body) : undefined;
  if (answer === undefined) throw strange(address, status);
  const { Code: code, ExpiredTime: expires } = answer;
  if (code !== "Success" || typeof expires !== "number") {
    throw sourceError(`the metadata server gave no credentials for the role ${role}`, undefined, true);
  }
  const credentials = {
    secretId: answer["TmpSecretId"],
    secretKey: answer["TmpSecretKey"],
    token: answer["Token"],
  };
  return { credentials: checkCredentials(credentials, "the metadata server"), expiresAtMs: expires * 1_000 };
}

/**
 * Reads one page. By node:http and without an agent: nothing from the environment may send it through a proxy, which
 * would see the credentials.
 */
function read(url: string, signal: AbortSignal): Promise<MetadataAnswer> {
  return new Promise((resolve, reject) => {
    const request = process.getBuiltinModule("node:http").get(url, { signal, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
        if (body.length > MAX_ANSWER_BYTES) request.destroy(tooLong());
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function timedOut(): Error {
  return Object.assign(new Error("the metadata server is silent"), { code: "ETIMEDOUT" });
}

function tooLong(): Error {
  return Object.assign(new Error("the metadata server says too much"), { code: "EMSGSIZE" });
}

function strange(address: string, status: number): KmsError {
  return new KmsError(
    "ERR_KMS_UNREACHABLE",
    `${address} answered with nothing usable (HTTP status ${status})`,
    {
      provider: PROVIDER,
      retryable: true,
    },
  );
}
