import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";

import type { GitPlace } from "../../src/git/run-git.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A place where `git` is this shell script. */
export async function fakeGit(t: TestContext, script: string): Promise<GitPlace> {
  const cwd = await temporaryFolder(t);
  const file = join(cwd, "git");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return { cwd, env: { PATH: `${cwd}:${process.env["PATH"]}` } };
}
