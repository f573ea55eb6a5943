import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

import { sha256, toBase64url } from "../bytes/index.ts";

// What a writer lays beside a file lives for as long as the write. One pattern names all of it: `.*.sealconf-*`.
const ID = "[0-9a-f]{16}";
const LEFTOVER = new RegExp(`^${ID}\\.sealconf-(?:tmp|claim)$`);
const WHOLE_ID = new RegExp(`^${ID}$`);
// Few file systems take longer names, and what is laid beside a file adds at most `..0123456789abcdef.sealconf-claim`.
const MAX_NAME_BYTES = 255;
const MAX_ADDED_BYTES = 33;

/** Returns a text that nobody else has made. */
export function randomId(): string {
  return randomBytes(8).toString("hex");
}

export function isId(text: string): boolean {
  return WHOLE_ID.test(text);
}

/** Returns the path of the one lock of a file. */
export function lockPath(file: string): string {
  return beside(file, "sealconf-lock");
}

/** Returns the path of the lock under which another lock is removed, the one that its dead owner took as `id`. */
export function claimPath(file: string, id: string): string {
  return beside(file, `${id}.sealconf-claim`);
}

/** Returns a path for bytes that are not yet, or never will be, the file's. */
export function temporaryPath(file: string): string {
  return beside(file, `${randomId()}.sealconf-tmp`);
}

/** Whether a name in the file's folder is one that only a writer who was killed leaves, once its lock is another's. */
export function isLeftover(name: string, file: string): boolean {
  const start = `.${stemOf(file)}.`;
  return name.startsWith(start) && LEFTOVER.test(name.slice(start.length));
}

function beside(file: string, ending: string): string {
  return join(dirname(file), `.${stemOf(file)}.${ending}`);
}

/** What stands for a file in the names beside it: its own name, where that leaves room for what is added. */
function stemOf(file: string): string {
  const name = basename(file);
  const fits = Buffer.byteLength(name) <= MAX_NAME_BYTES - MAX_ADDED_BYTES;
  return fits ? name : toBase64url(sha256(name));
}
