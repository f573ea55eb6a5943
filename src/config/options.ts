import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { UsageError } from "../errors/index.ts";
import { DEFAULT_LIMITS, type Limits } from "../format/index.ts";
import type { KmsProvider } from "../kms/index.ts";
import { compilePatterns, type PathPatterns } from "../policy/index.ts";
import { parseKeyReferences } from "../sealing/parse-keys.ts";
import type { FileInput } from "../source/index.ts";
import { checkContextName } from "../token/index.ts";

import type { StandardSchema } from "./standard-schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What {@link loadConfig} reads, and how. Give `files` or `env`. */
export interface LoadOptions<Schema extends StandardSchema | undefined = undefined> {
  /** The files, in order; later ones win. Paths are relative to `root`. */
  readonly files?: readonly FileInput[] | undefined;
  /** Reads the policy's `load` list, with `{env}` in it replaced by this. */
  readonly env?: string | undefined;
  /** Lays environment variables over the files. */
  readonly variables?: VariablesOptions | undefined;
  /** Validates and types the result: any Standard Schema (zod, valibot, arktype, …). */
  readonly schema?: Schema | undefined;
  /** Laid over everything else. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
  /** Where relative paths start and `.sealconf.yaml` is looked for. @defaultValue the working directory */
  readonly root?: string | URL | undefined;
  /** The policy, when it is not `.sealconf.yaml` in `root`: another file, or its text. Its globs stay relative to `root`. */
  readonly policy?: string | URL | { readonly text: string } | undefined;
  /** Key references that may open values where no rule names keys. */
  readonly keys?: readonly string[] | undefined;
  /** The app and env that values are bound to where no rule says. */
  readonly context?: { readonly app?: string | undefined; readonly env?: string | undefined } | undefined;
  /** Path patterns where raw ciphertexts may stand, beside those of the policy. */
  readonly raw?: readonly string[] | undefined;
  /** Providers used in place of the built-in ones of the same name. */
  readonly providers?: readonly KmsProvider[] | undefined;
  /** Ends the load early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole load. @defaultValue `10_000` */
  readonly deadlineMs?: number | undefined;
  /** Caps on what a file may be. */
  readonly limits?: Partial<LoadLimits> | undefined;
  /** Where variables and credentials are looked up. @defaultValue `process.env` */
  readonly environment?: Environment | undefined;
}

export interface VariablesOptions {
  /** What the variables' names begin with, the separator included: `APP_`. */
  readonly prefix: string;
  /** Stands between the parts of a path. @defaultValue `"__"` */
  readonly separator?: string | undefined;
}

export interface LoadLimits extends Limits {
  /** Bytes of a sealed file that a value refers to. @defaultValue 64 MiB */
  readonly maxBlobBytes: number;
}

/** The options, checked, with their defaults. */
export interface LoadRequest {
  readonly files: readonly FileInput[] | undefined;
  readonly env: string | undefined;
  readonly variables: { readonly prefix: string; readonly separator: string } | undefined;
  readonly schema: StandardSchema | undefined;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
  readonly root: string;
  readonly policy: { readonly path: string } | { readonly text: string } | undefined;
  readonly keys: readonly string[];
  readonly context: { readonly app?: string | undefined; readonly env?: string | undefined };
  readonly raw: PathPatterns;
  readonly providers: readonly KmsProvider[];
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number;
  readonly limits: LoadLimits;
  readonly environment: Environment;
}

const DEFAULT_DEADLINE_MS = 10_000;
const MAX_BLOB_BYTES = 64 * 1024 * 1024;
// What a timer can wait: beyond it, it would be over at once.
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;
const NAMES: ReadonlySet<string> = new Set([
  "files",
  "env",
  "variables",
  "schema",
  "overrides",
  "root",
  "policy",
  "keys",
  "context",
  "raw",
  "providers",
  "signal",
  "deadlineMs",
  "limits",
  "environment",
]);

