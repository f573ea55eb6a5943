import { join } from "node:path";

import { sealDocument, type SealedDocument } from "../edit/seal-document.ts";
import type { Sealer } from "../edit/sealer.ts";
import { type Source, SourceError, UsageError } from "../errors/index.ts";
import { DEFAULT_LIMITS, formatOf, parseDocument } from "../format/index.ts";
import { matchesWorkTree, type Repository } from "../git/index.ts";
import { updateFile } from "../source/update-file.ts";

import { coveredEntries } from "./check-tree.ts";
import { readFrom } from "./file-tree.ts";
import { writtenFile } from "./leftover.ts";
import type { StagedTree } from "./staged-tree.ts";

/** A staged file. */
export interface StagedEntry {
  readonly path: string;
  /** What messages call it. */
  readonly file: string;
  /** The id of what is staged. */
  readonly id: string;
}

/** A staged file whose plaintext was sealed; nothing is written yet. */
export interface SealedEntry extends StagedEntry {
  /** What is to be staged in its place. */
  readonly text: string;
  readonly sealed: readonly Source[];
  /** Seals the same values in another text of the file, to the same tokens. */
  readonly seal: (bytes: Uint8Array) => Promise<SealedDocument>;
}

/** Tells whether a file lies in the work tree as it is staged. */
export async function matchesDisk(repository: Repository, path: string, id: string): Promise<boolean> {
  // A name that is not UTF-8 is no name that Node can write to.
  return path.isWellFormed() && (await matchesWorkTree(repository, path, id));
}

/** Seals the plaintext of a staged file; returns why it cannot be sealed. */
export async function sealInIndex(
  staged: StagedTree,
  entry: StagedEntry,
  sealer: Sealer,
): Promise<SealedEntry | string> {
  const { path, file } = entry;
  const covered = await coveredEntries(staged, path);
  const {
    rule,
    others = [],
    format = formatOf(writtenFile(path)),
  } = covered.find(({ coverage }) => coverage.rule)?.coverage ?? {};
  if (rule === undefined) return "no rule covers the file, and so no key is known";
  if (others.length > 0) return "several rules may hold for the file, and so its keys are not known";
  const remembering = rememberTokens(sealer);
  const seal = async (bytes: Uint8Array): Promise<SealedDocument> => {
    return await sealDocument(await parseDocument(bytes, { file, format }), rule, remembering);
  };
  try {
    const { text, sealed } = await seal(await readFrom(staged.tree, path, { file }));
    if (text === undefined) return "there is nothing to seal";
    // A filter may have made what lies on disk: that it can be sealed too is known before anything is written.
    const onDisk = staged.onDisk && (await seal(await readFrom(staged.onDisk.tree, path, { file })));
    if (onDisk?.sealed.length !== sealed.length) return "what lies in the work tree reads otherwise";
    return { ...entry, text, sealed, seal };
  } catch (error) {
    if (error instanceof SourceError || error instanceof UsageError) return error.message;
    throw error;
  }
}

/**
 * Seals a file in the work tree as it was sealed in the index. The bytes may differ where a filter, such as the
 * conversion of line ends, stands between the two.
 *
 * @throws SourceError `ERR_FILE_CHANGED` when it is not what was staged any more
 */
export async function sealOnDisk(
  repository: Repository,
  { path, file, id, seal }: SealedEntry,
): Promise<void> {
  const source = { file };
  const onDisk = join(repository.workTree ?? "", path);
  await updateFile(onDisk, { source, maxBytes: DEFAULT_LIMITS.maxFileBytes }, async (bytes) => {
    if (bytes !== undefined && (await matchesDisk(repository, path, id))) return (await seal(bytes)).text;
    throw new SourceError("ERR_FILE_CHANGED", "the file was changed meanwhile", {
      source,
      hint: "run the command again",
    });
  });
}

function rememberTokens(sealer: Sealer): Sealer {
  const tokens = new Map<string, Promise<string>>();
  return {
    ...sealer,
    async seal(rule, place) {
      const id = JSON.stringify([place.path, place.value]);
      const token = tokens.get(id) ?? sealer.seal(rule, place);
      tokens.set(id, token);
      return await token;
    },
  };
}
