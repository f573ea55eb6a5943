import { posix } from "node:path";

import type { Source, SourceError } from "../errors/index.ts";
import { type Document, type DocumentNode, type Limits, parseDocument, positionAt } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";
import { parsePolicy, type PolicyGrammar } from "../policy/parse-policy.ts";
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
// A name may hold line breaks, which a dot means only with the flag. The last two make it throw where it would
// otherwise match nothing, or something else.
const GLOB_OPTIONS = { dot: true, flags: "s", debug: true, strictBrackets: true } as const;

type CompileGlob = PolicyGrammar["compileGlob"];

interface WildGlob {
  readonly glob: string;
  readonly refuse: Parameters<CompileGlob>[1];
  match: (path: string) => boolean;
}

// Importing the matcher takes longer than everything else that is done with a policy: plain paths do without it.
function createGlobs(): { compile: CompileGlob; ready: () => Promise<void> } {
  const wild: WildGlob[] = [];
  return {
    compile(glob, refuse) {
      const normal = posix.normalize(glob);
      if (!WILDCARD.test(normal)) return (path) => path === normal;
      const compiled: WildGlob = { glob: normal, refuse, match: () => false };
      wild.push(compiled);
      // The environment is no file: `**` does not mean it, only its own name does.
      return (path) => path !== ENVIRONMENT_FILE && compiled.match(path);
    },
    async ready() {
      if (wild.length === 0) return;
      const { default: picomatch } = await import("picomatch");
      for (const each of wild) {
        try {
          each.match = picomatch(each.glob, GLOB_OPTIONS);
        } catch {
          // Whatever the matcher throws: it could make nothing of the glob.
          each.refuse(
            "the glob cannot be read",
            "close what is open: [ ], { }, ( ); one that is part of a name has a backslash before it",
          );
        }
      }
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
