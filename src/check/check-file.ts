import { Problems } from "../config/problems.ts";
import { type BootCost, bootCostOf } from "../config/boot-cost.ts";
import { SourceError } from "../errors/index.ts";
import { type Document, formatOf, parseDocument, requireMap } from "../format/index.ts";
import type { Policy, Rule } from "../policy/index.ts";

import { checkDocument, checkRecipients, factsOf } from "./check-document.ts";
import { checkReferences, isSealedFile, readSealedFile } from "./check-sealed-file.ts";
import { withoutConflict } from "./conflict-markers.ts";
import { type Coverage, isNamed } from "./covered.ts";
import { type FileTree, noFile, readFrom } from "./file-tree.ts";
import { adviseToRun, type Finding, findingOf, isPlaintext, mergeFindings } from "./finding.ts";
import { writtenFile } from "./leftover.ts";

/** A file that a policy covers. */
export interface CoveredEntry {
  /** In the tree. */
  readonly path: string;
  /** What messages call it. */
  readonly file: string;
  /** Its path relative to the policy's folder, where it lies below. */
  readonly as: string;
  readonly policy: Policy;
  /** The policy's own path in the tree. */
  readonly policyPath: string;
  readonly coverage: Coverage;
}

/** Checks one file of a tree by each policy that covers it. */
export async function checkFile(tree: FileTree, entries: readonly CoveredEntry[]): Promise<Finding[]> {
  const found: (readonly Finding[])[] = [];
  for (const entry of entries) found.push(await checkByPolicy(tree, entry));
  return found.length === 1 ? found.flat() : mergeFindings(found.flat());
}

// Where one of several rules holds, plaintext is wrong by any of them; sealed values are in order by one.
async function checkByPolicy(tree: FileTree, entry: CoveredEntry): Promise<readonly Finding[]> {
  const { rule, others = [] } = entry.coverage;
  const first = await checkByRule(tree, entry, rule);
  if (others.length === 0) return first;
  const found = [first];
  for (const other of others) found.push(await checkByRule(tree, entry, other));
  const isOther = (finding: Finding): boolean => !isPlaintext(finding);
  const [fitting = []] = found
    .map((findings) => findings.filter(isOther))
    .toSorted((a, b) => a.length - b.length);
  return mergeFindings([...found.flat().filter(isPlaintext), ...fitting]);
}

async function checkByRule(
  tree: FileTree,
  covered: CoveredEntry,
  rule: Rule | undefined,
): Promise<Finding[]> {
  const entry = { ...covered, coverage: { ...covered.coverage, rule } };
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
  const format = coverage.format ?? formatOf(writtenFile(path));
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
  const hint = adviseToRun(
    file,
    (word) => `seal its values under one: sealconf rotate ${word} --over ${rule.maxDataKeys}`,
  );
  problems.add(new SourceError("ERR_LIMIT_EXCEEDED", what, { source: { file }, hint }), { layer: 0 });
}

// A folder of many things may hold some that are no config; what is named can be read.
function unknownFormat(finding: Finding, { file, as, coverage }: CoveredEntry): Finding {
  if (isNamed(coverage, as)) return { ...finding, file };
  const hint = "a glob that names config alone, such as deploy/**/*.yaml, leaves the others out";
  return { ...finding, file, hint, severity: "warning" };
}
