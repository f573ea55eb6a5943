import { findRoot } from "./find-root.ts";
import { checkOptions } from "./options.ts";
import { Problems } from "./problems.ts";
import { readPolicy } from "./read-policy.ts";

/**
 * Returns every key that the nearest policy at or above a folder lists, for a token of which nobody knows the file; none
 * without a policy.
 *
 * @throws LoadError when the policy cannot be used
 */
export async function policyKeys(folder: string): Promise<string[]> {
  const root = await findRoot("any file", folder);
  const policy = await readPolicy(
    checkOptions({ files: [], root }),
    new AbortController().signal,
    new Problems(),
  );
  return [...new Set(policy?.rules.flatMap(({ keys, accept }) => [...keys, ...accept]))];
}
