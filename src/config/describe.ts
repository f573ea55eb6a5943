import { UsageError } from "../errors/index.ts";

import { hideSecrets, isPlain, showsSecret } from "./freeze.ts";
import type { SecretTexts } from "./secret-texts.ts";

/** Where each value of a config came from. Holds no value. */
export interface ConfigDescription {
  /** One entry a leaf, as the config was before its schema, in the config's order. */
  readonly values: readonly ValueDescription[];
  /** Calls to key services that the load made; local keys are none. */
  readonly kmsCalls: number;
  /** How many data keys were unwrapped. */
  readonly dataKeys: number;
}

export interface ValueDescription {
  /** `db.password`. */
  readonly path: string;
  /** The file it stands in; absent for a variable and for an override. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The environment variable that set it. */
  readonly variable?: string | undefined;
  /** How it was sealed; absent for plaintext. */
  readonly sealed?: SealedDescription | undefined;
}

export interface SealedDescription {
  readonly kind: "direct" | "envelope" | "raw" | "file";
  /** The key that opened it. */
  readonly key: string;
  readonly app?: string | undefined;
  readonly env?: string | undefined;
  /** The pointer it is bound to; absent where nothing binds it to one. */
  readonly path?: string | undefined;
}

interface Known {
  /** Described when somebody asks: a boot need not wait for it. */
  readonly describe: () => ConfigDescription;
  readonly secrets: SecretTexts;
}

const KNOWN = new WeakMap<object, Known>();

/** Remembers what is known about a config for as long as somebody holds it. */
export function remember(config: unknown, describe: () => ConfigDescription, secrets: SecretTexts): void {
  if (typeof config === "object" && config !== null) KNOWN.set(config, { describe, secrets });
}

/**
 * Tell where each value of a loaded config came from, and how it was sealed. Never holds a value.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for anything but what `loadConfig` returned
 * @example
 * ```ts
 * for (const { path, file, line, sealed } of describeConfig(config).values) {
 *   console.log(path, file, line, sealed?.key ?? "plaintext");
 * }
 * ```
 */
export function describeConfig(config: object): ConfigDescription {
  return knownOf(config).describe();
}

/**
 * List the paths at which sealed values stand in a loaded config, wherever its schema put them, in the form that
 * loggers' redaction lists take: `db.password`, `servers[0].token`, `tls["key.pem"]`. A map, a URL or another instance
 * that holds one counts whole.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for anything but what `loadConfig` returned
 * @example
 * ```ts
 * const log = pino({ redact: secretPaths(config) });
 * log.info(config);
 * ```
 */
export function secretPaths(config: object): string[] {
  const { secrets } = knownOf(config);
  const found: string[] = [];
  const seen = new Set<object>();
  const visit = (part: unknown, path: string): void => {
    if (!isPlain(part)) {
      if (showsSecret(part, secrets)) found.push(path);
      return;
    }
    if (seen.has(part)) return;
    seen.add(part);
    for (const [name, member] of Object.entries(part))
      visit(member, accessor(path, name, Array.isArray(part)));
    seen.delete(part);
  };
  visit(config, "");
  return found;
}

/** Copies a loaded config with its sealed values replaced by `[sealed]`. */
export function hiddenCopy(config: object): unknown {
  return hideSecrets(config, knownOf(config).secrets);
}

function accessor(path: string, name: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${name}]`;
  if (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name)) return path === "" ? name : `${path}.${name}`;
  return `${path}[${JSON.stringify(name)}]`;
}

function knownOf(config: object): Known {
  const known = KNOWN.get(config);
  if (known !== undefined) return known;
  throw new UsageError("ERR_OPTION_INVALID", "this is not a config that loadConfig returned", {
    hint: "pass the whole config, not a part or a copy of it",
  });
}
