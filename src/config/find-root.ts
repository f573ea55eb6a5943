import { dirname, join, resolve } from "node:path";

import { POLICY_FILE } from "../policy/index.ts";
import { exists } from "../source/index.ts";

/**
 * Returns the folder of the policy that a file's developer means: the nearest one at or above the file, up to the folder
 * that holds `.git`. Without one, `cwd`.
 */
export async function findRoot(file: string, cwd: string): Promise<string> {
  let folder = dirname(resolve(cwd, file));
  for (;;) {
    if (await exists(join(folder, POLICY_FILE))) return folder;
    const parent = dirname(folder);
    if (parent === folder || (await exists(join(folder, ".git")))) return cwd;
    folder = parent;
  }
}
