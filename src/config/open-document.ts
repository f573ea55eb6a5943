import { dirname, resolve } from "node:path";

import { SourceError, UsageError } from "../errors/index.ts";
import { type Document, findScalars, requireMap, type ScalarNode } from "../format/index.ts";
import { formatPath, type Path } from "../path/path.ts";
import { compilePatterns } from "../policy/index.ts";
import { type FileRequest, resolveFile } from "../source/index.ts";

import { admit } from "./admit.ts";
import { findTokens } from "./find-tokens.ts";
import type { SealedValue } from "./layer.ts";
import { openTokens } from "./open-tokens.ts";
import type { Opened } from "./opener.ts";
import { checkOptions, type LoadOptions, type LoadRequest } from "./options.ts";
import { Problems } from "./problems.ts";
import { createProviders } from "./providers.ts";
import { factsFor, readDocument, requireKeys } from "./read-layers.ts";
import { readPolicy } from "./read-policy.ts";
import { withDeadline } from "./supervise.ts";

/** A sealed value of one document, opened. */
export interface OpenedScalar {
  readonly path: Path;
  readonly node: ScalarNode;
  readonly sealed: SealedValue;
  readonly opened: Opened;
}

export interface OpenedDocument {
  readonly document: Document;
  /** In the document's order; with `only`, the one value that stands there. */
  readonly values: readonly OpenedScalar[];
}

export interface OpenDocumentOptions extends Pick<
  LoadOptions,
  "root" | "keys" | "context" | "environment" | "signal" | "deadlineMs"
> {
  /** Where a relative `file` starts; `root` is where its policy lies. */
  readonly cwd: string;
  /** Open this value alone. */
  readonly only?: Path | undefined;
}

/**
 * Opens the sealed values of one file by its policy, for a developer who looks at it. Plaintext where a secret must be
 * does not matter here.
 *
 * @throws LoadError, UsageError
 */
export async function openDocument(
  file: string,
  { cwd, only, ...options }: OpenDocumentOptions,
): Promise<OpenedDocument> {
  const path = resolve(cwd, file);
  const request = checkOptions({ ...options, files: [path] });
  // A file that is not there is told below, without a hint that is for loads.
  const resolved = { ...resolveFile(path, request.root), shown: file, optional: true };
  return await withDeadline(request, (signal) => open(resolved, request, only, signal));
}

async function open(
  file: FileRequest,
  request: LoadRequest,
  only: Path | undefined,
  signal: AbortSignal,
): Promise<OpenedDocument> {
  const problems = new Problems();
  const policy = await readPolicy(request, signal, problems);
  const document = await problems.collectAsync({ layer: 0 }, () =>
    readDocument(file, request, policy, signal),
  );
  problems.throwIfAny();
  if (document === undefined)
    throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", { source: { file: file.shown } });

  requireMap(document);
  const folder = "path" in file.from ? dirname(file.from.path) : undefined;
  const facts = { ...factsFor(file.as, 0, request, policy, folder), secrets: compilePatterns([]) };
  const { sealed } = findTokens(document, facts, problems);
  const wanted = sealed.filter(({ origin }) => only === undefined || samePath(origin.path, only));
  if (only !== undefined && wanted.length === 0) throw nothingSealed(document, only);
  const openable = requireKeys(wanted, facts, file.shown, request, policy, problems);

  const providers = createProviders({ given: request.providers, environment: request.environment });
  try {
    const { providerOf, has } = providers;
    const services = { providerOf, hasProvider: has, maxBlobBytes: request.limits.maxBlobBytes, signal };
    const { values: opened } = await openTokens(admit(openable, has, problems), services, problems);
    problems.throwIfAny();
    return { document, values: joined(document, opened) };
  } finally {
    await providers.close();
  }
}

function joined(document: Document, opened: ReadonlyMap<SealedValue, Opened>): OpenedScalar[] {
  const byPath = new Map(
    [...opened].map(([sealed, value]) => [formatPath(sealed.origin.path), { sealed, value }]),
  );
  return findScalars(document.root).flatMap(({ path, node }) => {
    const found = byPath.get(formatPath(path));
    return found === undefined ? [] : [{ path, node, sealed: found.sealed, opened: found.value }];
  });
}

// A pointer does not tell an index from a key that is a number.
function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((segment, index) => String(segment) === String(b[index]));
}

function nothingSealed({ file, root }: Document, path: Path): UsageError {
  const plain = findScalars(root).some((scalar) => samePath(scalar.path, path));
  const what = plain ? "the value there is not sealed" : "there is no value";
  return new UsageError("ERR_OPTION_INVALID", what, { source: { file, path: formatPath(path) } });
}
