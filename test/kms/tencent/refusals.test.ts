import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { OpenError } from "../../../src/errors/index.ts";
import type { KmsProvider } from "../../../src/kms/index.ts";

import {
  answer,
  assertFails,
  assertShowsNothing,
  decrypt,
  encrypt,
  type ExpectedError,
  generate,
  KEY_ID,
  NEW_KEY_ID,
  providerFor,
  reEncrypt,
  REQUEST_ID,
  startServer,
  type TestServer,
} from "./fixture.ts";

const DENIED = {
  code: "ERR_KMS_DENIED",
  retryable: false,
  message: /no permission/,
  hint: /kms:Decrypt .*CAM/,
} as const;
const NOT_ACCEPTED = {
  code: "ERR_KMS_DENIED",
  retryable: false,
  message: /credentials are not accepted/,
} as const;
const WRONG_ADDRESS = { code: "ERR_KMS_DENIED", retryable: false, message: /from this address/ } as const;
const DISABLED = { code: "ERR_KMS_KEY_UNUSABLE", retryable: false, message: /the key is disabled/ } as const;
const NOT_FOUND = {
  code: "ERR_KMS_KEY_UNUSABLE",
  retryable: false,
  message: /no such key in this region/,
} as const;
const THROTTLED = { code: "ERR_KMS_THROTTLED", retryable: true, message: /too many requests/ } as const;
const OUT_OF_ORDER = { code: "ERR_KMS_UNREACHABLE", retryable: true, message: /out of order/ } as const;
const OTHER = { code: "ERR_KMS_RESPONSE", retryable: false, message: /did not accept the request/ } as const;

const DECRYPT_ERRORS: Readonly<Record<string, ExpectedError>> = {
  UnauthorizedOperation: DENIED,
  "UnauthorizedOperation.Unauthorized": DENIED,
  "AuthFailure.UnauthorizedOperation": DENIED,
  AuthFailure: NOT_ACCEPTED,
  "AuthFailure.SignatureFailure": NOT_ACCEPTED,
  "AuthFailure.InvalidAuthorization": NOT_ACCEPTED,
  "AuthFailure.SecretIdNotFound": NOT_ACCEPTED,
  "AuthFailure.InvalidSecretId": NOT_ACCEPTED,
  "AuthFailure.MFAFailure": NOT_ACCEPTED,
  "AuthFailure.TokenFailure": NOT_ACCEPTED,
  "AuthFailure.SignatureExpire": {
    code: "ERR_CLOCK_SKEW",
    retryable: false,
    message: /the clock of this machine is more than five minutes off/,
    hint: /set the clock/,
  },
  IpInBlacklist: WRONG_ADDRESS,
  IpNotInWhitelist: WRONG_ADDRESS,
  "ResourceUnavailable.CmkDisabled": DISABLED,
  "ResourceUnavailable.KeyDisabled": DISABLED,
  "ResourceUnavailable.KeyPendingDelete": {
    code: "ERR_KMS_KEY_UNUSABLE",
    retryable: false,
    message: /scheduled for deletion/,
  },
  "ResourceUnavailable.CmkArchived": { code: "ERR_KMS_KEY_UNUSABLE", retryable: false, message: /archived/ },
  "ResourceUnavailable.CmkNotFound": NOT_FOUND,
  "InvalidParameterValue.InvalidKeyId": NOT_FOUND,
  "ResourceUnavailable.CmkStateNotSupport": {
    code: "ERR_KMS_KEY_UNUSABLE",
    retryable: false,
    message: /in a state/,
  },
  "ResourceUnavailable.NotPurchased": {
    code: "ERR_KMS_KEY_UNUSABLE",
    retryable: false,
    message: /no key service/,
  },
  UnsupportedRegion: {
    code: "ERR_KMS_KEY_UNUSABLE",
    retryable: false,
    message: /does not exist in this region/,
  },
  RequestLimitExceeded: THROTTLED,
  "RequestLimitExceeded.UinLimitExceeded": THROTTLED,
  "RequestLimitExceeded.GlobalRegionUinLimitExceeded": THROTTLED,
  "RequestLimitExceeded.IPLimitExceeded": THROTTLED,
  "RequestLimitExceeded.RotateRateLimited": { code: "ERR_KMS_THROTTLED", retryable: false },
  InternalError: OUT_OF_ORDER,
  "InternalError.Anything": OUT_OF_ORDER,
  ServiceUnavailable: OUT_OF_ORDER,
  "UnsupportedOperation.ServiceTemporaryUnavailable": OUT_OF_ORDER,
  UnsupportedOperation: OTHER,
  InvalidAction: OTHER,
  MissingParameter: OTHER,
  "FailedOperation.EncryptionError": OTHER,
  "LimitExceeded.CmkLimitExceeded": OTHER,
  "SomethingNew.Tomorrow": OTHER,
  constructor: OTHER,
  "toString.call": OTHER,
};

