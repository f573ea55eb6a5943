import { checkOptions } from "../config/options.ts";
import { findRoot } from "../config/find-root.ts";
import { Problems } from "../config/problems.ts";
import { readPolicy } from "../config/read-policy.ts";
import type { Policy } from "../policy/index.ts";

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
  const request = checkOptions({ files: [], root });
  return { root, policy: await readPolicy(request, new AbortController().signal, new Problems()) };
}
