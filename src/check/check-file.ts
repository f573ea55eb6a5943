import { Problems } from "../config/problems.ts";
import { type BootCost, bootCostOf } from "../config/boot-cost.ts";
import { SourceError } from "../errors/index.ts";
import { type Document, formatOf, parseDocument, requireMap } from "../format/index.ts";
import type { Policy } from "../policy/index.ts";

import { checkDocument, checkRecipients, factsOf } from "./check-document.ts";
import { checkReferences, isSealedFile, readSealedFile } from "./check-sealed-file.ts";
import { withoutConflict } from "./conflict-markers.ts";
import { type Coverage, isNamed } from "./covered.ts";
import { type FileTree, noFile, readFrom } from "./file-tree.ts";
import { type Finding, findingOf, shellWord } from "./finding.ts";

/** A file that a policy covers. */
export interface CoveredEntry {
  /** In the tree. */
  readonly path: string;
  /** What messages call it. */
  readonly file: string;
  /** Its path relative to the policy's folder. */
  readonly as: string;
  readonly policy: Policy;
  readonly coverage: Coverage;
}

/** Checks one file of a tree that a policy covers. */
export async function checkFile(tree: FileTree, entry: CoveredEntry): Promise<Finding[]> {
  const { path, file, policy, coverage } = entry;
  const problems = new Problems();
  await problems.collectAsync({ layer: 0 }, async () => {
    const kind = await tree.kindOf(path);
    if (kind !== "file") throw noFile(kind, { file });
    if (isSealedFile(path)) return await checkSealedFile(tree, entry, problems);
    const document = await readConfig(tree, entry);
    const values = checkDocument(document, factsOf(path, policy, coverage), problems);
    const blobs = await checkReferences(tree, values, problems);
    checkCost(
      entry,
      bootCostOf(values, (value) => blobs.get(value)),
      problems,
    );
  });
  return problems.inOrder().map((problem) => {
    const finding = findingOf(problem);
    return finding.code === "ERR_FORMAT_UNKNOWN" ? unknownFormat(finding, entry) : finding;
  });
}

async function checkSealedFile(
  tree: FileTree,
  { path, file, policy, coverage }: CoveredEntry,
  problems: Problems,
): Promise<void> {
  const { recipients } = await readSealedFile(tree, path, { file });
  const { allowed, layer } = factsOf(path, policy, coverage);
  checkRecipients(recipients, { allowed, origin: { layer, file, path: [] } }, problems);
}

/**
 * Reads a covered config file.
 *
 * @throws SourceError
 */
export async function readConfig(tree: FileTree, { path, file, coverage }: CoveredEntry): Promise<Document> {
  const format = coverage.format ?? formatOf(path);
  const bytes = await readFrom(tree, path, { file });
  return await withoutConflict(bytes, file, async () =>
    requireMap(await parseDocument(bytes, { file, format })),
  );
}

function checkCost(
  { file, coverage: { rule } }: CoveredEntry,
  { dataKeys, ciphertexts }: BootCost,
  problems: Problems,
): void {
  const count = dataKeys + ciphertexts;
  if (rule === undefined || count <= rule.maxDataKeys) return;
  const what = `a load of the file needs ${count} data keys, and maxDataKeys is ${rule.maxDataKeys}`;
  const hint = `seal its values under one: sealconf rotate ${shellWord(file)} --over ${rule.maxDataKeys}`;
  problems.add(new SourceError("ERR_LIMIT_EXCEEDED", what, { source: { file }, hint }), { layer: 0 });
}

// A folder of many things may hold some that are no config; what is named can be read.
function unknownFormat(finding: Finding, { file, as, coverage }: CoveredEntry): Finding {
  if (isNamed(coverage, as)) return { ...finding, file };
  const hint = "a glob that names config alone, such as deploy/**/*.yaml, leaves the others out";
  return { ...finding, file, hint, severity: "warning" };
}
