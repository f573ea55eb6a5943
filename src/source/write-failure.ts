import { SealconfError, SourceError, type Source, systemCode } from "../errors/index.ts";

const TO_WRITE =
  "the file and its folder must be writable: a new file is written beside it and takes its place";
const ROOM = "make room and run it again; the file is as it was";
const HINTS: ReadonlyMap<string | undefined, string> = new Map([
  ["EACCES", TO_WRITE],
  ["EPERM", TO_WRITE],
  ["EROFS", "it lies on a file system that is mounted read-only"],
  ["ENOSPC", ROOM],
  ["EDQUOT", ROOM],
]);

/** Runs work that writes, and names the file when the system refuses it. */
export async function writing<Result>(source: Source, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof SealconfError || code === undefined) throw error;
    throw new SourceError("ERR_WRITE_FAILED", `the file cannot be written (${code})`, {
      source,
      hint: HINTS.get(code),
    });
  }
}
