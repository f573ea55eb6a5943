import { randomBytes } from "node:crypto";
import { fromBase64, toBase64 } from "../../bytes/index.ts";
import type { ActionCall, ActionTable } from "./action.ts";
import { ApiError } from "./api-error.ts";
import { parseBlob } from "./blob.ts";
import { checkContext } from "./encryption-context.ts";
import { checkEnabled, findKey } from "./find-key.ts";
import type { KeyRecord } from "./key-store.ts";
import type { Parameters } from "./parameters.ts";

const MAX_PLAINTEXT_BYTES = 4096;
const MAX_RANDOM_BYTES = 1024;
const DATA_KEY_BYTES: ReadonlyMap<string, number> = new Map([
  ["AES_128", 16],
  ["AES_256", 32],
]);

/** The actions that encrypt, decrypt and make random bytes. */
export const CIPHER_ACTIONS: ActionTable = {
  Encrypt: {
    parameters: { KeyId: "string", Plaintext: "string", EncryptionContext: "string" },
    run(call) {
      const key = findKey(call, call.parameters.text("KeyId"));
      checkEnabled(key);
      const plaintext = readPlaintext(call.parameters.text("Plaintext"));
      const context = checkContext(call.parameters.optionalText("EncryptionContext"));
      return { CiphertextBlob: call.keys.cipherOf(key).seal(plaintext, context), KeyId: key.keyId };
    },
  },
  Decrypt: {
    parameters: {
      CiphertextBlob: "string",
      EncryptionContext: "string",
      EncryptionPublicKey: "not emulated",
      EncryptionAlgorithm: "not emulated",
    },
    run(call) {
      const { key, plaintext } = openBlob(call, call.parameters.optionalText("EncryptionContext"));
      return { KeyId: key.keyId, Plaintext: toBase64(plaintext) };
    },
  },
  GenerateDataKey: {
    parameters: {
      KeyId: "string",
      KeySpec: "string",
      NumberOfBytes: "integer",
      EncryptionContext: "string",
      EncryptionPublicKey: "not emulated",
      EncryptionAlgorithm: "not emulated",
      IsHostedByKms: "not emulated",
      DataKeyName: "not emulated",
      Description: "not emulated",
      HsmClusterId: "not emulated",
      Tags: "not emulated",
    },
    run(call) {
      const key = findKey(call, call.parameters.text("KeyId"));
      checkEnabled(key, { PendingDelete: "ResourceUnavailable.KeyPendingDelete" });
      const plaintext = randomBytes(dataKeyBytes(call.parameters));
      const context = checkContext(call.parameters.optionalText("EncryptionContext"));
      const blob = call.keys.cipherOf(key).seal(plaintext, context);
      return { KeyId: key.keyId, Plaintext: toBase64(plaintext), CiphertextBlob: blob };
    },
  },
  ReEncrypt: {
    parameters: {
      CiphertextBlob: "string",
      DestinationKeyId: "string",
      SourceEncryptionContext: "string",
      DestinationEncryptionContext: "string",
    },
    run(call) {
      const { parameters } = call;
      const sourceContext = checkContext(parameters.optionalText("SourceEncryptionContext"));
      const context = checkContext(parameters.optionalText("DestinationEncryptionContext"));
      const { key: source, plaintext } = openBlob(call, sourceContext);
      const key = findKey(call, parameters.optionalText("DestinationKeyId") || source.keyId);
      checkEnabled(key);
      // Under a key that has not rotated the service returns the blob it was given; the emulator has no rotation.
      const isRefreshed = key.keyId !== source.keyId || context !== sourceContext;
      const blob = isRefreshed
        ? call.keys.cipherOf(key).seal(plaintext, context)
        : parameters.text("CiphertextBlob");
      return {
        CiphertextBlob: blob,
        KeyId: key.keyId,
        SourceKeyId: source.keyId,
        ReEncrypted: isRefreshed,
      };
    },
  },
  GenerateRandom: {
    parameters: { NumberOfBytes: "integer", HsmClusterId: "not emulated" },
    run({ parameters }) {
      return { Plaintext: toBase64(randomBytes(checkLength(parameters.integer("NumberOfBytes")))) };
    },
  },
};

function openBlob(
  call: ActionCall,
  givenContext: string | undefined,
): { key: KeyRecord; plaintext: Uint8Array } {
  const context = checkContext(givenContext);
  const segments = parseBlob(call.parameters.text("CiphertextBlob"));
  const keyId = segments && call.keys.findIdByTag(segments.keyTag);
  if (segments === undefined || keyId === undefined) throw invalidCiphertext();
  const key = findKey(call, keyId);
  checkEnabled(key);
  const opened = call.keys.cipherOf(key).open(segments, context);
  if (opened === "ciphertext") throw invalidCiphertext();
  if (opened === "context")
    throw new ApiError(call.contextMismatchCode, "The ciphertext cannot be decrypted.");
  return { key, plaintext: opened };
}

function invalidCiphertext(): ApiError {
  return new ApiError("InvalidParameterValue.InvalidCiphertext", "The ciphertext is not valid.");
}

function readPlaintext(base64: string): Uint8Array {
  const plaintext = fromBase64(base64);
  if (plaintext === undefined || plaintext.length === 0) {
    throw new ApiError(
      "InvalidParameterValue.InvalidPlaintext",
      "The Plaintext is not standard base64 with padding.",
    );
  }
  if (plaintext.length > MAX_PLAINTEXT_BYTES) {
    const message = `The Plaintext is longer than ${MAX_PLAINTEXT_BYTES} bytes.`;
    throw new ApiError("InvalidParameterValue.InvalidPlaintext", message);
  }
  return plaintext;
}

/** `NumberOfBytes` wins over `KeySpec`. */
function dataKeyBytes(parameters: Parameters): number {
  const length = parameters.optionalInteger("NumberOfBytes");
  if (length !== undefined) return checkLength(length);
  const keySpec = parameters.optionalText("KeySpec");
  if (keySpec === undefined)
    throw new ApiError("InvalidParameter", "Either KeySpec or NumberOfBytes is required.");
  const specified = DATA_KEY_BYTES.get(keySpec);
  if (specified === undefined)
    throw new ApiError("InvalidParameter", "The KeySpec must be AES_128 or AES_256.");
  return specified;
}

function checkLength(length: number): number {
  if (length >= 1 && length <= MAX_RANDOM_BYTES) return length;
  throw new ApiError("InvalidParameter", `The NumberOfBytes must be 1 to ${MAX_RANDOM_BYTES}.`);
}
