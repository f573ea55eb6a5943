// What a writer lays beside a file for as long as it writes, and leaves when it is killed: `.NAME.sealconf-lock`,
// `.NAME.<id>.sealconf-tmp`. See source/names-beside.ts.
const LEFTOVER = /^(.*\/)?\.([^/]+?)(?:\.[0-9a-f]{16})?\.sealconf-(?:tmp|lock|claim)$/s;

/** Tells whether a path is of something that a writer laid beside a file. */
export function isLeftover(path: string): boolean {
  return LEFTOVER.test(path);
}

/** Returns the file that such a path lies beside, and any other path as it is. */
export function writtenFile(path: string): string {
  return path.replace(LEFTOVER, "$1$2");
}
