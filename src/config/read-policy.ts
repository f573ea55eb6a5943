import { dirname, join, relative, resolve, sep } from "node:path";

import { SourceError } from "../errors/index.ts";
import { type Policy, POLICY_FILE } from "../policy/index.ts";
import { exists, type FileRequest, leavesRoot, readFileIfThere } from "../source/index.ts";

import type { LoadRequest } from "./options.ts";
import { parsePolicyText } from "./parse-policy-text.ts";
import { BEFORE_ALL_LAYERS, type Problems } from "./problems.ts";

/**
 * Reads the policy: the one that was named, else `.sealconf.yaml` in `root` alone. None is `undefined`: an image that
 * lacks it can still be given `keys`.
 *
 * @throws LoadError when there is one and it cannot be used
 */
export async function readPolicy(
  request: Pick<LoadRequest, "root" | "policy" | "limits">,
  signal: AbortSignal,
  problems: Problems,
): Promise<Policy | undefined> {
  const policy = await problems.collectAsync(BEFORE_ALL_LAYERS, () => findPolicy(request, signal, problems));
  // Nothing can be judged by a policy that is not understood.
  problems.throwIfAny();
  return policy;
}

async function findPolicy(
  { root, policy: named, limits }: Pick<LoadRequest, "root" | "policy" | "limits">,
  signal: AbortSignal,
  problems: Problems,
): Promise<Policy | undefined> {
  if (named !== undefined && "text" in named)
    return await parsePolicyText(named.text, { file: POLICY_FILE, limits }, problems);
  const file = named?.path ?? POLICY_FILE;
  const source = { file };
  const bytes = await readFileIfThere(resolve(root, file), { maxBytes: limits.maxFileBytes, source, signal });
  if (bytes !== undefined) return await parsePolicyText(bytes, { file, limits }, problems);
  if (named === undefined) return undefined;
  throw new SourceError("ERR_FILE_UNREADABLE", "the policy is not there", { source });
}

/**
 * Refuses a file that has a policy nearer to it than the root's: two policies would disagree about it in silence.
 *
 * @throws SourceError `ERR_POLICY_INVALID`
 */
export async function refuseNearerPolicy(
  file: FileRequest,
  root: string,
  policy: Policy | undefined,
): Promise<void> {
  if (file.asGiven || !("path" in file.from) || leavesRoot(file.as)) return;
  const folders = relative(root, dirname(file.from.path)).split(sep);
  for (let depth = folders.length; depth > 0; depth--) {
    if (folders[0] === "") return;
    const nearer = join(root, ...folders.slice(0, depth), POLICY_FILE);
    if (!(await exists(nearer))) continue;
    const shown = relative(root, nearer);
    const mine = policy?.file ?? "none in the root";
    throw new SourceError(
      "ERR_POLICY_INVALID",
      `the policy ${shown} is nearer to this file than the one in use (${mine})`,
      {
        source: { file: file.shown },
        hint: "load it with root set to the nearer policy's folder, or merge the two policies",
      },
    );
  }
}
