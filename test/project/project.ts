import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder; the tests run from a folder one below it. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with the Node that runs the tests as `node`. */
export function run(program: string, args: readonly string[], folder: string): Outcome {
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PATH: path },
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

export interface PackageFile {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function readPackageFile(): PackageFile {
  return JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")) as PackageFile;
}
