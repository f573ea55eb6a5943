import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { ApiError } from "../../../src/emulator/tencent/api-error.ts";
import { createCredentialStore } from "../../../src/emulator/tencent/credentials.ts";
import { checkSignature } from "../../../src/emulator/tencent/tc3-signature.ts";
import type { SignedRequest } from "../../../src/emulator/tencent/tc3-signature.ts";
import { createSdkClient } from "../../support/tencent-sdk.ts";
import { codeOf, rawCode, sendRaw, signHeaders, startFor } from "../support.ts";

// Made by the official SDK's signer.
const VECTOR_TIME = 1_700_000_000;
const VECTOR_BODY = '{"CiphertextBlob":"AAA=-k-BBB=-k-CCC=","EncryptionContext":"{\\"key1\\":\\"value1\\"}"}';
const VECTORS = [
  {
    host: "kms.tencentcloudapi.com",
    service: "kms",
    signature: "1174bff8124194ff07bca5c43f1f0ee0e286798478260b514e30ab20e241d6e8",
  },
  {
    host: "127.0.0.1:8099",
    service: "127",
    signature: "2579e196e4c22dc0e3703e2f756ddad753a1e2067778e21025b7ae5df3dc19cd",
  },
];

const credentials = createCredentialStore([{ secretId: "AKIDEXAMPLE", secretKey: "SECRETEXAMPLE" }], []);

function vectorRequest(change: Partial<SignedRequest["headers"]> = {}, body = VECTOR_BODY): SignedRequest {
  const [vector] = VECTORS;
  const scope = `AKIDEXAMPLE/2023-11-14/${vector?.service}/tc3_request`;
  const headers = {
    host: vector?.host,
    "content-type": "application/json",
    "x-tc-timestamp": String(VECTOR_TIME),
    authorization: `TC3-HMAC-SHA256 Credential=${scope}, SignedHeaders=content-type;host, Signature=${vector?.signature}`,
    ...change,
  };
  return { method: "POST", path: "/", query: "", headers, body: Buffer.from(body) };
}

function refusal(request: SignedRequest, nowSeconds = VECTOR_TIME): string | undefined {
  try {
    checkSignature(request, { credentials, clock: () => nowSeconds * 1000 });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error.code;
  }
}

for (const { host, service, signature } of VECTORS) {
  test(`the official SDK's signature for ${host} is accepted`, () => {
    const authorization = `TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2023-11-14/${service}/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`;
    assert.equal(refusal(vectorRequest({ host, authorization })), undefined);
  });
}

