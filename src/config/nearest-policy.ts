import type { Policy } from "../policy/index.ts";

import { findRoot } from "./find-root.ts";
import { checkOptions } from "./options.ts";
import { Problems } from "./problems.ts";
import { readPolicy } from "./read-policy.ts";

/**
 * Reads the nearest policy at or above a file, or, without a file, at or above the working directory.
 *
 * @throws LoadError when the policy cannot be used
 */
export async function nearestPolicy(
  cwd: string,
  file = "any file",
): Promise<{ readonly root: string; readonly policy: Policy | undefined }> {
  const root = await findRoot(file, cwd);
  return { root, policy: await policyIn(root) };
}

/** Reads the policy that lies in a folder. */
export async function policyIn(root: string): Promise<Policy | undefined> {
  const request = checkOptions({ files: [], root });
  return await readPolicy(request, new AbortController().signal, new Problems());
}
