import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { equalBytes, toUtf8 } from "../bytes/index.ts";
import type { OpenedDocument } from "../config/open-document.ts";
import type { Environment } from "../config/options.ts";
import { SealconfError, type Source, SourceError, systemCode } from "../errors/index.ts";
import { DEFAULT_LIMITS, positionAt } from "../format/index.ts";
import { formatPath } from "../path/path.ts";
import { readFileIfThere } from "../source/index.ts";

import { parseConfig } from "../edit/change-document.ts";
import { type EndingSignals, listenForEnd } from "./ending-signals.ts";
import type { Editor } from "./find-editor.ts";
import { addMarkers, markersOf, NO_MARKERS, removeMarkers } from "./marker-lines.ts";
import { mergeEdited, type WithSealer } from "./merge-edited.ts";
import { openForEdit } from "./open-for-edit.ts";
import type { CoveredFile } from "../edit/project.ts";
import { runEditor } from "./run-editor.ts";
import { listUnwritable, showOpened } from "./shown-values.ts";
import { temporaryParents, withTemporaryFolder } from "./temporary-folder.ts";
import { writeEdited } from "./write-edited.ts";

export interface EditOptions {
  readonly editor: Editor;
  readonly cwd: string;
  readonly environment: Environment;
  readonly withSealer: WithSealer;
  /** Tells the person what is wrong with the edit, and whether to go on with it. */
  readonly askAgain: (error: SealconfError) => Promise<boolean>;
  /** Told where the opened file lies when that is on a disk. */
  readonly onDisk: (folder: string) => Promise<void>;
  /** Told where a value stays sealed because the file cannot hold it opened. */
  readonly onLeftSealed: (source: Source) => Promise<void>;
}

export interface EditResult {
  readonly outcome: "unchanged" | "changed" | "created";
  /** Where values were sealed, in the file's order. */
  readonly sealed: readonly Source[];
  /** Those of them that were text and are something else now. */
  readonly retyped: readonly Source[];
  /** How long the editor ran, the last time. */
  readonly editedMs: number;
}

type Saved = Omit<EditResult, "editedMs">;

const UNCHANGED: Saved = { outcome: "unchanged", sealed: [], retyped: [] };

/**
 * Has a person edit a config file with its sealed values opened, and writes it with what was changed sealed. The opened
 * file is gone at every end of this, and the file is written whole or not at all.
 *
 * @throws SourceError, TokenError, OpenError, KmsError, UsageError; EndedBySignal
 */
export async function editFile(file: CoveredFile, options: EditOptions): Promise<EditResult> {
  const { original, isNew } = await openForEdit(file, options);
  const opened = toUtf8(await showOpened(original));
  for (const { node, path } of listUnwritable(original)) {
    const position = positionAt(original.document, node.start);
    await options.onLeftSealed({ file: file.shown, ...position, path: formatPath(path) });
  }
  const ending = listenForEnd();
  try {
    const parents = temporaryParents(options.environment);
    const copyIn = (folder: string): string => join(folder, basename(file.path));
    const result = await withTemporaryFolder(parents, {
      fill: async (folder) => await writeFile(copyIn(folder), opened, { mode: 0o600 }),
      async work({ path, inMemory }) {
        if (!inMemory) await options.onDisk(path);
        return await editUntilSaved({ copy: copyIn(path), opened, original, isNew, file }, ending, options);
      },
    });
    // Whoever asked for the end gets it, also where the last write was done first.
    ending.signal.throwIfAborted();
    return result;
  } finally {
    ending.stop();
  }
}

interface Edit {
  /** The opened file, there already. */
  readonly copy: string;
  /** What it held at first. */
  readonly opened: Uint8Array;
  readonly original: OpenedDocument;
  readonly isNew: boolean;
  readonly file: CoveredFile;
}

async function editUntilSaved(edit: Edit, ending: EndingSignals, options: EditOptions): Promise<EditResult> {
  const { copy, opened, original } = edit;
  let content = opened;
  let markers = NO_MARKERS;
  for (;;) {
    const editedMs = await runEditor(options.editor, copy, { ...options, ending });
    content = removeMarkers(await readCopy(copy), markers);
    if (equalBytes(opened, content)) return { ...UNCHANGED, editedMs };
    try {
      return { ...(await save(content, edit, ending, options)), editedMs };
    } catch (error) {
      // Nothing in the editor mends a file that somebody else has changed.
      if (!isSealconfError(error) || error.code === "ERR_FILE_CHANGED") throw error;
      const { lines, error: shown } = markersOf(error, original.document.format);
      if (!(await ending.before(options.askAgain(shown)))) throw error;
      markers = lines;
      await writeCopy(copy, addMarkers(content, markers));
    }
  }
}

function isSealconfError(error: unknown): error is SealconfError {
  return error instanceof SealconfError;
}

async function save(
  content: Uint8Array,
  { original, isNew, file }: Edit,
  ending: EndingSignals,
  { withSealer }: EditOptions,
): Promise<Saved> {
  const edited = await parseConfig(content, file.shown);
  const { text, ...places } = await ending.before(mergeEdited(edited, original, file, withSealer));
  const before = isNew ? undefined : toUtf8(original.document.text);
  if (before !== undefined && text === original.document.text) return UNCHANGED;
  await writeEdited(file, before, text, ending.signal);
  return { outcome: isNew ? "created" : "changed", ...places };
}

async function writeCopy(copy: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(copy, content, { mode: 0o600 });
  } catch (error) {
    throw new SourceError("ERR_WRITE_FAILED", `the file cannot be opened again (${systemCode(error)})`, {
      source: { file: copy },
      hint: "nothing was written",
    });
  }
}

async function readCopy(copy: string): Promise<Uint8Array> {
  const source = { file: copy };
  const bytes = await readFileIfThere(copy, { maxBytes: DEFAULT_LIMITS.maxFileBytes, source });
  if (bytes !== undefined) return bytes;
  throw new SourceError("ERR_FILE_UNREADABLE", "the editor left no file", {
    source,
    hint: "nothing was written",
  });
}
