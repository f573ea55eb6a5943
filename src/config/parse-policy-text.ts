import type { Source, SourceError } from "../errors/index.ts";
import { type Document, type DocumentNode, type Limits, parseDocument, positionAt } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import { ENVIRONMENT_FILE, type Policy } from "../policy/policy.ts";
import { isContextName, parseKeyReference } from "../token/index.ts";

import { plainValue } from "./plain-value.ts";
import { BEFORE_ALL_LAYERS, type Problems } from "./problems.ts";

/** Reads a policy's text; its problems are collected. */
export async function parsePolicyText(
  input: Uint8Array | string,
  { file, limits }: { readonly file: string; readonly limits: Limits },
  problems: Problems,
): Promise<Policy> {
  const document = await parseDocument(input, { file, format: "yaml", limits });
  const globs = createGlobs();
  const { policy, problems: found } = parsePolicy(
    { file, value: plainValue(document.root), at: (path) => sourceAt(document, path) },
    {
      isContextName,
      isKeyReference: (text) => typeof parseKeyReference(text) === "object",
      compileGlob: globs.compile,
    },
  );
  await globs.ready();
  for (const problem of found.toSorted(byPlace)) problems.add(problem, BEFORE_ALL_LAYERS);
  return policy;
}

const WILDCARD = /[^A-Za-z0-9_./ -]/;

// Importing the matcher takes longer than everything else that is done with a policy: plain paths do without it.
function createGlobs(): { compile: (glob: string) => (path: string) => boolean; ready: () => Promise<void> } {
  const wild = new Map<string, (path: string) => boolean>();
  return {
    compile(glob) {
      const plain = glob.replace(/^(?:\.\/)+/, "");
      if (!WILDCARD.test(plain)) return (path) => path === plain;
      wild.set(glob, () => false);
      // The environment is no file: `**` does not mean it, only its own name does.
      return (path) => path !== ENVIRONMENT_FILE && wild.get(glob)?.(path) === true;
    },
    async ready() {
      if (wild.size === 0) return;
      const { default: picomatch } = await import("picomatch");
      // A name may hold line breaks, which a dot means only with the flag.
      for (const glob of wild.keys()) wild.set(glob, picomatch(glob, { dot: true, flags: "s" }));
    },
  };
}

function byPlace({ source: a }: SourceError, { source: b }: SourceError): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

/** Tells where a part of a document stands: at its key, or at the nearest that is there. */
export function sourceAt(document: Document, path: Path): Source {
  let node: DocumentNode = document.root;
  let offset = node.start;
  for (const segment of path) {
    if (node.kind === "scalar") break;
    if (node.kind === "list") {
      const item: DocumentNode | undefined = typeof segment === "number" ? node.items[segment] : undefined;
      if (item === undefined) break;
      node = item;
      offset = item.start;
    } else {
      const entry = node.entries.get(String(segment));
      if (entry === undefined) break;
      node = entry.node;
      offset = entry.keyStart;
    }
  }
  const where = { file: document.file, ...positionAt(document, offset) };
  return path.length === 0 ? where : { ...where, path: formatPath(path) };
}
