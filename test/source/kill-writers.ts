import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { temporaryFolder } from "../support/temporary-folder.ts";
import { runWriter } from "./start-writer.ts";
import type { WriterTask } from "./writer-child.ts";

export interface KillPlan {
  /** What a writer does in a folder. */
  readonly task: (folder: string) => WriterTask;
  /** Makes what is there before. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Looks at what the killed writer left in the folder. */
  readonly check: (folder: string) => Promise<void>;
}

const CHANGING: ReadonlySet<string | undefined> = new Set([
  "create",
  "file.chmod",
  "file.chown",
  "file.writeFile",
  "link",
  "mkdir",
  "rename",
  "rm",
  "writeFile",
]);

const WRITING: ReadonlySet<string> = new Set(["file.writeFile", "writeFile"]);

/**
 * Kills a writer, each time in a folder of its own, wherever there is something else on the disk than one call before:
 * at the start, after each call that changes something, and half-way through each that writes. Returns the calls of a
 * writer that lives.
 */
export async function killAtEachStep(
  t: TestContext,
  { task, prepare, check }: KillPlan,
): Promise<readonly string[]> {
  const outer = await temporaryFolder(t);

  async function run(name: string, killBefore?: number): Promise<readonly string[] | undefined> {
    const folder = join(outer, name);
    await mkdir(folder);
    await prepare?.(folder);
    return (await runWriter({ ...task(folder), ...(killBefore !== undefined && { killBefore }) }))?.calls;
  }

  const calls = (await run("whole")) ?? [];
  const waiting = [...calls.entries()].filter(
    ([number, call]) => number === 0 || CHANGING.has(calls[number - 1]) || WRITING.has(call),
  );
  const killNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, call] = next;
      const name = `${number}-${call}`;
      assert.equal(await run(name, number), undefined, `${name} is never come to`);
      await check(join(outer, name));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, killNext));
  return calls;
}
