import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import type { Environment } from "../../src/index.ts";

import type { ChildTask } from "./load-child.ts";

const CHILD = fileURLToPath(new URL("load-child.js", import.meta.url));

export interface ChildOutput {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Loads in a process of its own, which has these variables and no others. */
export async function loadInChild(task: ChildTask, environment: Environment): Promise<ChildOutput> {
  const child = spawn(process.execPath, [CHILD], { env: { ...environment }, stdio: "pipe" });
  const closed = once(child, "close");
  child.stdin.end(JSON.stringify(task));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { status: child.exitCode, stdout, stderr };
}
