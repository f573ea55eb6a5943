import { printable, UsageError } from "../errors/index.ts";
import { formatPath, type Path } from "../path/path.ts";

import { isPlainObject } from "./options.ts";

// Names that steer a process: whoever may write to a config file must not choose what the program runs or whom it trusts.
const STEERING =
  /^(?:node_options|node_path|node_extra_ca_certs|node_tls_reject_unauthorized|ld_.*|dyld_.*|path|home|.*_proxy|sealconf_.*|tencentcloud_.*|tke_.*|alibaba_cloud_.*)$/i;

export interface EnvironmentOptions {
  /** Steering names that are let through all the same. */
  readonly allow: ReadonlySet<string>;
}

/**
 * Turns a config into environment variables: `db.password` becomes `DB_PASSWORD`, lists and maps below the first list
 * become JSON text, null is left out.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for names that collide or steer the process, and values with a NUL
 */
export function environmentOf(config: unknown, { allow }: EnvironmentOptions): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const origins = new Map<string, Path>();

  function set(path: Path, value: string): void {
    const name =
      path.length === 1
        ? String(path[0])
        : path
            .join("_")
            .replace(/[^A-Za-z0-9_]/g, "_")
            .toUpperCase();
    const other = origins.get(name);
    if (other !== undefined)
      throw refused(`${formatPath(other)} and ${formatPath(path)} both become the variable ${name}`);
    if (STEERING.test(name) && !allow.has(name)) {
      throw refused(
        `${formatPath(path)} would set ${name}, which steers the process itself`,
        `allow it by name: SEALCONF_ALLOW_ENV=${name}`,
      );
    }
    if (name === "" || name.includes("=") || name.includes("\0"))
      throw refused(`${formatPath(path)} is no variable's name`);
    if (value.includes("\0")) throw refused(`${formatPath(path)} holds a NUL, which no variable can`);
    origins.set(name, path);
    variables.set(name, value);
  }

  function visit(value: unknown, path: Path): void {
    if (value === null || value === undefined) return;
    if (isPlainObject(value)) {
      for (const [name, member] of Object.entries(value)) visit(member, [...path, name]);
    } else if (value instanceof Uint8Array) set(path, Buffer.from(value).toString("base64"));
    else set(path, typeof value === "string" ? value : JSON.stringify(value));
  }

  visit(config, []);
  return variables;
}

function refused(what: string, hint?: string): UsageError {
  // Names come from files, and Node prints what a preloaded module throws.
  return new UsageError("ERR_OPTION_INVALID", printable(what), { hint: hint && printable(hint) });
}
