import { dirname, join } from "node:path";

import { POLICY_FILE } from "../policy/index.ts";
import { exists } from "../source/index.ts";

/** What a folder lies in. */
export interface Surroundings {
  readonly inGit: boolean;
  /** The nearest policy above the folder, up to the folder that holds `.git`; absolute. */
  readonly policyAbove: string | undefined;
}

/** Looks at the folders above one, up to the one that holds `.git`. */
export async function findSurroundings(start: string): Promise<Surroundings> {
  let policyAbove: string | undefined;
  let folder = start;
  for (;;) {
    const policy = join(folder, POLICY_FILE);
    if (folder !== start && policyAbove === undefined && (await exists(policy))) policyAbove = policy;
    if (await exists(join(folder, ".git"))) return { inGit: true, policyAbove };
    const parent = dirname(folder);
    if (parent === folder) return { inGit: false, policyAbove };
    folder = parent;
  }
}
