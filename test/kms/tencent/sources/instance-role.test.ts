import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";

import { instanceRoleSource } from "../../../../src/kms/tencent/sources/instance-role.ts";
import { assertFails, sendText, startServer, type TestServer } from "../fixture.ts";

const { signal } = new AbortController();
const PATH = "/latest/meta-data/cam/security-credentials/";
const GRANTED = {
  TmpSecretId: "canary-token-id",
  TmpSecretKey: "canary-token-key",
  Token: "canary-token",
  ExpiredTime: 1_800_000_000,
  Code: "Success",
};

type Pages = Record<string, (response: ServerResponse) => void>;

async function serve(t: TestContext, pages: Pages): Promise<TestServer> {
  const server = await startServer((response, { url = "" }) => {
    const page = pages[url.replace(PATH, "")];
    if (page !== undefined) return page(response);
    response.statusCode = 404;
    return sendText(response, "<html>canary-body");
  });
  t.after(() => server.close());
  return server;
}

const text = (content: string) => (response: ServerResponse) => sendText(response, content);
const json = (content: unknown) => text(JSON.stringify(content));
const status = (code: number) => (response: ServerResponse) => {
  response.statusCode = code;
  sendText(response, "canary-body");
};

describe("credentials of the instance's role", () => {
  it("come from the metadata server, by the role's name", async (t) => {
    const server = await serve(t, { "": text("app-role\n"), "app-role": json(GRANTED) });
    assert.deepEqual(await instanceRoleSource(server.endpoint)(signal), {
      credentials: { secretId: "canary-token-id", secretKey: "canary-token-key", token: "canary-token" },
      expiresAtMs: 1_800_000_000_000,
    });
    assert.deepEqual(
      server.requests.map(({ method, url }) => `${method} ${url}`),
      [`GET ${PATH}`, `GET ${PATH}app-role`],
    );
  });

  it("are not there when the instance has no role", async (t) => {
    for (const page of [status(404), text("")]) {
      const server = await serve(t, { "": page });
      assert.deepEqual(await instanceRoleSource(server.endpoint)(signal), {
        missing: "the instance has no role",
      });
    }
  });

  it("are not there when no metadata server answers: refused, reset, silent, endless", async (t) => {
    const gone = await startServer(() => {});
    await gone.close();
    const reset = await serve(t, { "": (response) => response.socket?.resetAndDestroy() });
    const silent = await serve(t, { "": () => {} });
    const endless = await serve(t, { "": (response) => response.write("a".repeat(100_000)) });
    const servers = [
      [gone, "ECONNREFUSED"],
      [reset, "ECONNRESET"],
      [silent, "ETIMEDOUT"],
      [endless, "EMSGSIZE"],
    ] as const;
    for (const [{ endpoint }, code] of servers) {
      assert.deepEqual(await instanceRoleSource(endpoint, 100)(signal), {
        missing: `${endpoint} cannot be reached (${code})`,
      });
    }
  });

  it("are an error that may pass when the metadata server answers and gives none", async (t) => {
    const strange = {
      code: "ERR_KMS_UNREACHABLE",
      retryable: true,
      message: /nothing usable \(HTTP status/,
    } as const;
    const refused = { code: "ERR_CREDENTIALS_MISSING", retryable: true } as const;
    const cases = [
      [{ "": status(500) }, strange],
      [{ "": status(302) }, strange],
      [{ "": text("a role/../../x") }, strange],
      [{ "": text("<html>canary-body") }, strange],
      [{ "": text("r") }, strange],
      [{ "": text("r"), r: status(502) }, strange],
      [{ "": text("r"), r: text("<html>canary-body") }, strange],
      [{ "": text("r"), r: json(null) }, strange],
      [{ "": text("r"), r: json({ ...GRANTED, Code: "InvalidRole" }) }, refused],
      [{ "": text("r"), r: json({ ...GRANTED, ExpiredTime: "soon" }) }, refused],
    ] as const;
    for (const [pages, expected] of cases) {
      const server = await serve(t, pages);
      await assertFails(instanceRoleSource(server.endpoint)(signal), expected);
    }
  });

  it("are an error when a part is missing or cannot be sent", async (t) => {
    for (const part of [
      { TmpSecretId: undefined },
      { TmpSecretKey: "" },
      { Token: "canary-token\n" },
      { Token: 7 },
    ]) {
      const server = await serve(t, { "": text("r"), r: json({ ...GRANTED, ...part }) });
      await assertFails(instanceRoleSource(server.endpoint)(signal), {
        code: "ERR_CREDENTIALS_MISSING",
        retryable: false,
      });
    }
  });

  it("stop being asked for when the signal aborts", async (t) => {
    const caller = new AbortController();
    const server = await serve(t, { "": () => caller.abort(new Error("enough")) });
    await assert.rejects(instanceRoleSource(server.endpoint)(caller.signal), /enough/);
  });
});
