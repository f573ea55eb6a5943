import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { sealValues } from "sealconf";

import type { Case } from "../measure.ts";
import type { Subject } from "../subject.ts";
import { ROOT, type Workspace } from "../workspace.ts";

const APP = "bench";
const FULL_COUNT = 500;

/**
 * The same values in two `.env` files: sealed, and encrypted by dotenvx's own command. The target is about 500 of them; a
 * few tell little more than what starting costs.
 */
export async function dotenvSubject(workspace: Workspace, count: number = FULL_COUNT): Promise<Subject> {
  const values = Array.from({ length: count }, (_, index) => {
    return { path: `SECRET_${index}`, value: `fake-value-${index}-0123456789abcdef` };
  });
  await writeSealed(workspace, values);
  writeEncrypted(workspace, values);
  const last = values.at(-1);
  const check = `if (values.${last?.path} !== "${last?.value}") throw new Error("not the value");`;

  const ours: Case = {
    name: "loadConfig, local key",
    file: workspace.writeTimed("sealed/load.mjs", `${LOAD}\n${check}`),
    env: workspace.localKey,
    clock: "outside",
  };
  const theirs: Case = {
    name: "dotenvx's config",
    file: workspace.writeTimed("dotenvx/load.mjs", `${CONFIG}\n${check}`),
    clock: "outside",
  };
  return {
    title: `One .env file, ${count} secrets`,
    cases: [ours, theirs],
    comparison: count < FULL_COUNT ? undefined : { ours, theirs, target: "at least", limit: 100 },
  };
}

interface Variable {
  readonly path: string;
  readonly value: string;
}

async function writeSealed({ write, localKey }: Workspace, values: readonly Variable[]): Promise<void> {
  const options = { keys: ["local/bench"], context: { app: APP, env: "production" }, environment: localKey };
  const tokens = await sealValues(values, options);
  write("sealed/.env", linesOf(values.map(({ path }, index) => ({ path, value: tokens[index] ?? "" }))));
}

function writeEncrypted({ folder, write }: Workspace, values: readonly Variable[]): void {
  write("dotenvx/.env", linesOf(values));
  const command = join(ROOT, "node_modules/.bin/dotenvx");
  const { status, stderr } = spawnSync(command, ["encrypt", "-f", ".env", "--no-armor", "--no-native"], {
    cwd: join(folder, "dotenvx"),
    env: { PATH: process.env["PATH"], HOME: folder },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`dotenvx encrypt failed: ${stderr}`);
}

function linesOf(values: readonly Variable[]): string {
  return values.map(({ path, value }) => `${path}=${value}\n`).join("");
}

// Neither side reads a policy: what dotenvx lacks is not held against it, nor counted for us.
const LOAD = `const { loadConfig } = await import("sealconf");
const values = await loadConfig({
  files: [".env"],
  root: import.meta.dirname,
  keys: ["local/bench"],
  context: { app: "${APP}", env: "production" },
});`;

// Its look-ups in other stores than the key file beside the .env file are off: they could only cost it time.
const CONFIG = `const { default: dotenvx } = await import("@dotenvx/dotenvx");
const values = {};
const path = import.meta.dirname + "/.env";
dotenvx.config({ path, processEnv: values, quiet: true, noArmor: true, noNative: true });`;
