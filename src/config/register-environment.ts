import { UsageError } from "../errors/index.ts";

import { environmentOf } from "./environment-names.ts";
import { loadConfig } from "./load.ts";

/**
 * Loads what `SEALCONF_ENV` (the policy's list for an env) or `SEALCONF_FILES` (paths, separated by commas) names and sets
 * its values as environment variables. A variable that is set already wins. `SEALCONF_ALLOW_ENV` names, separated by
 * commas, variables that may be set although they steer the process.
 *
 * @throws UsageError, LoadError; then nothing is set
 */
export async function registerEnvironment(environment: Record<string, string | undefined>): Promise<void> {
  const { SEALCONF_ENV: env, SEALCONF_FILES: files, SEALCONF_ALLOW_ENV: allowed } = environment;
  if ((env === undefined) === (files === undefined)) {
    throw new UsageError("ERR_OPTION_INVALID", "sealconf/register does not know what to load", {
      hint: "set either SEALCONF_ENV=production or SEALCONF_FILES=.env,config/production.yaml",
    });
  }
  const what = files === undefined ? { env } : { files: listOf(files) };
  const config = await loadConfig({ ...what, environment });
  for (const [name, value] of environmentOf(config, { allow: new Set(listOf(allowed ?? "")) })) {
    environment[name] ??= value;
  }
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
