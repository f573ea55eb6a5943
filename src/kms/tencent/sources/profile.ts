import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { systemCode } from "../../../errors/index.ts";
import { checkCredentials, type CredentialSource, sourceError } from "../credential-source.ts";

const SYSTEM_FILE = "/etc/tencentcloud/credentials";

/** Looks in `~/.tencentcloud/credentials`, or where that is not there in `/etc/tencentcloud/credentials`. */
export function profileSource(homeDir: string): CredentialSource {
  return async (signal) => {
    const files = [join(homeDir, ".tencentcloud", "credentials"), SYSTEM_FILE];
    for (const file of files) {
      const text = await readIfThere(file, signal);
      if (text === undefined) continue;
      const values = readDefaultSection(text);
      const secretId = values.get("secret_id");
      const secretKey = values.get("secret_key");
      if (!secretId && !secretKey) return { missing: `${file} has no secret_id under [default]` };
      return { credentials: checkCredentials({ secretId, secretKey, token: values.get("token") }, file) };
    }
    return { missing: `there is no ${files.join(" or ")}` };
  };
}

async function readIfThere(file: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readFile(file, { encoding: "utf8", signal });
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw sourceError(`the credentials file ${file} cannot be read (${code})`, "check its owner and mode");
  }
}

/** Reads `name = value` lines under `[default]`; a value may stand in quotes, a comment after white space. */
function readDefaultSection(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r\n|\n|\r/)) {
    const heading = /^\s*\[([^\]]*)\]/.exec(line);
    if (heading !== null) section = heading[1]?.trim() ?? "";
    const entry = /^\s*(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*(?:\s[#;].*)?$/.exec(line);
    if (section !== "default" || entry === null) continue;
    const [, name = "", double, single, bare] = entry;
    values.set(name, double ?? single ?? bare ?? "");
  }
  return values;
}
