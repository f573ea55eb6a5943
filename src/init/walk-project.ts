import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { SourceError, systemCode } from "../errors/index.ts";
import { POLICY_FILE } from "../policy/index.ts";

import { isConfigFolder } from "./config-file-names.ts";

export interface WalkLimits {
  /** How many folders deep. */
  readonly maxDepth: number;
  readonly maxFiles: number;
}

/** The files of an application: what lies in its folder and belongs to no other. */
export interface Walk {
  /** Regular files, relative to the folder with `/` between segments, sorted. */
  readonly files: readonly string[];
  /** Folders that have a policy or a package of their own: they were left out. */
  readonly others: readonly string[];
  /** False when a limit ended it. */
  readonly complete: boolean;
}

const LIMITS: WalkLimits = { maxDepth: 8, maxFiles: 20_000 };

// Made by tools or installed by them; folders whose names begin with a dot are the tools' own.
const OF_TOOLS =
  "node_modules bower_components vendor dist build out target coverage tmp temp venv __pycache__".split(" ");
const NOT_THE_APPLICATION = [
  ..."test tests __tests__ spec specs e2e fixtures __fixtures__ __mocks__ docs example examples".split(" "),
  ..."i18n locale locales migrations schema schemas".split(" "),
];

/**
 * Lists an application's files. Symbolic links are not followed.
 *
 * @throws SourceError `ERR_FILE_UNREADABLE` for the folder itself
 */
export async function walkProject(root: string, limits: WalkLimits = LIMITS): Promise<Walk> {
  const files: string[] = [];
  const others: string[] = [];
  let complete = true;
  // By depth, so that what a limit leaves out lies deepest.
  let level = [""];
  for (let depth = 0; level.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      if (files.length > limits.maxFiles) break;
      const entries = await list(root, folder);
      const hasOwn = entries.some(({ name }) => name === "package.json" || name === POLICY_FILE);
      if (folder !== "" && hasOwn) {
        others.push(folder);
        continue;
      }
      for (const entry of entries) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isFile()) files.push(path);
        else if (entry.isDirectory() && isWalked(path)) below.push(path);
      }
    }
    complete = files.length <= limits.maxFiles && (depth < limits.maxDepth || below.length === 0);
    level = complete ? below.sort() : [];
  }
  return { files: files.slice(0, limits.maxFiles).sort(), others, complete };
}

async function list(root: string, folder: string) {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    // A folder that may not be read, or is gone by now, holds nothing that could be proposed.
    if (folder !== "") return [];
    throw new SourceError("ERR_FILE_UNREADABLE", `the folder cannot be read (${systemCode(error)})`, {
      source: { file: root },
    });
  }
}

// `config/test` is the config of an env.
function isWalked(path: string): boolean {
  const folders = path.split("/");
  const name = folders.at(-1) ?? "";
  if (name.startsWith(".") || OF_TOOLS.includes(name)) return false;
  return !NOT_THE_APPLICATION.includes(name) || folders.some(isConfigFolder);
}
