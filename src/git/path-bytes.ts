import { fromUtf8 } from "../bytes/index.ts";

// Names are bytes to git. One that is not UTF-8 becomes its ASCII characters, and for each other byte a lone half of a surrogate
// pair, which no UTF-8 decodes to: no two names become the same text, and patterns match what is ASCII of it.
const ESCAPED_BYTE = 0xdc00;

/** Decodes a name as git recorded it; no two names have the same text. */
export function decodeName(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text !== undefined) return text;
  return Buffer.from(bytes)
    .toString("latin1")
    .replace(/[\u0080-\u00ff]/g, (byte) => String.fromCharCode(ESCAPED_BYTE + byte.charCodeAt(0)));
}

/** Returns the bytes of a name that `decodeName` decoded. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, "utf8");
  return Buffer.from(
    name.replace(/[\udc80-\udcff]/g, (half) => String.fromCharCode(half.charCodeAt(0) - ESCAPED_BYTE)),
    "latin1",
  );
}

/** Writes a name in quotes as git reads it where a list of names has one on each line. */
export function quoteName(name: string): string {
  const text = encodeName(name)
    .toString("latin1")
    .replace(/[^ !#-[\]-~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`);
  return `"${text}"`;
}

/** Splits a listing at its NULs. */
export function splitAtNul(listing: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let start = 0;
  for (let end = listing.indexOf(0); end !== -1; end = listing.indexOf(0, start)) {
    records.push(listing.subarray(start, end));
    start = end + 1;
  }
  return records;
}
