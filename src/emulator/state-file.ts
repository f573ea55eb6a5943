import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { EmulatorError } from "./emulator-error.ts";

/** What emulators keep from one run to the next. */
export interface StateFile {
  /** A vendor's part, as it stands; `undefined` if there is none. */
  read(vendor: string): unknown;
  /** Replaces a vendor's part: whole and safely on the disk, or not at all. */
  write(vendor: string, value: unknown): void;
  /** The error for a part that makes no sense to whoever reads it. */
  damaged(what: string): EmulatorError;
}

const FORMAT = "sealconf-kms-emulator/1";

/** Reads a state file. Its folder must exist. */
export function openStateFile(path: string): StateFile {
  const file = resolveLink(path);
  let text = readText(file);
  const damaged = (what: string): EmulatorError =>
    new EmulatorError(
      "ERR_EMULATOR_STATE",
      `the emulator's state file ${path} is damaged: ${what}`,
      "move it away to start with new keys; what was encrypted under the old ones is lost then",
    );
  let state = text === undefined ? {} : parseState(text, damaged);
  return {
    read: (vendor) => state[vendor],
    write(vendor, value) {
      // Two emulators on one file would undo each other's keys.
      if (readText(file) !== text) {
        const message = `the emulator's state file ${path} was changed by another program`;
        throw new EmulatorError("ERR_EMULATOR_STATE", message, "run one emulator at a time on a state file");
      }
      const nextState = { ...state, [vendor]: value };
      const nextText = `${JSON.stringify({ format: FORMAT, ...nextState }, undefined, 2)}\n`;
      replaceFile(file, nextText);
      text = nextText;
      state = nextState;
    },
    damaged,
  };
}

function parseState(
  text: string,
  damaged: (what: string) => EmulatorError,
): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the file, and the file holds keys.
    throw damaged("it is not JSON");
  }
  if (!isRecord(value) || value["format"] !== FORMAT) throw damaged(`it does not say "format": "${FORMAT}"`);
  const { format: _, ...state } = value;
  return state;
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw failed("read", path, error);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw failed("read", file, error);
  }
}

function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx", mode: 0o600, flush: true });
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw failed("written", file, error);
  }
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function failed(what: "read" | "written", file: string, error: unknown): EmulatorError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
  return new EmulatorError(
    "ERR_EMULATOR_STATE",
    `the emulator's state file ${file} cannot be ${what} (${code})`,
  );
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
