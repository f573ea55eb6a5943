import type { SealedValue } from "./layer.ts";
import { admittedRecipients, type Blob } from "../sealing/index.ts";
import type { Recipient } from "../token/index.ts";

/** What a load of one file takes, when nothing of it is replaced by a later one. */
export interface BootCost {
  /** Distinct lists of recipients: each is unwrapped once. */
  readonly dataKeys: number;
  /** Direct values and raw ciphertexts: the key service opens each itself. */
  readonly ciphertexts: number;
  /** One for each of both, but none for local keys. */
  readonly kmsCalls: number;
}

/** Counts what the sealed values of a file, and the sealed files that they refer to, need. */
export function bootCostOf(
  values: readonly SealedValue[],
  blobOf: (value: SealedValue) => Blob | undefined,
): BootCost {
  const dataKeys = new Map<string, boolean>();
  const ciphertexts = new Map<string, boolean>();
  for (const value of values) {
    const { token } = value;
    if (token.kind === "direct" || token.kind === "raw") {
      ciphertexts.set(token.text, asksKeyService(token.recipients, value));
      continue;
    }
    const wrapped = token.kind === "file" ? blobOf(value) : token;
    if (wrapped !== undefined)
      dataKeys.set(wrapped.recipientsText, asksKeyService(wrapped.recipients, value));
  }
  const calls = [...dataKeys.values(), ...ciphertexts.values()].filter((asks) => asks);
  return { dataKeys: dataKeys.size, ciphertexts: ciphertexts.size, kmsCalls: calls.length };
}

// The first key that the rule lists is the one that is asked.
function asksKeyService(recipients: readonly Recipient[], { allowed }: SealedValue): boolean {
  const [first] = admittedRecipients(recipients, allowed);
  return first !== undefined && first.key.provider !== "local";
}