/**
 * Checks the options once, here; nothing later looks at what the caller passed.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export function checkOptions(options: LoadOptions<StandardSchema | undefined>): LoadRequest {
  if (typeof options !== "object" || options === null) throw invalid("options must be an object");
  refuseUnknown("", options, NAMES);
  const { files, env, schema, signal, deadlineMs = DEFAULT_DEADLINE_MS, context = {}, overrides } = options;
  if ((files === undefined) === (env === undefined)) throw invalid("give either files or env");
  if (files !== undefined && !Array.isArray(files)) throw invalid("files must be a list");
  if (env !== undefined) checkContextName("env", env);
  if (schema !== undefined && typeof schema["~standard"]?.validate !== "function") {
    throw invalid("schema is not a Standard Schema: pass what zod, valibot or arktype make");
  }
  checkDeadline(deadlineMs);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid("signal must be an AbortSignal");
  if (overrides !== undefined && !isPlainObject(overrides)) throw invalid("overrides must be a plain object");
  refuseUnknown("context.", context, new Set(["app", "env"]));
  checkContextName("context.app", context.app);
  checkContextName("context.env", context.env);
  const keys = [...new Set(options.keys)];
  if (keys.length > 0) parseKeyReferences(keys);
  return {
    files: files === undefined ? undefined : Array.from<FileInput>(files),
    env,
    variables: checkVariables(options.variables),
    schema,
    overrides,
    root: resolve(pathOf(options.root ?? ".", "root")),
    policy: checkPolicy(options.policy),
    keys,
    context,
    raw: compilePatterns(options.raw ?? []),
    providers: checkProviders(options.providers ?? []),
    signal,
    deadlineMs,
    limits: checkLimits(options.limits ?? {}),
    environment: options.environment ?? process.env,
  };
}

/** Refuses names that are not options, since a misspelled one would silently do nothing. */
export function refuseUnknown(prefix: string, options: object, names: ReadonlySet<string>): void {
  const unknown = Object.keys(options).find((name) => !names.has(name));
  if (unknown !== undefined) throw invalid(`there is no option ${JSON.stringify(prefix + unknown)}`);
}

/** @throws UsageError `ERR_OPTION_INVALID` */
export function checkDeadline(deadlineMs: number): void {
  if (Number.isFinite(deadlineMs) && deadlineMs > 0 && deadlineMs <= LONGEST_DEADLINE_MS) return;
  throw invalid(`deadlineMs must be a number above 0, at most ${LONGEST_DEADLINE_MS}`);
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function checkVariables(variables: VariablesOptions | undefined): LoadRequest["variables"] {
  if (variables === undefined) return undefined;
  refuseUnknown("variables.", variables, new Set(["prefix", "separator"]));
  const { prefix, separator = "__" } = variables;
  if (typeof prefix !== "string" || prefix === "")
    throw invalid('variables.prefix must be a text such as "APP_"');
  if (typeof separator !== "string" || separator === "") throw invalid("variables.separator must be a text");
  return { prefix, separator };
}

function checkPolicy(policy: LoadOptions["policy"]): LoadRequest["policy"] {
  if (policy === undefined) return undefined;
  if (typeof policy === "string" || policy instanceof URL) return { path: pathOf(policy, "policy") };
  if (typeof policy.text !== "string") throw invalid("policy must be a path or { text }");
  return { text: policy.text };
}

export function checkProviders(providers: readonly KmsProvider[]): readonly KmsProvider[] {
  for (const provider of providers) {
    const methods = [typeof provider?.encrypt, typeof provider?.decrypt, typeof provider?.generateDataKey];
    if (typeof provider?.name !== "string" || methods.some((type) => type !== "function")) {
      throw invalid("providers must be a list of what tencentKms() or localKeys() return");
    }
  }
  return providers;
}

function checkLimits(limits: Partial<LoadLimits>): LoadLimits {
  const defaults: LoadLimits = { ...DEFAULT_LIMITS, maxBlobBytes: MAX_BLOB_BYTES };
  refuseUnknown("limits.", limits, new Set(Object.keys(defaults)));
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value <= 0)
      throw invalid(`limits.${name} must be a whole number above 0`);
  }
  return { ...defaults, ...limits };
}

function pathOf(path: string | URL, option: string): string {
  if (typeof path === "string") return path;
  if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
  throw invalid(`${option} must be a path or a file: URL`);
}

function invalid(what: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", what);
}
