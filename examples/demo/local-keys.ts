import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes two key files, as `sealconf keygen` does, and returns the references to the keys. */
export async function makeLocalKeys(
  folder: string,
  names: readonly [string, string],
): Promise<[first: string, second: string]> {
  await mkdir(folder, { mode: 0o700 });
  for (const name of names) {
    const text = `sealconf-local-key-v1:${randomBytes(32).toString("base64url")}\n`;
    await writeFile(join(folder, `${name}.key`), text, { mode: 0o600, flag: "wx" });
  }
  const [first, second] = names;
  return [`local/${first}`, `local/${second}`];
}
