import type { JsonValue } from "../../src/bytes/index.ts";
import { TokenError } from "../../src/errors/index.ts";
import {
  admittedRecipients,
  boundNames,
  type KeyServices,
  openDirect,
  openEnvelope,
  unwrapDataKey,
} from "../../src/sealing/index.ts";
import { encryptionContext, type Names, parseToken } from "../../src/token/index.ts";

export type OpenToken = (text: string, names: Names) => Promise<JsonValue>;

/**
 * Opens tokens by their cryptography alone: their place is not looked at, so that what refuses them is the commitment
 * or the digest. Each distinct recipients text is unwrapped once.
 */
export function tokenOpener(services: KeyServices, allowed: readonly string[]): OpenToken {
  const dataKeys = new Map<string, ReturnType<typeof unwrapDataKey>>();
  return async (text, names) => {
    const token = parseToken(text);
    if (token.kind === "raw" || token.kind === "file")
      throw new TypeError("only sealed values are opened here");
    const recipients = admittedRecipients(token.recipients, allowed);
    if (recipients.length === 0)
      throw new TokenError("ERR_KEY_NOT_ALLOWED", "no key of the token is allowed");
    if (token.kind === "direct") return (await openDirect(token, names, services)).value;
    const context = encryptionContext(boundNames(token, names), "v1/dek");
    const id = `${token.recipientsText} ${context}`;
    const unwrapped = dataKeys.get(id) ?? unwrapDataKey(recipients, context, services);
    dataKeys.set(id, unwrapped);
    return openEnvelope(token, names, (await unwrapped).dataKey);
  };
}
