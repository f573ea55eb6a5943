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
  const { SEALCONF_ENV: env = "", SEALCONF_FILES = "", SEALCONF_ALLOW_ENV = "" } = environment;
  const files = listOf(SEALCONF_FILES);
  // Set and empty is as good as not set: container files write it so.
  if ((env === "") === (files.length === 0)) {
    throw new UsageError("ERR_OPTION_INVALID", "sealconf/register does not know what to load", {
      hint: "set either SEALCONF_ENV=production or SEALCONF_FILES=.env,config/production.yaml",
    });
  }
  const config = await loadConfig({ ...(env === "" ? { files } : { env }), environment });
  for (const [name, value] of environmentOf(config, { allow: new Set(listOf(SEALCONF_ALLOW_ENV)) })) {
    // Not `??=`: `valueOf` is no variable, though process.env answers to it.
    if (!Object.hasOwn(environment, name)) environment[name] = value;
  }
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
