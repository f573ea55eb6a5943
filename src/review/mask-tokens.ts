import { sha256, toBase64url } from "../bytes/index.ts";
import { SealconfError } from "../errors/index.ts";
import { type KnownRecipients, parseToken, type Token } from "../token/index.ts";

// What cannot end a token stays outside: the comma of a list, a full stop.
const TOKEN_TEXT = /(?<![A-Za-z0-9])sealed:v1:[A-Za-z0-9+/=_.:,-]*[A-Za-z0-9+/=_-]/g;
// 132 bits: nobody can make two tokens that look alike, and so change one unseen.
const FINGERPRINT_CHARACTERS = 22;

/**
 * Shows each token of a file as `sealed(KEYREF…, fingerprint)`, so that a diff says which secret changed, and keeps
 * every other byte. Nothing is parsed: a file with conflict markers, of an unknown format or with bytes that are no text
 * is shown too.
 */
export function maskTokens(bytes: Uint8Array): Uint8Array {
  const known: KnownRecipients = new Map();
  // Tokens are ASCII, and Latin-1 has a character for every byte.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const masked = text.replace(TOKEN_TEXT, (found) => {
    const token = parseIfToken(found, known);
    return token === undefined ? found : describeToken(token);
  });
  return Buffer.from(masked, "latin1");
}

function describeToken(token: Token): string {
  const names = token.kind === "file" ? [token.path] : token.recipients.map(({ key }) => key.text);
  const fingerprint = toBase64url(sha256(token.text)).slice(0, FINGERPRINT_CHARACTERS);
  return `sealed(${[...names, fingerprint].join(", ")})`;
}

function parseIfToken(text: string, known: KnownRecipients): Token | undefined {
  try {
    return parseToken(text, { known });
  } catch (error) {
    // Whoever looks at a diff sees what stands there; `check` says what is wrong with it.
    if (error instanceof SealconfError) return undefined;
    throw error;
  }
}
