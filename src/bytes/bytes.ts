import { hash, timingSafeEqual } from "node:crypto";

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Encodes bytes as base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return view(bytes).toString("base64url");
}

/** Decodes canonical base64url without padding; anything else is `undefined`. */
export function fromBase64url(text: string): Uint8Array | undefined {
  return canonical(text, "base64url");
}

/** Encodes bytes as standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return view(bytes).toString("base64");
}

/** Decodes canonical standard base64 with padding; anything else is `undefined`. */
export function fromBase64(text: string): Uint8Array | undefined {
  return canonical(text, "base64");
}

/** Encodes text as UTF-8. The text must be well formed: a lone surrogate would silently become U+FFFD. */
export function toUtf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** Decodes UTF-8 and keeps a byte order mark; invalid bytes are `undefined`. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

export function sha256(data: Uint8Array | string): Uint8Array {
  return hash("sha256", data, "buffer");
}

/** Compares two byte strings in a time that depends on their lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Writes a flat object of strings as RFC 8785 canonical JSON; members that are undefined are left out. */
export function canonicalJson(object: Readonly<Record<string, string | undefined>>): string {
  let members = "";
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value !== undefined)
      members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return `{${members}}`;
}

function canonical(text: string, encoding: "base64" | "base64url"): Uint8Array | undefined {
  // Buffer skips what it does not know, so only what encodes to the same text again was canonical.
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
