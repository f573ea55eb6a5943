/** The key that a call is about: one parsed key reference. */
export interface KmsKey {
  /** `tencent/ap-guangzhou/93866e69-…`, `local/dev`. */
  readonly text: string;
  /** The region of a cloud key. */
  readonly region?: string | undefined;
  /** The id within the provider: the key id, or the name of a local key. */
  readonly id: string;
}

export interface CallOptions {
  /** Ends the call early; the call rejects with `ERR_DEADLINE` or the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface EncryptRequest {
  readonly key: KmsKey;
  /** At most 4,096 bytes. Still the caller's when the call ends. */
  readonly plaintext: Uint8Array;
  /** JSON text, sent byte for byte; empty for none. */
  readonly encryptionContext: string;
}

export interface DecryptRequest {
  readonly key: KmsKey;
  /** As `encrypt` or `generateDataKey` returned it. */
  readonly wrapped: string;
  /** The text given when it was encrypted; empty for none. */
  readonly encryptionContext: string;
}

export interface GenerateDataKeyRequest {
  readonly key: KmsKey;
  readonly encryptionContext: string;
}

export interface ReEncryptRequest {
  /** The key that `wrapped` is encrypted under. */
  readonly key: KmsKey;
  /** As `encrypt`, `generateDataKey` or `reEncrypt` returned it. */
  readonly wrapped: string;
  /** The text given when it was encrypted; empty for none. */
  readonly encryptionContext: string;
  /** The key to encrypt under: the same one, or another of its region. */
  readonly newKey: KmsKey;
  /** JSON text, sent byte for byte; empty for none. */
  readonly newEncryptionContext: string;
}

export interface EncryptResult {
  /** The id of the key that was used, as the service returned it. */
  readonly keyId: string;
  /** The ciphertext, 1 to 12,288 characters of `A-Z a-z 0-9 + / = - _`, as the service returned it. */
  readonly wrapped: string;
}

export interface DecryptResult {
  /** The id of the key that was used, as the service returned it; the caller compares it. */
  readonly keyId: string;
  /** A fresh buffer; the caller wipes it. */
  readonly plaintext: Uint8Array;
}

export interface ReEncryptResult extends EncryptResult {
  /** The id of the key that the ciphertext was under, as the service returned it; the caller compares it. */
  readonly sourceKeyId: string;
  /** False when there was nothing to renew, and `wrapped` is the ciphertext that was given. */
  readonly reEncrypted: boolean;
}

export interface GenerateDataKeyResult extends EncryptResult {
  /** 32 random bytes in a fresh buffer; the caller wipes it. */
  readonly plaintext: Uint8Array;
}

/**
 * A key service.
 *
 * - Each method does one operation and returns what the service returned, or throws a `KmsError` whose `retryable`
 *   says whether the same call may succeed a moment later. Whether and when it is repeated is not the provider's matter.
 * - A ciphertext or context that the service refuses is an `OpenError`, never a `KmsError`: it is final.
 * - Calls may run concurrently. Nothing is cached but connections and credentials; these are made at the first call.
 * - No error, and no property of one, holds plaintext, ciphertext, credentials or a request's URL.
 * - A missing key or secret is an error, never an empty result.
 */
export interface KmsProvider {
  /** The first part of the key references that this provider serves. */
  readonly name: string;
  /** Encrypts at most 4,096 bytes under the key. */
  encrypt(request: EncryptRequest, options?: CallOptions): Promise<EncryptResult>;
  /** Decrypts what `encrypt` or `generateDataKey` made. */
  decrypt(request: DecryptRequest, options?: CallOptions): Promise<DecryptResult>;
  /** Makes a 32-byte data key and returns it plain and wrapped. */
  generateDataKey(request: GenerateDataKeyRequest, options?: CallOptions): Promise<GenerateDataKeyResult>;
  /** Encrypts a ciphertext anew without showing what is in it; not there where the service cannot, as with local keys. */
  readonly reEncrypt?:
    | ((request: ReEncryptRequest, options?: CallOptions) => Promise<ReEncryptResult>)
    | undefined;
  /** Lets go of connections. */
  close?(): void | Promise<void>;
}
