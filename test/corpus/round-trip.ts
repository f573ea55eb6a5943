import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { openDocument } from "../../src/config/open-document.ts";
import { createProject } from "../../src/edit/project.ts";
import type { Sealer } from "../../src/edit/sealer.ts";
import { setFileValue } from "../../src/edit/set-file-value.ts";
import { type Document, findScalars, type FoundScalar, parseDocument } from "../../src/format/index.ts";
import { isRepeated } from "../../src/format/repeated.ts";
import { replaceScalars } from "../../src/format/replace.ts";
import { formatPath } from "../../src/path/path.ts";
import { ENVIRONMENT, POLICY_TEXT } from "../support/load-fixture.ts";
import type { PublishedFile } from "./packages.ts";

const VALUES_PER_FILE = 3;

export interface RoundTrip {
  /** Values that were sealed and opened again. */
  readonly tried: number;
  /** How many of them left the file as it was, to the byte. */
  readonly identical: number;
  /** What must never happen. */
  readonly problems: readonly string[];
}

/** Seals some values of a file, each on its own, opens them again and compares the file with what it was. */
export async function roundTrip(
  { package: from, path }: PublishedFile,
  bytes: Uint8Array,
  sealer: Sealer,
): Promise<RoundTrip> {
  const name = `${from} ${path}`;
  const folder = mkdtempSync(join(tmpdir(), "sealconf-corpus-"));
  try {
    mkdirSync(join(folder, ".git"));
    writeFileSync(join(folder, ".sealconf.yaml"), POLICY_TEXT);
    const file = basename(path);
    const document = await parseDocument(bytes, { file });
    const problems: string[] = [];
    let identical = 0;
    const picked = pick(document, name);
    for (const scalar of picked) {
      writeFileSync(join(folder, file), bytes);
      const problem = await tryOne(document, scalar, { folder, sealer });
      if (problem === "identical") identical += 1;
      else if (problem !== undefined) problems.push(`${name} ${formatPath(scalar.path)}: ${problem}`);
    }
    return { tried: picked.length, identical, problems };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Picks values that can be sealed; the same ones each time. */
function pick(document: Document, seed: string): FoundScalar[] {
  const all = findScalars(document.root).filter(({ node, path, keysAreStrings }) => {
    return node.value !== null && keysAreStrings && !path.includes("-") && !isRepeated(document, node);
  });
  return all
    .map((scalar) => ({ scalar, order: digest(seed + formatPath(scalar.path)) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, VALUES_PER_FILE)
    .map(({ scalar }) => scalar);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function tryOne(
  document: Document,
  { node, path }: FoundScalar,
  { folder, sealer }: { readonly folder: string; readonly sealer: Sealer },
): Promise<string | undefined> {
  const { file, text } = document;
  const place = formatPath(path);
  const { value } = node;
  const covered = await createProject(folder).cover(file);
  const as = typeof value === "string" ? "text" : "json";
  await setFileValue(covered, { path: place, value, as }, sealer);

  const sealed = readFileSync(join(folder, file), "utf8");
  if (!sealed.startsWith(text.slice(0, node.start))) return "sealing changed what stands before the value";
  if (!sealed.endsWith(text.slice(node.end))) return "sealing changed what stands behind the value";

  const opened = await openDocument(file, { root: folder, cwd: folder, environment: ENVIRONMENT });
  const [found, ...others] = opened.values;
  if (found === undefined || others.length > 0) return "not exactly one value is sealed";
  if (!Object.is(found.opened.value, value)) return "what was opened is not what was sealed";
  const after = await replaceScalars(opened.document, [{ node: found.node, value }]);
  if (after === text) return "identical";

  // It was written as we do not write: an escape, a folded text, a number such as 1.0.
  const ours = await replaceScalars(document, [{ node, value }]);
  if (ours === text) return "opening it again did not give the file back";
  if (!after.startsWith(text.slice(0, node.start))) return "opening changed what stands before the value";
  if (!after.endsWith(text.slice(node.end))) return "opening changed what stands behind the value";
  return undefined;
}
