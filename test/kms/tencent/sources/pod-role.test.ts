import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";

import { createAgentPool } from "../../../../src/kms/tencent/agent.ts";
import type { CredentialSource } from "../../../../src/kms/tencent/credential-source.ts";
import { podRoleSource } from "../../../../src/kms/tencent/sources/pod-role.ts";
import {
  answer,
  assertFails,
  type Handler,
  REQUEST_ID,
  sendText,
  startServer,
  type TestServer,
} from "../fixture.ts";

const ROLE = "qcs::cam::uin/100000000001:roleName/billing";
const GRANTED = {
  Credentials: { TmpSecretId: "canary-token-id", TmpSecretKey: "canary-token-key", Token: "canary-token" },
  ExpiredTime: 1_800_000_000,
};

describe("credentials of the pod's role", () => {
  const { signal } = new AbortController();
  let folder: string;
  let env: Record<string, string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealconf-pod-"));
    env = {
      TKE_REGION: "ap-guangzhou",
      TKE_PROVIDER_ID: "OIDC",
      TKE_ROLE_ARN: ROLE,
      TKE_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
    };
    await writeFile(join(folder, "token"), "canary-token.eyJhIjoxfQ.c2ln\n");
  });
  after(() => rm(folder, { recursive: true }));

  async function serve(t: TestContext, handler: Handler): Promise<TestServer> {
    const server = await startServer(handler);
    t.after(() => server.close());
    return server;
  }

  function sourceFor(
    t: TestContext,
    server: TestServer,
    changes: Record<string, string> = {},
  ): CredentialSource {
    const pool = createAgentPool({ maxSockets: 1 });
    t.after(() => pool.close());
    return podRoleSource({ env: { ...env, ...changes }, pool, endpoint: server.endpoint });
  }

  it("are exchanged for its token, without a signature", async (t) => {
    const server = await serve(t, (response) => answer(response, GRANTED));
    assert.deepEqual(await sourceFor(t, server)(signal), {
      credentials: { secretId: "canary-token-id", secretKey: "canary-token-key", token: "canary-token" },
      expiresAtMs: 1_800_000_000_000,
    });
    const [request] = server.requests;
    assert.equal(request?.headers["x-tc-action"], "AssumeRoleWithWebIdentity");
    assert.equal(request.headers["x-tc-version"], "2018-08-13");
    assert.equal(request.headers["x-tc-region"], "ap-guangzhou");
    assert.equal(request.headers.authorization, "SKIP");
    assert.deepEqual(JSON.parse(request.body), {
      ProviderId: "OIDC",
      RoleArn: ROLE,
      RoleSessionName: "sealconf",
      WebIdentityToken: "canary-token.eyJhIjoxfQ.c2ln",
    });
  });

  it("are not looked for outside a pod with a role", async (t) => {
    const server = await serve(t, () => assert.fail("asked"));
    const none = { TKE_PROVIDER_ID: "", TKE_ROLE_ARN: "", TKE_WEB_IDENTITY_TOKEN_FILE: "" };
    assert.deepEqual(await sourceFor(t, server, none)(signal), { missing: "TKE_ROLE_ARN is not set" });
  });

  it("are an error that names the variable that is missing", async (t) => {
    const server = await serve(t, () => assert.fail("asked"));
    for (const name of Object.keys(env)) {
      await assertFails(sourceFor(t, server, { [name]: "" })(signal), {
        code: "ERR_CREDENTIALS_MISSING",
        retryable: false,
        message: new RegExp(`^the pod has a role, but ${name} is not set$`),
      });
    }
  });

  it("are an error when the token file is not there or holds no token", async (t) => {
    const server = await serve(t, () => assert.fail("asked"));
    await writeFile(join(folder, "bad"), "canary-token with spaces");
    await writeFile(join(folder, "empty"), "");
    const cases = [
      ["none", /cannot be read \(ENOENT\)$/],
      ["bad", /does not hold a token$/],
      ["empty", /does not hold a token$/],
    ] as const;
    for (const [file, message] of cases) {
      await assertFails(sourceFor(t, server, { TKE_WEB_IDENTITY_TOKEN_FILE: join(folder, file) })(signal), {
        code: "ERR_CREDENTIALS_MISSING",
        retryable: false,
        message,
      });
    }
  });

  it("are an error that says who was refused, and whether it may pass", async (t) => {
    const cases = [
      ["InvalidParameter.WebIdentityTokenError", "ERR_CREDENTIALS_MISSING", false],
      ["UnauthorizedOperation", "ERR_CREDENTIALS_MISSING", false],
      ["RequestLimitExceeded", "ERR_KMS_THROTTLED", true],
      ["InternalError.SystemError", "ERR_KMS_UNREACHABLE", true],
    ] as const;
    for (const [vendorCode, code, retryable] of cases) {
      const error = { Code: vendorCode, Message: "canary-body" };
      const server = await serve(t, (response) => answer(response, { Error: error }));
      await assertFails(sourceFor(t, server)(signal), {
        code,
        retryable,
        message:
          /^tencent sts refused AssumeRoleWithWebIdentity with qcs::cam::uin\/100000000001:roleName\/billing.* \([\w.]+\)$/,
        requestId: REQUEST_ID,
      });
    }
  });

  it("are an error that may pass when the answer is none", async (t) => {
    const answers: readonly Handler[] = [
      (response) => sendText(response, "<html>canary-body"),
      (response) => answer(response, {}),
      (response) => answer(response, { ...GRANTED, ExpiredTime: "soon" }),
    ];
    for (const handler of answers) {
      const server = await serve(t, handler);
      await assertFails(sourceFor(t, server)(signal), { code: "ERR_KMS_RESPONSE", retryable: true });
    }
    const server = await serve(t, (response) => answer(response, { ...GRANTED, Credentials: {} }));
    await assertFails(sourceFor(t, server)(signal), { code: "ERR_CREDENTIALS_MISSING", retryable: false });
  });
});