test("a host signed with its port, more signed headers and an unsigned payload are accepted", () => {
  const signedHeaders = "content-type;host;x-tc-action";
  const canonicalHeaders = "content-type:application/json\nhost:127.0.0.1:8099\nx-tc-action:decrypt\n";
  const payload = createHash("sha256").update("UNSIGNED-PAYLOAD").digest("hex");
  const canonical = `POST\n/\n\n${canonicalHeaders}\n${signedHeaders}\n${payload}`;
  const digest = createHash("sha256").update(canonical).digest("hex");
  const hmac = (key: string | Uint8Array, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  const key = hmac(hmac(hmac("TC3SECRETEXAMPLE", "2023-11-14"), "kms"), "tc3_request");
  const signature = hmac(
    key,
    `TC3-HMAC-SHA256\n${VECTOR_TIME}\n2023-11-14/kms/tc3_request\n${digest}`,
  ).toString("hex");
  const request = vectorRequest({
    host: "127.0.0.1:8099",
    "x-tc-action": "Decrypt",
    "x-tc-content-sha256": "UNSIGNED-PAYLOAD",
    authorization: `TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2023-11-14/kms/tc3_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  });
  assert.equal(refusal(request), undefined);
});

const CHANGES: readonly (readonly [string, SignedRequest])[] = [
  ["another body", vectorRequest({}, VECTOR_BODY.replace("AAA", "AAB"))],
  ["another host", vectorRequest({ host: "kms.tencentcloudapi.co" })],
  ["another content type", vectorRequest({ "content-type": "text/plain" })],
  ["another path", { ...vectorRequest(), path: "/x" }],
  ["another query", { ...vectorRequest(), query: "a=b" }],
  ["another method", { ...vectorRequest(), method: "GET" }],
  ["another time of the same day", vectorRequest({ "x-tc-timestamp": String(VECTOR_TIME + 1) })],
  ["a time of another day", vectorRequest({ "x-tc-timestamp": String(VECTOR_TIME + 86_400) })],
  ["no time", vectorRequest({ "x-tc-timestamp": undefined })],
  ["a time that is no number", vectorRequest({ "x-tc-timestamp": "now" })],
];
for (const [what, request] of CHANGES) {
  test(`a signature does not hold for ${what}`, () => {
    assert.equal(refusal(request), "AuthFailure.SignatureFailure");
  });
}

test("a signature with any one bit changed is refused", () => {
  const good = vectorRequest().headers.authorization ?? "";
  const start = good.length - 64;
  const signature = Buffer.from(good.slice(start), "hex");
  for (let bit = 0; bit < signature.length * 8; bit += 1) {
    const changed = Uint8Array.from(signature);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const authorization = good.slice(0, start) + Buffer.from(changed).toString("hex");
    assert.equal(refusal(vectorRequest({ authorization })), "AuthFailure.SignatureFailure");
  }
});

const MALFORMED = [
  undefined,
  "",
  "SKIP",
  "Bearer abc",
  (vectorRequest().headers.authorization ?? "").replace("TC3-HMAC-SHA256", "TC3-HMAC-SHA1"),
  (vectorRequest().headers.authorization ?? "").replace("content-type;host", "host"),
  (vectorRequest().headers.authorization ?? "").slice(0, -1),
];
for (const authorization of MALFORMED) {
  test(`an Authorization header of ${authorization?.length ?? "no"} characters that is not of its form is refused`, () => {
    assert.equal(refusal(vectorRequest({ authorization })), "AuthFailure.InvalidAuthorization");
  });
}

test("a clock that differs by five minutes is accepted, by a second more it is not", () => {
  for (const skew of [-300, 300]) assert.equal(refusal(vectorRequest(), VECTOR_TIME + skew), undefined);
  for (const skew of [-301, 301]) {
    assert.equal(refusal(vectorRequest(), VECTOR_TIME + skew), "AuthFailure.SignatureExpire");
  }
});

test("a wrong signature is told before the clock's difference", () => {
  const request = vectorRequest({}, "{}");
  assert.equal(refusal(request, VECTOR_TIME + 1000), "AuthFailure.SignatureFailure");
});

test("the official SDK is refused with an unknown secret id or a wrong secret key", async (t) => {
  const { emulator } = await startFor(t);
  const stranger = createSdkClient({ ...emulator.tencent, secretId: "AKIDSTRANGER" });
  assert.equal(await codeOf(stranger.request("ListKeys", {})), "AuthFailure.SecretIdNotFound");
  const wrongKey = createSdkClient({ ...emulator.tencent, secretKey: "wrong" });
  assert.equal(await codeOf(wrongKey.request("ListKeys", {})), "AuthFailure.SignatureFailure");
  assert.deepEqual(
    emulator.calls.list.map(({ secretId }) => secretId),
    [undefined, undefined],
  );
});

test("the official SDK's GET requests are verified too", async (t) => {
  const { emulator, keyId } = await startFor(t);
  const client = createSdkClient({ ...emulator.tencent, method: "GET" });
  const described = await client.request("DescribeKey", { KeyId: keyId });
  assert.equal(described.KeyMetadata.KeyId, keyId);
  const random = await client.request("GenerateRandom", { NumberOfBytes: 7 });
  assert.equal(Buffer.from(random.Plaintext, "base64").length, 7);
});

test("a temporary credential needs its token, and no other takes one", async (t) => {
  const temporary = { secretId: "AKIDTEMP", secretKey: "temporary", token: "the-token" };
  const { emulator } = await startFor(t, {
    credentials: [temporary, { secretId: "AKIDLONG", secretKey: "long" }],
  });
  const { endpoint, region } = emulator.tencent;
  const call = (credential: {
    secretId: string;
    secretKey: string;
    token?: string;
  }): Promise<string | undefined> =>
    codeOf(createSdkClient({ endpoint, region, ...credential }).request("ListKeys", {}));
  assert.equal(await call(temporary), undefined);
  assert.equal(await call({ secretId: "AKIDTEMP", secretKey: "temporary" }), "AuthFailure.TokenFailure");
  assert.equal(await call({ ...temporary, token: "another" }), "AuthFailure.TokenFailure");
  assert.equal(
    await call({ secretId: "AKIDLONG", secretKey: "long", token: "one" }),
    "AuthFailure.TokenFailure",
  );
});

test("the scope's service may be any, as the SDKs derive it from the host", async (t) => {
  const { emulator } = await startFor(t);
  for (const service of ["kms", "127", "localhost:8099"]) {
    const response = await sendRaw(emulator.tencent.endpoint, {
      headers: signHeaders(emulator, { service }),
      body: "{}",
    });
    assert.equal(rawCode(response), undefined);
  }
});
