import { toBase64 } from "../../bytes/index.ts";
import type { KmsProvider } from "../provider.ts";

import { type Answer, readAnswer } from "./answers.ts";
import { clientTransport } from "./client-transport.ts";
import { PROVIDER } from "./failures.ts";
import type { TencentKmsSettings } from "./options.ts";
import { refusalError } from "./refusals.ts";
import { signedTransport } from "./signed-transport.ts";
import type { Call } from "./transport.ts";

const DATA_KEY_BYTES = 32;
const MAX_PLAINTEXT_BYTES = 4_096;

/** Makes the provider itself. */
export function createTencentProvider(settings: TencentKmsSettings): KmsProvider {
  const { clientOf, timeoutMs } = settings;
  const transport =
    clientOf === undefined ? signedTransport(settings) : clientTransport({ clientOf, timeoutMs });

  async function ask(call: Call, signal: AbortSignal | undefined): Promise<Answer> {
    const { outcome, subject } = await transport.send(call, signal);
    if ("refusal" in outcome) throw refusalError(outcome.refusal, subject);
    return readAnswer(outcome.response, subject);
  }

  return {
    name: PROVIDER,
    async encrypt({ key, plaintext, encryptionContext }, { signal } = {}) {
      if (plaintext.length > MAX_PLAINTEXT_BYTES) throw new RangeError("a key encrypts at most 4,096 bytes");
      const params = { KeyId: key.id, Plaintext: toBase64(plaintext), ...contextParam(encryptionContext) };
      const answer = await ask({ action: "Encrypt", key, params }, signal);
      return { keyId: answer.keyId(), wrapped: answer.wrapped() };
    },
    async decrypt({ key, wrapped, encryptionContext }, { signal } = {}) {
      const params = { CiphertextBlob: wrapped, ...contextParam(encryptionContext) };
      const answer = await ask({ action: "Decrypt", key, params }, signal);
      return { keyId: answer.keyId(), plaintext: answer.plaintext() };
    },
    async generateDataKey({ key, encryptionContext }, { signal } = {}) {
      const params = { KeyId: key.id, KeySpec: "AES_256", ...contextParam(encryptionContext) };
      const answer = await ask({ action: "GenerateDataKey", key, params }, signal);
      return { keyId: answer.keyId(), wrapped: answer.wrapped(), plaintext: answer.dataKey(DATA_KEY_BYTES) };
    },
    async reEncrypt({ key, wrapped, encryptionContext, newKey, newEncryptionContext }, { signal } = {}) {
      if (newKey.region !== key.region) throw new TypeError("a ciphertext stays in its region");
      const params = {
        CiphertextBlob: wrapped,
        DestinationKeyId: newKey.id,
        ...contextParam(encryptionContext, "SourceEncryptionContext"),
        ...contextParam(newEncryptionContext, "DestinationEncryptionContext"),
      };
      const answer = await ask({ action: "ReEncrypt", key, newKey, params }, signal);
      return {
        keyId: answer.keyId(),
        wrapped: answer.wrapped(),
        sourceKeyId: answer.sourceKeyId(),
        reEncrypted: answer.reEncrypted(),
      };
    },
    close: () => transport.close(),
  };
}

function contextParam(
  encryptionContext: string,
  name = "EncryptionContext",
): Readonly<Record<string, string>> {
  return encryptionContext === "" ? {} : { [name]: encryptionContext };
}
