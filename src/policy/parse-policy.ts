import type { Source, SourceError } from "../errors/index.ts";
import type { Path } from "../path/path.ts";

import { type Field, readList, readMap, readPatterns, readSpelled, readText, rootField } from "./fields.ts";
import { normalForm } from "./normal-form.ts";
import { compilePatterns, type PathPatterns } from "./pattern.ts";
import { ENVIRONMENT_FILE, type LoadEntry, type Policy, type Rule } from "./policy.ts";
import { GLOB, LOAD_PATH } from "./spelling.ts";

const DEFAULT_MAX_DATA_KEYS = 10;
// Source: sealed format v1, section 1.
const MAX_RECIPIENTS = 8;
const LOCAL_HINT =
  "who can seal to a local key can open with it: give it a rule of its own, or list it under accept and rotate";
const SHARED_FIELDS = ["app", "keys", "accept", "secrets", "mode", "maxDataKeys"];
const POLICY_FIELDS = [...SHARED_FIELDS, "load", "rules"];
const RULE_FIELDS = ["files", "env", ...SHARED_FIELDS, "raw"];
const LOAD_FIELDS = ["path", "optional", "as", "format"];

/** What the policy's grammar is checked with; this folder knows no tokens and compiles no globs. */
export interface PolicyGrammar {
  readonly isContextName: (text: string) => boolean;
  readonly isKeyReference: (text: string) => boolean;
  /** Compiles a glob over relative paths with `/` between segments; one that cannot be is refused, now or later. */
  readonly compileGlob: (glob: string, refuse: Field["refuse"]) => (path: string) => boolean;
}

export interface PolicyInput {
  readonly file: string;
  /** The parsed file as ordinary data. */
  readonly value: unknown;
  /** Where a part of it stands. */
  readonly at: (path: Path) => Source;
}

interface Shared {
  readonly app: string | undefined;
  readonly keys: readonly string[];
  readonly accept: readonly string[];
  readonly secrets: PathPatterns;
  readonly mode: "envelope" | "direct";
  readonly maxDataKeys: number;
}

/** Reads a policy. Where `problems` is not empty the policy must not be used. */
export function parsePolicy(
  { file, value, at }: PolicyInput,
  grammar: PolicyGrammar,
): { readonly policy: Policy; readonly problems: readonly SourceError[] } {
  const problems: SourceError[] = [];
  const root = rootField(value, at, problems);
  const fields = readMap(root, POLICY_FIELDS) ?? new Map<string, Field>();
  const defaults = readShared(fields, grammar, {
    app: undefined,
    keys: [],
    accept: [],
    secrets: compilePatterns([]),
    mode: "envelope",
    maxDataKeys: DEFAULT_MAX_DATA_KEYS,
  });
  checkKeys(fields, defaults);
  const load = readList(fields.get("load")).flatMap(readLoadEntry);
  const rules = readList(fields.get("rules")).flatMap((field) => readRule(field, grammar, defaults));
  return { policy: { file, load, rules, secrets: defaults.secrets }, problems };
}

function readShared(fields: ReadonlyMap<string, Field>, grammar: PolicyGrammar, defaults: Shared): Shared {
  const mode = readText(
    fields.get("mode"),
    "envelope or direct",
    (text) => text === "envelope" || text === "direct",
  );
  return {
    app: readContextName(fields.get("app"), grammar) ?? defaults.app,
    keys: readKeys(fields.get("keys"), grammar) ?? defaults.keys,
    accept: readKeys(fields.get("accept"), grammar) ?? defaults.accept,
    secrets: readPatterns(fields.get("secrets")) ?? defaults.secrets,
    mode: mode === undefined ? defaults.mode : mode === "direct" ? "direct" : "envelope",
    maxDataKeys: readCount(fields.get("maxDataKeys")) ?? defaults.maxDataKeys,
  };
}

