import type { PathPatterns } from "./pattern.ts";

/** The name that a rule's `files` uses for tokens that stand in environment variables. */
export const ENVIRONMENT_FILE = "$env";

export const POLICY_FILE = ".sealconf.yaml";

/** What `.sealconf.yaml` says. */
export interface Policy {
  /** The policy file, for messages. */
  readonly file: string;
  /** What is read for an env, in order. */
  readonly load: readonly LoadEntry[];
  /** The first that matches a file gives everything that is known about it. */
  readonly rules: readonly Rule[];
  /** Holds for files that no rule covers: plaintext is refused there too. */
  readonly secrets: PathPatterns;
}

export interface LoadEntry {
  /** `{env}` in it is replaced by the env. */
  readonly path: string;
  readonly optional: boolean;
  readonly as?: string | undefined;
  readonly format?: string | undefined;
}

export interface Rule {
  /** Globs of paths relative to the policy's folder, or `$env`. */
  readonly files: readonly string[];
  readonly covers: (path: string) => boolean;
  readonly app?: string | undefined;
  readonly env?: string | undefined;
  /** Recipients of new values, in order. */
  readonly keys: readonly string[];
  /** Keys that may open but are no longer sealed to. */
  readonly accept: readonly string[];
  readonly secrets: PathPatterns;
  readonly mode: "envelope" | "direct";
  /** Where raw ciphertexts may stand. */
  readonly raw: PathPatterns;
  readonly maxDataKeys: number;
}

/** Returns the first rule that covers a file, by its path relative to the policy's folder with `/` between segments. */
export function ruleFor(policy: Policy, path: string): Rule | undefined {
  return policy.rules.find((rule) => rule.covers(path));
}

/** Returns the load list for an env. */
export function loadListFor(policy: Policy, env: string): LoadEntry[] {
  return policy.load.map((entry) => ({
    ...entry,
    path: entry.path.replaceAll("{env}", () => env),
    as: entry.as?.replaceAll("{env}", () => env),
  }));
}
