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
import { normalForm } from "../policy/normal-form.ts";

import { writtenFile } from "./leftover.ts";
import { rulesReached } from "./rules-reached.ts";

/** Why a policy means a file. */
export interface Coverage {
  /** Missing for a file that only the load list names: the policy's own `secrets` hold there. */
  readonly rule: Rule | undefined;
  /** Rules that may hold in its place: the file is loaded for every env, each time as another one. */
  readonly others?: readonly Rule[] | undefined;
  /** The load list's entry that names it. */
  readonly entry: LoadEntry | undefined;
  /** What the load list says it is, where its name does not tell. */
  readonly format: FormatName | undefined;
}

const ENV = "[A-Za-z0-9_.-]{1,64}";

/**
 * Tells how a policy covers a file of a tree; `undefined` when it does not. What does not lie below the policy can be
 * covered by its load list alone.
 *
 * @param folder - What the paths below the policy begin with: `apps/billing/`, or nothing.
 */
export function coverageOf(policy: Policy, path: string, folder = ""): Coverage | undefined {
  const file = writtenFile(path);
  const below = file.startsWith(folder) ? file.slice(folder.length) : undefined;
  // A file that is called like the environment is covered by what is said of the environment alone.
  if (below === ENVIRONMENT_FILE || posix.basename(file) === POLICY_FILE) return undefined;
  const own = below === undefined ? undefined : ruleFor(policy, below);
  for (const entry of policy.load) {
    const env = matchEntry(placeOf(entry, folder), file);
    if (env === undefined) continue;
    const [rule = own, ...others] = rulesOf(policy, entry, env);
    return { rule, others, entry, format: formatOfEntry(entry) };
  }
  return own && { rule: own, entry: undefined, format: undefined };
}

/** Returns where a load entry's file lies in the policy's tree; what begins with `../` or `/` leaves the tree. */
export function placeOf({ path }: Pick<LoadEntry, "path">, folder: string): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.join(folder, path);
}

/** Tells whether a policy expects files below a path of its tree, as far as its globs and load list name folders. */
export function expectsFolder(policy: Policy, path: string, folder: string): boolean {
  return patternsOf(policy, folder).some((pattern) => pattern.startsWith(`${path}/`));
}

/** Tells whether a policy names a folder of this name, wherever it lies. */
export function namesFolder(policy: Policy, name: string): boolean {
  return patternsOf(policy, "").some((pattern) => pattern.split("/").includes(name));
}

function patternsOf({ rules, load }: Policy, folder: string): string[] {
  const globs = rules.flatMap(({ files }) => files);
  return [...globs.map((glob) => posix.join(folder, glob)), ...load.map((entry) => placeOf(entry, folder))];
}

/** Returns the env that a load entry names a file for, which is nothing for an entry without `{env}`. */
function matchEntry(place: string, file: string): string | undefined {
  const wanted = normalForm(place);
  const path = normalForm(file);
  if (!wanted.includes("{env}")) return wanted === path ? "" : undefined;
  const [first = "", ...others] = wanted.split("{env}");
  if (!path.startsWith(first)) return undefined;
  const found = new RegExp(`^${quote(first)}(${ENV})${others.map(quote).join("(?:\\1)")}$`).exec(path);
  return found?.[1];
}

/** Finds the rules that hold for what a load entry says that its file is. */
function rulesOf(policy: Policy, { as }: LoadEntry, env: string): readonly Rule[] {
  if (as === undefined) return [];
  const name = posix.normalize(as);
  if (env === "" && name.includes("{env}")) return rulesReached(policy, name);
  const rule = ruleFor(
    policy,
    name.replaceAll("{env}", () => env),
  );
  return rule === undefined ? [] : [rule];
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