function readRule(field: Field, grammar: PolicyGrammar, defaults: Shared): Rule[] {
  const fields = readMap(field, RULE_FIELDS);
  if (fields === undefined) return [];
  const shared = readShared(fields, grammar, defaults);
  checkKeys(fields, shared);
  const files = readList(fields.get("files")).flatMap((item) => {
    const glob = readSpelled(item, GLOB);
    return glob === undefined ? [] : [{ glob, item }];
  });
  if (files.length === 0) field.refuse("a rule needs files", 'name some: files: ["config/production.*"]');
  const matchers = files.map(({ glob, item }) => {
    if (glob === ENVIRONMENT_FILE) return (path: string) => path === glob;
    return grammar.compileGlob(normalForm(glob), item.refuse);
  });
  return [
    {
      ...shared,
      files: files.map(({ glob }) => glob),
      covers: (path) => {
        const name = normalForm(path);
        return matchers.some((match) => match(name));
      },
      env: readContextName(fields.get("env"), grammar),
      raw: readPatterns(fields.get("raw")) ?? compilePatterns([]),
    },
  ];
}

function readLoadEntry(field: Field): LoadEntry[] {
  if (typeof field.value === "string") {
    const path = readSpelled(field, LOAD_PATH);
    return path === undefined ? [] : [{ path, optional: false }];
  }
  const fields = readMap(field, LOAD_FIELDS);
  const path = readSpelled(fields?.get("path"), LOAD_PATH);
  if (fields === undefined) return [];
  if (path === undefined) {
    if (!fields.has("path")) field.refuse("a load entry needs a path");
    return [];
  }
  const optional = fields.get("optional");
  if (optional !== undefined && typeof optional.value !== "boolean")
    optional.refuse("expected true or false");
  const format = readText(fields.get("format"), "yaml, json or dotenv", (text) =>
    /^(?:yaml|json|dotenv)$/.test(text),
  );
  return [{ path, optional: optional?.value === true, as: readSpelled(fields.get("as"), LOAD_PATH), format }];
}

function readKeys(field: Field | undefined, { isKeyReference }: PolicyGrammar): string[] | undefined {
  if (field === undefined) return undefined;
  const expected = "a key reference: tencent/<region>/<key id>, or local/<name>";
  return readList(field).flatMap((item) => {
    const key = readText(item, expected, isKeyReference);
    return key === undefined ? [] : [key];
  });
}

function readContextName(field: Field | undefined, { isContextName }: PolicyGrammar): string | undefined {
  return readText(field, '1 to 64 letters, digits, "-", "_" or "."', isContextName);
}

function readCount(field: Field | undefined): number | undefined {
  if (field === undefined) return undefined;
  if (typeof field.value === "number" && Number.isSafeInteger(field.value) && field.value > 0)
    return field.value;
  field.refuse("expected a whole number above 0");
  return undefined;
}

// A problem is told at the member that makes it; a rule that only inherits has none of its own.
function checkKeys(fields: ReadonlyMap<string, Field>, { keys, accept, mode }: Shared): void {
  const keysField = fields.get("keys");
  const acceptField = fields.get("accept");
  if (new Set(keys).size < keys.length) keysField?.refuse("a key stands twice in keys");
  if (new Set(accept).size < accept.length) acceptField?.refuse("a key stands twice in accept");
  if (keys.some((key) => accept.includes(key)))
    (acceptField ?? keysField)?.refuse("a key stands in keys and in accept");
  if (keys.length > MAX_RECIPIENTS) keysField?.refuse(`keys holds more than ${MAX_RECIPIENTS} recipients`);
  if (mode === "direct" && keys.length > 1)
    (fields.get("mode") ?? keysField)?.refuse("mode: direct goes with one key", "take mode: envelope");
  if (mixesLocal(keys)) keysField?.refuse("a local key stands beside a cloud key", LOCAL_HINT);
}

// A local key is symmetric: as a recipient it would open, for all who can seal, what only a server may. An
// accepted key is no recipient: a file moves from a local key to a cloud key with the local one under accept.
function mixesLocal(keys: readonly string[]): boolean {
  return new Set(keys.map((key) => key.startsWith("local/"))).size > 1;
}
