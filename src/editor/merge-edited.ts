import { dirname } from "node:path";

import { JsonProblem, type JsonValue, parseJsonValue } from "../bytes/index.ts";
import { admit } from "../config/admit.ts";
import { findTokens } from "../config/find-tokens.ts";
import type { OpenedDocument } from "../config/open-document.ts";
import { checkOptions } from "../config/options.ts";
import { Problems } from "../config/problems.ts";
import { factsFor } from "../config/read-layers.ts";
import { type Source, SourceError } from "../errors/index.ts";
import { type Document, findScalars, positionAt } from "../format/index.ts";
import { isRepeated } from "../format/repeated.ts";
import { replaceScalars } from "../format/replace.ts";
import { formatPath } from "../path/path.ts";

import { parseConfig } from "../edit/change-document.ts";
import { type EditedValue, findEditedValues } from "./edited-values.ts";
import { refuseExposedSecrets } from "./exposed-secrets.ts";
import { nodeAt } from "../edit/locate.ts";
import type { CoveredFile } from "../edit/project.ts";
import { relocate } from "./relocate.ts";
import { faultOfFile, located } from "../edit/located.ts";
import type { Sealer } from "../edit/sealer.ts";

export interface MergedFile {
  readonly text: string;
  /** What was sealed, in the file's order; where a token was put back nothing was. */
  readonly sealed: readonly Source[];
  /** Those of them that were text and are something else now: `0123` without quotes is the number 123. */
  readonly retyped: readonly Source[];
}

export type WithSealer = <Result>(work: (sealer: Sealer) => Promise<Result>) => Promise<Result>;

/**
 * Turns the text that a person has edited into what is written: where a value is what it was, the old token stands, to
 * the byte; what is new or changed and must be sealed is sealed; everything else is as it was edited.
 *
 * @throws SourceError, TokenError with places in the edited text; KmsError
 */
export async function mergeEdited(
  edited: Document,
  original: OpenedDocument,
  file: CoveredFile,
  withSealer: WithSealer,
): Promise<MergedFile> {
  const values = findEditedValues(edited, original, file.rule.secrets);
  refuseExposedSecrets(edited, original, values);
  const toSeal = values.filter(({ unchanged }) => unchanged === undefined);
  for (const value of toSeal) refuseUnsealable(edited, value);

  const tokens = new Map<EditedValue, string>();
  if (toSeal.length > 0) {
    await withSealer(async (sealer) => {
      for (const value of toSeal) tokens.set(value, await seal(edited, value, file, sealer));
    });
  }
  const target = await asScalars(edited, values);
  const edits = values.map((value) => {
    const { path, unchanged } = value;
    const node = nodeAt(target.root, path);
    if (node?.kind !== "scalar") throw new TypeError("what is replaced is a scalar now");
    if (unchanged === undefined) return { node, value: tokens.get(value) ?? "" };
    const { start, end } = unchanged.node;
    const written = original.document.text.slice(start, end);
    return { node, value: unchanged.sealed.token.text, written };
  });
  const text = await replaceScalars(target, edits);
  await checkResult(text, edited, file);
  return { text, sealed: toSeal.map(placeIn(file)), retyped: toSeal.filter(isRetyped).map(placeIn(file)) };
}

function isRetyped({ before, value }: EditedValue): boolean {
  return typeof before?.opened.value === "string" && typeof value !== "string";
}

function placeIn({ shown }: CoveredFile): (value: EditedValue) => Source {
  return ({ path }) => ({ file: shown, path: formatPath(path) });
}

async function seal(
  edited: Document,
  changed: EditedValue,
  { rule }: CoveredFile,
  sealer: Sealer,
): Promise<string> {
  const { path, value, before } = changed;
  const wasData =
    edited.format === "dotenv" && before !== undefined && typeof before.opened.value !== "string";
  const sealIt = async (): Promise<string> => {
    return await sealer.seal(rule, {
      value: wasData && typeof value === "string" ? asData(value) : value,
      path: wasUnbound(changed) ? undefined : path,
    });
  };
  return await faultOfFile(async () => await located(sourceIn(edited, changed), sealIt));
}

/** What was sealed as a number or list, and is text in a dotenv file, is what it says. */
function asData(text: string): JsonValue {
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (error instanceof JsonProblem) return text;
    throw error;
  }
}

/** Writes null in place of each list and map that becomes a token. */
async function asScalars(edited: Document, values: readonly EditedValue[]): Promise<Document> {
  let { text } = edited;
  const collections = values.filter(({ node }) => node.kind !== "scalar");
  if (collections.length === 0) return edited;
  for (const { node } of collections.toSorted((a, b) => b.node.start - a.node.start)) {
    // One that begins on a line of its own moves up to its key.
    const before = text.slice(0, node.start);
    const isBlock = node.kind !== "scalar" && !node.flow;
    const head = isBlock ? before.replace(/(?<=:)\s+$/, " ") : before;
    text = `${head}null${text.slice(node.end)}`;
  }
  try {
    return await parseConfig(text, edited.file);
  } catch (error) {
    const [first] = collections;
    if (!(error instanceof SourceError) || first === undefined) throw error;
    throw new SourceError("ERR_FORMAT_SYNTAX", "this list or map cannot be sealed as it is written", {
      source: sourceIn(edited, first),
      hint: "write it in brackets, on the line of its key",
    });
  }
}

/** Refuses what a load would refuse: plaintext that is left at a secret path, a token that belongs elsewhere. */
async function checkResult(text: string, edited: Document, file: CoveredFile): Promise<void> {
  const result = await parseConfig(text, file.shown);
  const problems = new Problems();
  const request = checkOptions({ files: [], root: file.root });
  const facts = factsFor(file.as, 0, request, file.policy, dirname(file.path));
  admit(findTokens(result, facts, problems).sealed, () => true, problems);
  const [problem] = problems.inOrder();
  if (problem === undefined) return;
  const place = findScalars(edited.root).find(({ path }) => formatPath(path) === problem.source?.path);
  if (place === undefined) throw problem;
  throw relocate(problem, { ...problem.source, file: file.shown, ...positionAt(edited, place.node.start) });
}

function refuseUnsealable(edited: Document, value: EditedValue): void {
  const source = sourceIn(edited, value);
  if (!value.keysAreStrings) {
    throw new SourceError("ERR_FORMAT_SYNTAX", "a value below a key that is not a string cannot be sealed", {
      source,
      hint: "put the key in quotes",
    });
  }
  if (!isRepeated(edited, value.node) || wasUnbound(value)) return;
  throw new SourceError("ERR_FORMAT_SYNTAX", "a value that an alias repeats cannot be sealed for one place", {
    source,
    hint: "write it out in place of the alias, or seal it with --no-path and put the token here",
  });
}

/** What is bound to no path may be repeated, and stays so when it is changed. */
function wasUnbound({ before }: EditedValue): boolean {
  const token = before?.sealed.token;
  return (token?.kind === "envelope" || token?.kind === "direct") && !token.bindsPath;
}

function sourceIn(edited: Document, { node, path }: EditedValue): Source {
  return { file: edited.file, ...positionAt(edited, node.start), path: formatPath(path) };
}
