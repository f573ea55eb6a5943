import { nearestPolicy } from "./nearest-policy.ts";

/**
 * Returns every key that the nearest policy at or above a folder lists, for a token of which nobody knows the file; none
 * without a policy.
 *
 * @throws LoadError when the policy cannot be used
 */
export async function policyKeys(folder: string): Promise<string[]> {
  const { policy } = await nearestPolicy(folder);
  return [...new Set(policy?.rules.flatMap(({ keys, accept }) => [...keys, ...accept]))];
}
