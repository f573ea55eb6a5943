import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../project/project.ts";

const CACHE = join(ROOT, "node_modules", ".cache", "sealconf-corpus");

/** A file that somebody published: `name@version path`. */
export interface PublishedFile {
  readonly package: string;
  readonly path: string;
}

/** Reads the list. */
export function listFiles(): PublishedFile[] {
  const lines = readFileSync(join(ROOT, "test", "corpus", "files.txt"), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const space = line.indexOf(" ");
    return { package: line.slice(0, space), path: line.slice(space + 1) };
  });
}

/** Returns a file's bytes, its package fetched from the registry the first time. */
export function readPublished({ package: name, path }: PublishedFile): Uint8Array {
  return readFileSync(join(fetchPackage(name), path));
}

function fetchPackage(name: string): string {
  const folder = join(CACHE, name.replaceAll("/", "+"));
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const unpacked = mkdtempSync(join(CACHE, "fetching-"));
  try {
    // `--ignore-scripts`: what is fetched is read and never run.
    const args = ["pack", name, "--ignore-scripts", "--silent", "--pack-destination", unpacked];
    const archive = execFileSync("npm", args, { cwd: unpacked, encoding: "utf8" }).trim();
    execFileSync("tar", ["-xzf", archive, "--strip-components=1", "--no-same-owner"], { cwd: unpacked });
    rmSync(join(unpacked, archive));
    renameSync(unpacked, folder);
  } catch (error) {
    rmSync(unpacked, { recursive: true, force: true });
    throw error;
  }
  return folder;
}
