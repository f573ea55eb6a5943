import assert from "node:assert/strict";
import { test } from "node:test";
import { createSdkClient } from "../../support/tencent-sdk.ts";
import { base64, codeOf, rawCode, sendRaw, signHeaders, startFor } from "../support.ts";
import type { Signing } from "../support.ts";

test("an answer is HTTP 200 with a Content-Length, JSON, a request id and the request's trace id", async (t) => {
  const { emulator } = await startFor(t);
  const headers = { ...signHeaders(emulator), "X-TC-TraceId": "6a3f" };
  const response = await sendRaw(emulator.tencent.endpoint, { headers, body: "{}" });
  assert.equal(response.status, 200);
  assert.equal(response.headers["content-type"], "application/json");
  assert.equal(response.headers["x-tc-traceid"], "6a3f");
  assert.equal(response.headers["content-length"], String(Buffer.byteLength(response.text)));
  assert.equal(response.headers["transfer-encoding"], undefined);
  const { Response } = JSON.parse(response.text) as { Response: { RequestId: string } };
  assert.match(Response.RequestId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test("an error is HTTP 200 too, and carries a message and a request id of its own", async (t) => {
  const { client } = await startFor(t);
  await assert.rejects(
    client.request("Nothing", {}),
    (error: Error & { code: string; requestId: string; httpCode?: number }) => {
      assert.equal(error.code, "InvalidAction");
      assert.equal(error.message, "The request action is invalid or does not exist.");
      assert.match(error.requestId, /^[0-9a-f-]{36}$/);
      assert.equal(error.httpCode, undefined);
      return true;
    },
  );
});

interface Refused {
  readonly what: string;
  readonly code: string;
  readonly signing?: Signing;
  readonly headers?: Readonly<Record<string, string>>;
  readonly without?: string;
  readonly method?: string;
}

const LONG_BODY = `{"a":"${"x".repeat(1024 * 1024)}"}`;
const REFUSED: readonly Refused[] = [
  { what: "an unknown action", signing: { action: "DeleteEverything" }, code: "InvalidAction" },
  {
    what: "an action named like a property of objects",
    signing: { action: "constructor" },
    code: "InvalidAction",
  },
  { what: "an action named __proto__", signing: { action: "__proto__" }, code: "InvalidAction" },
  { what: "an action in another case", signing: { action: "listkeys" }, code: "InvalidAction" },
  { what: "no action", without: "X-TC-Action", code: "MissingParameter" },
  { what: "another version", headers: { "X-TC-Version": "2017-03-12" }, code: "NoSuchVersion" },
  { what: "no version", without: "X-TC-Version", code: "MissingParameter" },
  {
    what: "a region that is not served",
    headers: { "X-TC-Region": "ap-beijing" },
    code: "UnsupportedRegion",
  },
  { what: "no region", without: "X-TC-Region", code: "MissingParameter" },
  { what: "no signature", without: "Authorization", code: "AuthFailure.InvalidAuthorization" },
  { what: "another method", method: "PUT", code: "UnsupportedProtocol" },
  { what: "a body over 1 MB", signing: { body: LONG_BODY }, code: "RequestSizeLimitExceeded" },
  { what: "a body that is not JSON", signing: { body: "{" }, code: "InvalidParameter" },
  { what: "a body that is not an object", signing: { body: "[]" }, code: "InvalidParameter" },
  { what: "an empty body", signing: { body: "" }, code: "InvalidParameter" },
  { what: "an unknown parameter", signing: { body: '{"Colour":"red"}' }, code: "UnknownParameter" },
  { what: "a parameter named __proto__", signing: { body: '{"__proto__":{}}' }, code: "UnknownParameter" },
];
for (const { what, code, signing = {}, headers = {}, without = "", method = "POST" } of REFUSED) {
  test(`a request with ${what} is refused as ${code}`, async (t) => {
    const { emulator } = await startFor(t);
    const signed = { ...signHeaders(emulator, signing), ...headers };
    const kept = Object.fromEntries(Object.entries(signed).filter(([name]) => name !== without));
    const request = { method, headers: kept, body: signing.body ?? "{}" };
    const response = await sendRaw(emulator.tencent.endpoint, request);
    assert.equal(response.status, 200);
    assert.equal(rawCode(response), code);
    assert.equal(emulator.calls.list[0]?.code, code);
  });
}

test("a parameter that is null counts as left out", async (t) => {
  const { emulator } = await startFor(t);
  const body = '{"NumberOfBytes":8,"HsmClusterId":null}';
  const headers = signHeaders(emulator, { action: "GenerateRandom", body });
  assert.equal(rawCode(await sendRaw(emulator.tencent.endpoint, { headers, body })), undefined);
});

test("GetServiceStatus says that the service is on, in each region", async (t) => {
  const { client } = await startFor(t, { keysPerRegion: 3 });
  const status = await client.request("GetServiceStatus", {});
  assert.equal(status.ServiceEnabled, true);
  assert.equal(status.CmkUserCount, 3);
});

test("a credential with a list of actions may do these alone, and is told so as CAM tells it", async (t) => {
  const limited = {
    secretId: "AKIDSERVER",
    secretKey: "server",
    allow: ["kms:Decrypt", "name/kms:DescribeKey", "ListKeys"],
  };
  const { emulator, client, keyId } = await startFor(t);
  emulator.addCredential(limited);
  const server = createSdkClient({ ...emulator.tencent, ...limited });
  const { CiphertextBlob } = await client.request("Encrypt", { KeyId: keyId, Plaintext: base64("x") });
  assert.equal(await codeOf(server.request("Decrypt", { CiphertextBlob })), undefined);
  assert.equal(await codeOf(server.request("DescribeKey", { KeyId: keyId })), undefined);
  assert.equal(await codeOf(server.request("ListKeys", {})), undefined);
  await assert.rejects(server.request("Encrypt", { KeyId: keyId, Plaintext: base64("x") }), {
    code: "UnauthorizedOperation",
    message:
      /^\[request id:[0-9a-f-]{36}\]you are not authorized to perform operation \(kms:Encrypt\)\nresource \(qcs::kms:ap-guangzhou:uin\/\d+:key\/creatorUin\/\d+\/[0-9a-f-]{36}\) has no permission\n$/,
  });
  await assert.rejects(server.request("CreateKey", { Alias: "a" }), {
    code: "UnauthorizedOperation",
    message: /resource \(qcs::kms:ap-guangzhou:uin\/\d+:key\/\*\) has no permission\n$/,
  });
});

test("a credential that could not work is refused", async (t) => {
  const { emulator } = await startFor(t);
  const add = (credential: object) => () =>
    emulator.addCredential({ secretId: "AKID1", secretKey: "k", ...credential });
  assert.throws(
    add({ allow: ["kms:Decrypt", "kms:Decript"] }),
    TypeError("credential.allow of AKID1 names Decript, which is no action"),
  );
  assert.throws(add({ secretId: "a/b" }), TypeError("credential.secretId must be letters, digits, _ and -"));
  assert.throws(add({ secretKey: "" }), TypeError("credential.secretKey of AKID1 is empty"));
});

test("no error tells plaintext, ciphertext or a secret key", async (t) => {
  const { emulator, client, keyId } = await startFor(t);
  const canary = base64("canary-of-the-plaintext");
  const answers: string[] = [];
  const bodies = [
    { KeyId: keyId, Plaintext: `${canary}!` },
    { KeyId: keyId, Plaintext: canary, EncryptionContext: canary },
    { KeyId: canary, Plaintext: canary },
    { KeyId: keyId, Plaintext: canary, Tags: canary },
    { Plaintext: canary },
  ];
  for (const parameters of bodies) {
    const body = JSON.stringify(parameters);
    const headers = signHeaders(emulator, { action: "Encrypt", body });
    answers.push((await sendRaw(emulator.tencent.endpoint, { headers, body })).text);
  }
  const blob = `${canary}-k-${canary}-k-${canary}`;
  await assert.rejects(
    client.request("Decrypt", { CiphertextBlob: blob }),
    (error: Error) => answers.push(error.message) > 0,
  );
  answers.push(JSON.stringify(emulator.calls.list));
  for (const answer of answers) {
    assert.ok(!answer.includes(canary.slice(0, 12)), answer);
    assert.ok(!answer.includes(emulator.tencent.secretKey));
  }
});
