import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { environmentSource } from "../../../../src/kms/tencent/sources/environment.ts";

const { signal } = new AbortController();

describe("credentials in the environment", () => {
  it("are those of the SDKs, of tccli, and of the function service, in this order", async () => {
    const sdk = { TENCENTCLOUD_SECRET_ID: "id", TENCENTCLOUD_SECRET_KEY: "key" };
    const service = { TENCENTCLOUD_SECRETID: "id2", TENCENTCLOUD_SECRETKEY: "key2" };
    const cases = [
      [sdk, { secretId: "id", secretKey: "key", token: undefined }],
      [
        { ...sdk, TENCENTCLOUD_SESSION_TOKEN: "t" },
        { secretId: "id", secretKey: "key", token: "t" },
      ],
      [
        { ...sdk, TENCENTCLOUD_TOKEN: "t" },
        { secretId: "id", secretKey: "key", token: "t" },
      ],
      [
        { ...sdk, TENCENTCLOUD_TOKEN: "u", TENCENTCLOUD_SESSION_TOKEN: "t", TENCENTCLOUD_SESSIONTOKEN: "v" },
        { secretId: "id", secretKey: "key", token: "t" },
      ],
      [service, { secretId: "id2", secretKey: "key2", token: undefined }],
      [
        { ...service, TENCENTCLOUD_SESSIONTOKEN: "v" },
        { secretId: "id2", secretKey: "key2", token: "v" },
      ],
      [
        { ...service, ...sdk },
        { secretId: "id", secretKey: "key", token: undefined },
      ],
    ] as const;
    for (const [env, credentials] of cases) {
      assert.deepEqual(await environmentSource(env)(signal), { credentials });
    }
  });

  it("are not there when the variables are empty or not set", async () => {
    const missing = { missing: "TENCENTCLOUD_SECRET_ID is not set" };
    assert.deepEqual(await environmentSource({})(signal), missing);
    const empty = { TENCENTCLOUD_SECRET_ID: "", TENCENTCLOUD_SECRET_KEY: "", TENCENTCLOUD_TOKEN: "t" };
    assert.deepEqual(await environmentSource(empty)(signal), missing);
  });

  it("are an error that names the variable when they are half a pair", async () => {
    const names = [
      ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"],
      ["TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_ID"],
      ["TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY"],
      ["TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SECRETID"],
    ] as const;
    for (const [set, missing] of names) {
      await assert.rejects(environmentSource({ [set]: "x", [missing]: "" })(signal), {
        code: "ERR_CREDENTIALS_MISSING",
        message: `${set} is set, ${missing} is not`,
      });
    }
  });

  it("are an error when a line break was left in them", async () => {
    const env = { TENCENTCLOUD_SECRET_ID: "id", TENCENTCLOUD_SECRET_KEY: "key\n" };
    await assert.rejects(environmentSource(env)(signal), {
      code: "ERR_CREDENTIALS_MISSING",
      message: /^the secret key from the environment holds white space/,
    });
  });
});
