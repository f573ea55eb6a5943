import { posix } from "node:path";

import type { FormatName } from "../format/index.ts";
import {
  ENVIRONMENT_FILE,
  type LoadEntry,
  type Policy,
  POLICY_FILE,
  type Rule,
  ruleFor,
} from "../policy/index.ts";

/** Why a policy means a file. */
export interface Coverage {
  /** Missing for a file that only the load list names: the policy's own `secrets` hold there. */
  readonly rule: Rule | undefined;
  /** The load list's entry that names it. */
  readonly entry: LoadEntry | undefined;
  /** What the load list says it is, where its name does not tell. */
  readonly format: FormatName | undefined;
}

// What a writer leaves beside a file for as long as it writes, and after it was killed.
const NO_CONFIG = /(?:^|\/)\.[^/]*\.sealconf-(?:tmp|lock|claim)$/;
const ENV = "[A-Za-z0-9_.-]{1,64}";

/** Tells how a policy covers a file, by its path relative to the policy's folder; `undefined` when it does not. */
export function coverageOf(policy: Policy, path: string): Coverage | undefined {
  // A file that is called like the environment is covered by what is said of the environment alone.
  if (path === ENVIRONMENT_FILE || posix.basename(path) === POLICY_FILE || NO_CONFIG.test(path))
    return undefined;
  for (const entry of policy.load) {
    const env = matchEntry(entry, path);
    if (env === undefined) continue;
    const as = (entry.as ?? path).replaceAll("{env}", () => env);
    const rule = ruleFor(policy, posix.normalize(as)) ?? ruleFor(policy, path);
    return { rule, entry, format: formatOfEntry(entry) };
  }
  const rule = ruleFor(policy, path);
  return rule === undefined ? undefined : { rule, entry: undefined, format: undefined };
}

/** Tells whether a policy expects files below a path, as far as its globs and load list name folders. */
export function expectsFolder(policy: Policy, path: string): boolean {
  return patternsOf(policy).some((pattern) => pattern.startsWith(`${path}/`));
}

/** Tells whether a policy names a folder of this name, wherever it lies. */
export function namesFolder(policy: Policy, name: string): boolean {
  return patternsOf(policy).some((pattern) => pattern.split("/").includes(name));
}

function patternsOf({ rules, load }: Policy): string[] {
  const patterns = [...rules.flatMap(({ files }) => files), ...load.map(({ path }) => path)];
  return patterns.map((pattern) => posix.normalize(pattern));
}

/** Returns the env that a load entry names a file for, which is nothing for an entry without `{env}`. */
function matchEntry(entry: LoadEntry, path: string): string | undefined {
  const wanted = posix.normalize(entry.path);
  if (!wanted.includes("{env}")) return wanted === path ? "" : undefined;
  const [first = "", ...others] = wanted.split("{env}");
  if (!path.startsWith(first)) return undefined;
  const found = new RegExp(`^${quote(first)}(${ENV})${others.map(quote).join("(?:\\1)")}$`).exec(path);
  return found?.[1];
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function formatOfEntry({ format }: LoadEntry): FormatName | undefined {
  return format === "yaml" || format === "json" || format === "dotenv" ? format : undefined;
}

/**
 * Tells whether a policy means this very file, and not just a folder of many things that it lies in: a glob that
 * ends in wildcards alone, `deploy/**` or `*.*`, says nothing of what the files are.
 */
export function isNamed({ rule, entry }: Coverage, path: string): boolean {
  return entry !== undefined || rule?.files.some((glob) => mayName(glob, path)) === true;
}

// Which of a rule's globs matched is not known: what cannot be told here counts as a name, so that the check fails closed.
function mayName(glob: string, path: string): boolean {
  const segments = posix.normalize(glob).split("/");
  const last = segments.pop() ?? "";
  if (/^[*?.]*$/.test(last)) return false;
  const firstWild = segments.findIndex((segment) => !/^[A-Za-z0-9_. -]*$/.test(segment));
  const folders = firstWild === -1 ? segments : segments.slice(0, firstWild);
  if (!path.startsWith(folders.map((folder) => `${folder}/`).join(""))) return false;
  if (!/^[A-Za-z0-9_. *?-]*$/.test(last)) return true;
  const pattern = quote(last).replaceAll("\\*", ".*").replaceAll("\\?", ".");
  return new RegExp(`^${pattern}$`, "s").test(posix.basename(path));
}
