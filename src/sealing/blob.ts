// A sealed file:
//
//   sealconf/v1/blob LF
//   name tls.key LF
//   -> keyref=wrapped LF          one line a recipient, 1 to 8
//   LF
//   payload bytes
import type { KeyObject } from "node:crypto";
import { randomBytes } from "node:crypto";

import { fromUtf8, toUtf8 } from "../bytes/index.ts";
import { openPayload, SALT_BYTES, sealPayloadWithSalt } from "../crypto/payload.ts";
import { type Source, TokenError, UsageError } from "../errors/index.ts";
import { contextBytes, MAX_RECIPIENTS, type Names, parseRecipient, type Recipient } from "../token/index.ts";

import type { SealingKey } from "./sealing-key.ts";

const FIRST_LINE = "sealconf/v1/blob";
const MAX_HEADER_BYTES = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** A parsed blob. */
export interface Blob {
  /** The name of the file that it was made for; never used as an output path. */
  readonly name: string;
  readonly recipients: readonly Recipient[];
  /** The recipient lines joined by `,`: the same text as in a token. */
  readonly recipientsText: string;
  /** Every byte up to and including the empty line. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/**
 * Parses a blob whose file is called `<name>.sealed`; with `undefined` its name is taken as it stands.
 *
 * @throws TokenError `ERR_TOKEN_MALFORMED`, or `ERR_PLACE_MISMATCH` when it was made for another name
 */
export function parseBlob(bytes: Uint8Array, name: string | undefined, source?: Source): Blob {
  const end = headerEnd(bytes);
  const header = bytes.subarray(0, end);
  if (header.includes(CR)) {
    throw malformed(
      "the sealed file's line endings were converted",
      source,
      "mark it in .gitattributes: *.sealed binary",
    );
  }
  const lines = end === 0 ? undefined : fromUtf8(header)?.split("\n");
  if (lines?.[0] !== FIRST_LINE) throw malformed("the sealed file does not begin as one", source);
  const [, nameLine = "", ...recipientLines] = lines.slice(0, -2);
  if (!nameLine.startsWith("name ")) throw malformed("the sealed file's header has no name", source);
  const made = nameLine.slice("name ".length);
  if (!isBlobName(made)) throw malformed("the sealed file's name is not a plain file name", source);
  const texts = recipientLines.map((line) => {
    if (!line.startsWith("-> "))
      throw malformed("the sealed file's header has a line that is no recipient", source);
    return line.slice("-> ".length);
  });
  const recipients = texts.map((text) => parseRecipient(text, source));
  const keys = new Set(recipients.map(({ key }) => key.text));
  if (recipients.length === 0 || recipients.length > MAX_RECIPIENTS || keys.size !== recipients.length) {
    throw malformed("the sealed file's recipients are not 1 to 8 different keys", source);
  }
  if (name !== undefined && made !== name) {
    throw new TokenError("ERR_PLACE_MISMATCH", "the sealed file was made for another name", {
      source,
      hint: "give it its name back, or seal the file again under the new one",
    });
  }
  return { name: made, recipients, recipientsText: texts.join(","), header, payload: bytes.subarray(end) };
}

/**
 * Opens a blob with its data key.
 *
 * @throws OpenError
 */
export function openBlob(
  blob: Blob,
  { app, env }: Pick<Names, "app" | "env">,
  dataKey: KeyObject,
): Uint8Array {
  return openPayload(dataKey, contextBytes("sealconf/v1/blob", blob.header, { app, env }), blob.payload);
}

/** Seals a file's bytes, held in memory, under a data key. */
export function sealBlob(sealingKey: SealingKey, name: string, plaintext: Uint8Array): Uint8Array {
  return sealBlobWithSalt(sealingKey, name, plaintext, randomBytes(SALT_BYTES));
}

/** The seam for known-answer tests. */
export function sealBlobWithSalt(
  { dataKey, recipientsText, app, env }: SealingKey,
  name: string,
  plaintext: Uint8Array,
  salt: Uint8Array,
): Uint8Array {
  if (!isBlobName(name))
    throw new UsageError("ERR_OPTION_INVALID", "a sealed file's name must be a plain file name");
  const recipientLines = recipientsText.split(",").map((recipient) => `-> ${recipient}\n`);
  const header = toUtf8(`${FIRST_LINE}\nname ${name}\n${recipientLines.join("")}\n`);
  if (header.length > MAX_HEADER_BYTES) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      "the sealed file's header would be longer than 64 KiB: it has too many recipients",
    );
  }
  const context = contextBytes("sealconf/v1/blob", header, { app, env });
  return Buffer.concat([header, sealPayloadWithSalt(dataKey, context, plaintext, salt)]);
}

function isBlobName(name: string): boolean {
  const bytes = toUtf8(name).length;
  const plain = !name.includes("/") && !CONTROL.test(name) && name !== "." && name !== "..";
  return plain && bytes >= 1 && bytes <= 255 && name.isWellFormed() && name === name.normalize("NFC");
}

// The header ends with the first empty line, also where line ends were converted: that gets a message of its own.
function headerEnd(bytes: Uint8Array): number {
  const limit = Math.min(bytes.length, MAX_HEADER_BYTES);
  for (let index = 1; index < limit; index++) {
    if (bytes[index] !== LF) continue;
    if (bytes[index - 1] === LF) return index + 1;
    if (bytes[index - 1] === CR && bytes[index - 2] === LF) return index + 1;
  }
  return 0;
}

function malformed(what: string, source: Source | undefined, hint = "seal the file again"): TokenError {
  return new TokenError("ERR_TOKEN_MALFORMED", what, { source, hint });
}
