import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

const PEERS = ["c12", "yaml", "@dotenvx/dotenvx"];

/** A temporary folder in which scripts find this package and its peers as any application would. */
export interface Workspace {
  readonly folder: string;
  /** What the local key `local/bench` is found by. */
  readonly localKey: Readonly<Record<string, string>>;
  /** Writes a file and returns its path. */
  readonly write: (name: string, text: string) => string;
  /** Writes a script that reports how long its work takes, with what else it knows as an object's members. */
  readonly writeTimed: (name: string, work: string, known?: string) => string;
  readonly remove: () => void;
}

export function createWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "sealconf-bench-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@dotenvx"), { recursive: true });
  symlinkSync(ROOT, join(modules, "sealconf"));
  for (const peer of PEERS) symlinkSync(join(ROOT, "node_modules", peer), join(modules, peer));

  function write(name: string, text: string): string {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  write("keys/bench.key", `sealconf-local-key-v1:${randomBytes(32).toString("base64url")}\n`);
  return {
    folder,
    localKey: { SEALCONF_KEYS_DIR: join(folder, "keys") },
    write,
    writeTimed(name, work, known = "") {
      return write(
        name,
        `const start = performance.now();
${work}
const ms = performance.now() - start;
process.stdout.write(JSON.stringify({ ms, ${known} }));
`,
      );
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
