import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import type { WriterReport, WriterTask } from "./writer-child.ts";

/** The program of a writer. */
export const WRITER: string = fileURLToPath(new URL("writer-child.js", import.meta.url));

export type Writer = ChildProcessByStdio<Writable, Readable, null>;

export function startWriter(task: WriterTask): Writer {
  return spawn(process.execPath, [WRITER, JSON.stringify(task)], { stdio: ["pipe", "pipe", "inherit"] });
}

/** Runs a writer to its end and returns its report; `undefined` when it killed itself. */
export async function runWriter(task: WriterTask): Promise<WriterReport | undefined> {
  const writer = startWriter(task);
  const closed = once(writer, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const printed = await text(writer.stdout);
  const [status, signal] = await closed;
  if (signal === (task.killBy ?? "SIGKILL")) return undefined;
  assert.equal(status, 0, printed);
  return JSON.parse(printed) as WriterReport;
}
