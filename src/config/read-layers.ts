import { dirname } from "node:path";

import { printable, SourceError, UsageError } from "../errors/index.ts";
import { type Document, formatOf, type FormatName, parseDocument, requireMap } from "../format/index.ts";
import type { Path } from "../path/path.ts";
import {
  ENVIRONMENT_FILE,
  loadListFor,
  type Policy,
  POLICY_FILE,
  type Rule,
  ruleFor,
} from "../policy/index.ts";
import { type FileRequest, readFileIfThere, resolveFile } from "../source/index.ts";

import { type FileFacts, findTokens } from "./find-tokens.ts";
import type { Layer, SealedValue } from "./layer.ts";
import type { LoadRequest } from "./options.ts";
import { BEFORE_ALL_LAYERS, type Problems } from "./problems.ts";
import { refuseNearerPolicy } from "./read-policy.ts";
import { assignmentsOfMap, environmentLayer } from "./variables.ts";

const NOTHING_SECRET = { texts: [], match: () => false };

/** Resolves the files that are to be loaded, in order: those that were named, or the policy's list for the env. */
export function listFiles(
  request: LoadRequest,
  policy: Policy | undefined,
  problems: Problems,
): FileRequest[] {
  const { root, files, env } = request;
  const listed = problems.collect(BEFORE_ALL_LAYERS, () => {
    if (env === undefined) return (files ?? []).map((input) => resolveFile(input, root));
    if (policy === undefined) {
      throw new SourceError(
        "ERR_NO_RULE",
        `there is no ${POLICY_FILE} in ${printable(root)}, and so no list of files for an env`,
        {
          hint: "copy the policy into the image beside the config, or name the files",
        },
      );
    }
    if (policy.load.length === 0) {
      throw new SourceError("ERR_NO_RULE", "the policy has no load list, and so no files for an env", {
        source: { file: policy.file },
        hint: 'add one: load: [config/default.yaml, "config/{env}.yaml"]',
      });
    }
    return loadListFor(policy, env).map((entry) => resolveFile(entry, root));
  });
  problems.throwIfAny();
  return listed ?? [];
}

/** Reads, parses and searches one file. `undefined` when it is optional and not there, or when it has a problem. */
export async function readLayer(
  file: FileRequest,
  index: number,
  request: LoadRequest,
  policy: Policy | undefined,
  signal: AbortSignal,
  problems: Problems,
): Promise<Layer | undefined> {
  const document = await problems.collectAsync({ layer: index }, async () => {
    const read = await readDocument(file, request, policy, signal);
    return read && requireMap(read);
  });
  if (document === undefined) return undefined;
  const folder = "path" in file.from ? dirname(file.from.path) : undefined;
  const facts = factsFor(file.as, index, request, policy, folder);
  const { root, sealed: found } = findTokens(document, facts, problems);
  const sealed = requireKeys(found, facts, file.shown, request, policy, problems);
  if (document.format === "dotenv" && request.variables !== undefined) {
    return {
      index,
      content: { kind: "assignments", assignments: assignmentsOfMap(root, request.variables) },
      sealed,
    };
  }
  return { index, content: { kind: "tree", root }, sealed };
}

/** Makes the environment's layer, when one is asked for. */
export function readEnvironment(
  index: number,
  request: LoadRequest,
  policy: Policy | undefined,
  problems: Problems,
): Layer | undefined {
  if (request.variables === undefined) return undefined;
  const facts = factsFor(ENVIRONMENT_FILE, index, request, policy, undefined);
  const layer = environmentLayer(request.environment, request.variables, facts, problems);
  return { ...layer, sealed: requireKeys(layer.sealed, facts, ENVIRONMENT_FILE, request, policy, problems) };
}

/** Reads and parses one file; `undefined` when it is optional and not there. */
export async function readDocument(
  file: FileRequest,
  { root, limits }: LoadRequest,
  policy: Policy | undefined,
  signal: AbortSignal,
): Promise<Document | undefined> {
  const source = { file: file.shown };
  const format = formatFor(file);
  await refuseNearerPolicy(file, root, policy);
  if ("text" in file.from) return await parseDocument(file.from.text, { file: file.shown, format, limits });
  const bytes = await readFileIfThere(file.from.path, { maxBytes: limits.maxFileBytes, source, signal });
  if (bytes !== undefined) return await parseDocument(bytes, { file: file.shown, format, limits });
  if (file.optional) return undefined;
  throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", {
    source,
    hint: `it was looked for at ${file.from.path}; a file that may be missing is marked optional: true`,
  });
}

function formatFor({ format, as, shown }: FileRequest): FormatName {
  if (format === undefined) return formatOf(as === "" ? shown : as);
  if (format === "yaml" || format === "json" || format === "dotenv") return format;
  throw new UsageError(
    "ERR_OPTION_INVALID",
    `files: the format ${JSON.stringify(format)} is not yaml, json or dotenv`,
  );
}

/** Says what holds for every value of a file: its rule's word, else the caller's. */
export function factsFor(
  as: string,
  layer: number,
  request: LoadRequest,
  policy: Policy | undefined,
  folder: string | undefined,
): FileFacts {
  const rule = policy === undefined ? undefined : ruleFor(policy, as);
  const listed = rule === undefined ? [] : [...rule.keys, ...rule.accept];
  const isRawAllowed = (path: Path, ignoreCase: boolean): boolean => {
    return request.raw.match(path, ignoreCase) || rule?.raw.match(path, ignoreCase) === true;
  };
  return {
    layer,
    ...contextFor(rule, request),
    // A rule alone decides; the caller's keys stand in where there is none, or where it names none.
    allowed: listed.length > 0 ? listed : request.keys,
    secrets: rule?.secrets ?? policy?.secrets ?? NOTHING_SECRET,
    isRawAllowed,
    folder,
  };
}

function contextFor(rule: Rule | undefined, { context }: LoadRequest): Pick<FileFacts, "app" | "env"> {
  return rule === undefined ? { app: context.app, env: context.env } : { app: rule.app, env: rule.env };
}

/** Returns the sealed values of a file that has keys; without keys that is the one problem told of all of them. */
export function requireKeys(
  sealed: readonly SealedValue[],
  { layer, allowed }: FileFacts,
  file: string,
  { root }: LoadRequest,
  policy: Policy | undefined,
  problems: Problems,
): readonly SealedValue[] {
  if (sealed.length === 0 || allowed.length > 0) return sealed;
  const what =
    policy === undefined
      ? `the file holds sealed values, and there is no ${POLICY_FILE} in ${printable(root)} that names their keys`
      : `the file holds sealed values, and no rule of ${policy.file} names keys for it`;
  const hint =
    policy === undefined
      ? `copy ${POLICY_FILE} into the image beside the config, or pass keys: […]`
      : `add a rule: files: [${JSON.stringify(file)}], or say what the file is: { path, as }`;
  problems.add(new SourceError("ERR_NO_RULE", what, { source: { file }, hint }), { layer });
  return [];
}
