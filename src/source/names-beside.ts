import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

// What a writer lays beside a file lives for as long as the write. One pattern names all of it: `.*.sealconf-*`.
const ID = "[0-9a-f]{16}";
const LEFTOVER = new RegExp(`^${ID}\\.sealconf-(?:tmp|claim)$`);
const WHOLE_ID = new RegExp(`^${ID}$`);

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
  const start = `.${basename(file)}.`;
  return name.startsWith(start) && LEFTOVER.test(name.slice(start.length));
}

function beside(file: string, ending: string): string {
  return join(dirname(file), `.${basename(file)}.${ending}`);
}
