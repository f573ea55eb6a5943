import { isSealedFile } from "./check-sealed-file.ts";
import { coverageOf } from "./covered.ts";
import { type FileTree, folderOf } from "./file-tree.ts";
import { isPolicy, type Policies } from "./find-policies.ts";

/**
 * Returns the paths of a tree that a change may have made wrong: what was changed itself; where a policy was
 * changed or removed, what it is or was the nearest policy of, and what its load list names elsewhere; where a
 * sealed file was, what may refer to it.
 */
export async function selectChanged(
  tree: FileTree,
  policies: Policies,
  changed: readonly string[],
): Promise<ReadonlySet<string>> {
  const entries = await tree.list();
  const selected = new Set(changed.filter((path) => entries.has(path)));
  const policyFolders = new Set(changed.filter(isPolicy).map(folderOf));
  const sealedFolders = new Set(changed.filter(isSealedFile).map(folderOf));
  if (policyFolders.size === 0 && sealedFolders.size === 0) return selected;
  for (const path of entries.keys()) {
    const folder = folderOf(path);
    // References lead down from the folder of the file that they stand in.
    const mayRefer = [...sealedFolders].some((sealed) => sealed.startsWith(folder));
    if (mayRefer || (await isJudgedAnew(path, policyFolders, policies))) selected.add(path);
  }
  return selected;
}

async function isJudgedAnew(
  path: string,
  policyFolders: ReadonlySet<string>,
  policies: Policies,
): Promise<boolean> {
  const above = [...policyFolders].filter((folder) => path.startsWith(folder));
  // A policy that lies nearer than all that changed judges as before.
  const nearest = await policies.nearestTo(path);
  if (above.some((folder) => folder.length >= (nearest?.folder.length ?? 0))) return true;
  const judges = await policies.judging(path);
  return judges.some(({ policy, folder }) => {
    return (
      policyFolders.has(folder) && policy !== undefined && coverageOf(policy, path, folder) !== undefined
    );
  });
}