const CANNOT_DECRYPT = [
  "InvalidParameterValue.InvalidCiphertext",
  "FailedOperation.DecryptError",
  "InvalidParameter",
  "InvalidParameter.DecryptMaterialError",
  "InvalidParameterValue",
];

describe("an error that the service answers with", () => {
  const error = { Code: "", Message: "canary-body" };
  const reply: { RequestId: unknown } = { RequestId: REQUEST_ID };
  let server: TestServer;
  let provider: KmsProvider;

  before(async () => {
    server = await startServer((response) => answer(response, { ...reply, Error: error }));
    provider = providerFor(server);
  });
  after(async () => {
    await provider.close?.();
    await server.close();
  });

  for (const [code, expected] of Object.entries(DECRYPT_ERRORS)) {
    it(`becomes ours, with its code, the key and the request id: ${code}`, async () => {
      error.Code = code;
      await assertFails(decrypt(provider), { ...expected, requestId: REQUEST_ID });
      await assertFails(decrypt(provider), { ...expected, message: new RegExp(`: .* \\(${code}\\)$`) });
      await assertFails(decrypt(provider), {
        ...expected,
        message:
          /^tencent kms refused Decrypt with tencent\/ap-guangzhou\/93866e69-9755-11ef-8e65-52540089bc41: /,
      });
    });
  }

  for (const code of CANNOT_DECRYPT) {
    it(`is the one error without detail when it is about a ciphertext or its context: ${code}`, async () => {
      error.Code = code;
      await assert.rejects(decrypt(provider), (thrown) => {
        assertShowsNothing(thrown);
        assert.ok(thrown instanceof OpenError);
        assert.deepEqual({ ...thrown }, { ...new OpenError() });
        assert.equal(thrown.message, new OpenError().message);
        return true;
      });
      await assert.rejects(reEncrypt(provider), { name: "OpenError", message: new OpenError().message });
      await assertFails(encrypt(provider), OTHER);
      await assertFails(generate(provider), OTHER);
    });
  }

  it("names the action that is not allowed", async () => {
    error.Code = "UnauthorizedOperation";
    await assertFails(encrypt(provider), { ...DENIED, hint: /kms:Encrypt / });
    await assertFails(generate(provider), { ...DENIED, hint: /kms:GenerateDataKey / });
    await assertFails(reEncrypt(provider), { ...DENIED, hint: /kms:ReEncrypt / });
  });

  it("names both keys of a re-encryption, since it may be about either", async () => {
    error.Code = "ResourceUnavailable.CmkDisabled";
    const message = new RegExp(
      `refused ReEncrypt with tencent/ap-guangzhou/${KEY_ID} and tencent/\\S+/${NEW_KEY_ID}: `,
    );
    await assertFails(reEncrypt(provider), { ...DISABLED, message });
    error.Code = "InvalidParameterValue.InvalidKeyId";
    await assertFails(reEncrypt(provider), NOT_FOUND);
  });

  it("is not shown by its code when that is no code, or a long one", async () => {
    for (const code of ["canary-body", "A B", "A..B", ".A", "", "1A", "\u001b[31mA", `A${"a".repeat(100)}`]) {
      error.Code = code;
      await assertFails(decrypt(provider), { ...OTHER, message: /did not accept the request$/ });
    }
  });

  it("is not shown with a request id that is none", async () => {
    error.Code = "InternalError";
    for (const id of ["canary-body", 7, null, undefined, `${REQUEST_ID}\n`]) {
      reply.RequestId = id;
      await assertFails(decrypt(provider), { ...OUT_OF_ORDER, requestId: undefined });
    }
    reply.RequestId = REQUEST_ID;
  });
});
