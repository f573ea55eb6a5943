import { programFile } from "./cli.ts";
import type { TestRepository } from "./git-repository.ts";

/** Puts the built `sealconf` where npm would have put it in a repository, out of git's sight. */
export async function addInstalledCli(repository: TestRepository, folder = ""): Promise<void> {
  const script = `#!/bin/sh\nexec '${process.execPath}' '${programFile("sealconf")}' "$@"\n`;
  const prefix = folder === "" ? "" : `${folder}/`;
  await repository.write(`${prefix}node_modules/.bin/sealconf`, script, 0o755);
  await repository.write(`${prefix}node_modules/.gitignore`, "*\n");
}
