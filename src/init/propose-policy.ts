import { posix } from "node:path";

import { type ConfigFileName, longEnvName } from "./config-file-names.ts";
import { type FileSet, filesOfFolder, filesStartingWith, filesWithEnding, oneFile } from "./file-set.ts";

/** A policy that is to be written. */
export interface PolicyProposal {
  readonly app: string;
  readonly keys: readonly string[];
  readonly load: readonly ProposedLoad[];
  /** In order; what stands in a row belongs together. */
  readonly secrets: readonly (readonly string[])[];
  readonly rules: readonly ProposedRule[];
}

export interface ProposedLoad {
  readonly path: string;
  readonly optional: boolean;
}

export interface ProposedRule {
  readonly files: readonly string[];
  readonly env: string | undefined;
}

/** Where nobody but the machine's owner is meant: told last, after the envs that people share. */
const LAST_ENVS = ["development", "test", "local"];

/**
 * Proposes rules for the config files of an application: one for each env that their names speak of, and one for
 * the others. A glob stands for several files only when it means no other file of the folder.
 */
export function proposeRules(config: readonly ConfigFileName[], files: readonly string[]): ProposedRule[] {
  const envs = [...new Set(config.flatMap(({ env }) => (env === undefined ? [] : [longEnvName(env)])))];
  const rank = (env: string): number => (env === "production" ? -1 : 1 + LAST_ENVS.indexOf(env));
  const rules = envs
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((long) => {
      const group = config.filter(({ env }) => env !== undefined && longEnvName(env) === long);
      return { files: globsFor(group, pathsOf(group), files, setsOfEnv), env: nameOfEnv(long, group) };
    });
  // The rules of the envs come first: what they cover is no more this one's. A file that is added to a folder of
  // config tomorrow is this one's, so that it is guarded from its first day.
  const rest = globsFor(config, pathsOf(config), files, setsOfAll);
  return rest.length === 0 ? rules : [...rules, { files: rest, env: undefined }];
}

/** Proposes what `loadConfig({ env })` reads, where files are called `default` and as the envs. */
export function proposeLoad(files: readonly ConfigFileName[]): ProposedLoad[] {
  // A load list cannot name these.
  const config = files.filter(({ path }) => !/\\|\$\{env\}/.test(path));
  const stemOf = (path: string): string => posix.parse(path).name.toLowerCase();
  const isDefault = (path: string): boolean => /^defaults?$/.test(stemOf(path));
  const folder = config
    .map(({ path }) => path)
    .find(isDefault)
    ?.replace(/[^/]*$/, "");
  const beside = config.filter(({ path }) => folder !== undefined && path.replace(/[^/]*$/, "") === folder);
  const ofEnvs = beside.filter(
    ({ path, env }) => env?.toLowerCase() === stemOf(path) && stemOf(path) !== "local",
  );
  const templates = [...new Set(ofEnvs.map(({ path }) => `${folder}{env}${posix.extname(path)}`))];
  if (templates.length === 0) return [];
  const read = (path: string, optional: boolean): ProposedLoad => ({ path, optional });
  return [
    ...beside.filter(({ path }) => isDefault(path)).map(({ path }) => read(path, false)),
    // In several formats no env has a file of each.
    ...templates.map((path) => read(path, templates.length > 1)),
    ...beside.filter(({ path }) => stemOf(path) === "local").map(({ path }) => read(path, true)),
  ];
}

/** Makes a name for an application of what its package or folder is called. */
export function proposeApp(...names: readonly (string | undefined)[]): string {
  const valid = names.map((name) => {
    return name
      ?.replace(/^@[^/]*\//, "")
      .replace(/[^A-Za-z0-9_.-]+/g, "-")
      .replace(/^[-.]+/, "")
      .slice(0, 64)
      .replace(/[-.]+$/, "");
  });
  return valid.find((name) => name !== undefined && name !== "") ?? "app";
}

function pathsOf(config: readonly ConfigFileName[]): ReadonlySet<string> {
  return new Set(config.map(({ path }) => path));
}

// Values are bound to what `loadConfig({ env })` is told: as the files spell it, in full where one does.
function nameOfEnv(long: string, group: readonly ConfigFileName[]): string {
  return group.some(({ env }) => env === long) ? long : (group[0]?.env ?? long);
}

type SetsOf = (file: ConfigFileName) => readonly FileSet[];

function globsFor(
  group: readonly ConfigFileName[],
  allowed: ReadonlySet<string>,
  files: readonly string[],
  setsOf: SetsOf,
): string[] {
  const chosen: FileSet[] = [];
  for (const file of group) {
    if (chosen.some(({ has }) => has(file.path))) continue;
    const set = setsOf(file).find(({ has }) => files.every((each) => allowed.has(each) || !has(each)));
    if (set !== undefined) chosen.push(set);
  }
  return chosen.map(({ glob }) => glob);
}

function setsOfEnv({ path, env = "" }: ConfigFileName): readonly FileSet[] {
  const { dir, name, ext } = posix.parse(path);
  const folders = dir.split("/");
  const depth = folders.lastIndexOf(env);
  const one = oneFile(path);
  if (depth === -1)
    return name.startsWith(".env") ? [one] : [filesStartingWith(posix.join(dir, `${name}.`)), one];
  const folder = folders.slice(0, depth + 1).join("/");
  return [filesOfFolder(folder), filesWithEnding(folder, ext), one];
}

function setsOfAll({ path, env, configFolder }: ConfigFileName): readonly FileSet[] {
  const { dir, base, ext } = posix.parse(path);
  // An env's rule has the file itself already.
  const one = env === undefined ? [oneFile(path)] : [];
  if (base.startsWith(".env")) return [filesStartingWith(posix.join(dir, ".env")), ...one];
  if (configFolder === undefined) return one;
  return [filesOfFolder(configFolder), filesWithEnding(configFolder, ext), ...one];
}
