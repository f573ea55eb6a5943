// A local key file is one line: "sealconf-local-key-v1:" and 32 bytes as base64url.
import { constants, link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";

import { fromBase64url, toBase64url } from "../bytes/index.ts";
import { DATA_KEY_BYTES } from "../crypto/payload.ts";
import { KmsError, SourceError, systemCode, UsageError } from "../errors/index.ts";

const LABEL = "sealconf-local-key-v1:";
const NAME = /^[a-z0-9-]{1,64}$/;
const MAX_FILE_BYTES = 256;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the folder of the local keys: `$SEALCONF_KEYS_DIR`, else `$XDG_CONFIG_HOME/sealconf/keys`, else
 * `~/.config/sealconf/keys` (`%APPDATA%\sealconf\keys` on Windows).
 */
export function keysFolder(
  env: Environment,
  home: string = process.getBuiltinModule("node:os").homedir(),
): string {
  if (env["SEALCONF_KEYS_DIR"]) return env["SEALCONF_KEYS_DIR"];
  if (env["XDG_CONFIG_HOME"]) return join(env["XDG_CONFIG_HOME"], "sealconf", "keys");
  if (process.platform === "win32" && env["APPDATA"]) return join(env["APPDATA"], "sealconf", "keys");
  return join(home, ".config", "sealconf", "keys");
}

/** Returns the name of the variable that may hold the key's text instead: `SEALCONF_LOCAL_KEY_DEV`. */
export function keyVariable(name: string): string {
  return `SEALCONF_LOCAL_KEY_${name.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * Makes a key file that only its owner can read. Never overwrites one.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for a bad name; SourceError `ERR_WRITE_FAILED`
 */
export async function createLocalKey(name: string, folder: string): Promise<string> {
  if (!NAME.test(name)) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      'a local key\'s name is 1 to 64 lower-case letters, digits or "-"',
    );
  }
  const file = join(folder, `${name}.key`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SourceError(
      "ERR_WRITE_FAILED",
      `the folder of the keys cannot be made (${systemCode(error)})`,
      {
        source: { file: folder },
      },
    );
  }
  const bytes = randomBytes(DATA_KEY_BYTES);
  const text = `${LABEL}${toBase64url(bytes)}\n`;
  bytes.fill(0);
  // A process that is killed leaves a temporary file that nobody reads, never a key file without its key.
  const temporary = join(folder, `.${name}.key.${randomBytes(8).toString("hex")}.sealconf-tmp`);
  try {
    await writeNew(temporary, text);
    await linkOrWrite(temporary, file, text);
    await syncFolder(folder);
    return file;
  } catch (error) {
    if (systemCode(error) === "EEXIST") {
      throw new SourceError("ERR_WRITE_FAILED", "the key file is there already and is left as it is", {
        source: { file },
        hint: "use the key, or choose another name",
      });
    }
    throw new SourceError("ERR_WRITE_FAILED", `the key file cannot be written (${systemCode(error)})`, {
      source: { file },
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function linkOrWrite(temporary: string, file: string, text: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw error;
    // File systems without hard links have a dozen codes to say so. Any other reason meets the next call as well.
    await writeNew(file, text);
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Has a new name survive a power cut, where folders can be synced. */
async function syncFolder(folder: string): Promise<void> {
  let handle;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // Windows and some network file systems cannot. The key is there all the same.
  } finally {
    await handle?.close();
  }
}

/**
 * Reads a local key from its variable or its file. Returns 32 bytes that the caller wipes.
 *
 * @throws KmsError `ERR_CREDENTIALS_MISSING` when it is in neither, in both, readable by others, or not a key
 */
export async function readLocalKey(name: string, env: Environment, folder: string): Promise<Uint8Array> {
  const variable = keyVariable(name);
  const file = join(folder, `${name}.key`);
  const fromEnvironment = env[variable];
  const fromFile = await readKeyFile(name, file);
  if (fromEnvironment !== undefined && fromFile !== undefined) {
    throw missing(
      `the local key local/${name} is both in ${variable} and in ${file}`,
      "take one of them away",
    );
  }
  if (fromEnvironment !== undefined) return parseKey(fromEnvironment, `the variable ${variable}`);
  if (fromFile !== undefined) return parseKey(fromFile, file);
  throw missing(
    `the local key local/${name} is neither in ${file} nor in ${variable}`,
    `get the key file from whoever made it, or make a new key with: sealconf keygen ${name}`,
  );
}

async function readKeyFile(name: string, file: string): Promise<string | undefined> {
  let handle;
  try {
    // O_NONBLOCK: a pipe at this path must not hang the boot.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw missing(
      `the key file ${file} of local/${name} cannot be read (${systemCode(error)})`,
      "check its owner and mode",
    );
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw missing(`the key file ${file} of local/${name} is not a regular file`);
    if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, "0");
      throw missing(
        `the key file ${file} of local/${name} is open to others (mode ${mode})`,
        `run: chmod 600 ${file}`,
      );
    }
    if (stat.size > MAX_FILE_BYTES) throw notAKey(file);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

function parseKey(text: string, where: string): Uint8Array {
  const line = text.replace(/\r?\n$/, "");
  const bytes = line.startsWith(LABEL) ? fromBase64url(line.slice(LABEL.length)) : undefined;
  if (bytes?.length !== DATA_KEY_BYTES) throw notAKey(where);
  return bytes;
}

function notAKey(where: string): KmsError {
  return missing(`${where} does not hold a local key: one line of ${LABEL} and 43 characters of base64url`);
}

function missing(what: string, hint?: string): KmsError {
  return new KmsError("ERR_CREDENTIALS_MISSING", what, { provider: "local", hint });
}
