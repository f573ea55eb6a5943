import type {
  DecryptRequest,
  DecryptResult,
  EncryptRequest,
  EncryptResult,
  GenerateDataKeyRequest,
  GenerateDataKeyResult,
  KmsProvider,
  ReEncryptRequest,
  ReEncryptResult,
} from "../../src/kms/index.ts";
import type { KeyServices } from "../../src/sealing/index.ts";
import { type KeyReference, parseKeyReference } from "../../src/token/index.ts";

/** What a fake key service answers in place of its usual answer; a thrown error is its answer too. */
export interface FakeAnswers {
  readonly encrypt?: (request: EncryptRequest) => Partial<EncryptResult>;
  readonly decrypt?: (request: DecryptRequest) => Partial<DecryptResult>;
  readonly generateDataKey?: (request: GenerateDataKeyRequest) => Partial<GenerateDataKeyResult>;
  /** Without it the key service cannot re-encrypt. */
  readonly reEncrypt?: (request: ReEncryptRequest) => Partial<ReEncryptResult>;
}

export interface FakeProvider extends KmsProvider {
  /** Each call in order, `decrypt local/one`. */
  readonly asked: readonly string[];
  /** Every buffer with a secret that was handed to the caller or by it. */
  readonly buffers: readonly Uint8Array[];
}

/** A key service without cryptography: it wraps by writing hex, and remembers what it was asked. */
export function fakeProvider(name: string, answers: FakeAnswers = {}): FakeProvider {
  const asked: string[] = [];
  const buffers: Uint8Array[] = [];
  return {
    name,
    asked,
    buffers,
    async encrypt(request) {
      asked.push(`encrypt ${request.key.text}`);
      buffers.push(request.plaintext);
      const wrapped = Buffer.from(request.plaintext).toString("hex");
      return { keyId: request.key.id, wrapped, ...answers.encrypt?.(request) };
    },
    async decrypt(request) {
      asked.push(`decrypt ${request.key.text}`);
      const plaintext = Uint8Array.from(Buffer.from(request.wrapped, "hex"));
      const answer = { keyId: request.key.id, plaintext, ...answers.decrypt?.(request) };
      buffers.push(answer.plaintext);
      return answer;
    },
    async generateDataKey(request) {
      asked.push(`generateDataKey ${request.key.text}`);
      const plaintext = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
      const wrapped = Buffer.from(plaintext).toString("hex");
      const answer = { keyId: request.key.id, plaintext, wrapped, ...answers.generateDataKey?.(request) };
      buffers.push(answer.plaintext);
      return answer;
    },
    reEncrypt:
      answers.reEncrypt &&
      (async (request) => {
        asked.push(`reEncrypt ${request.key.text} ${request.newKey.text}`);
        // Another text that is the same hex.
        const wrapped = request.wrapped.toUpperCase();
        const ids = { keyId: request.newKey.id, sourceKeyId: request.key.id };
        return { ...ids, wrapped, reEncrypted: true, ...answers.reEncrypt?.(request) };
      }),
  };
}

/** Parses a key reference that is one. */
export function keyOf(text: string): KeyReference {
  const key = parseKeyReference(text);
  if (typeof key === "string") throw new TypeError(`${text}: ${key}`);
  return key;
}

/** The services that reach these providers alone. */
export function servicesOf(...providers: readonly KmsProvider[]): KeyServices {
  return {
    async providerOf(name) {
      const provider = providers.find((candidate) => candidate.name === name);
      if (provider === undefined) throw new TypeError(`no test provider is called ${name}`);
      return provider;
    },
  };
}
