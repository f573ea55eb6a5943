// Writes in a process of its own: what the first argument says, as JSON. Prints a report, unless it kills itself before
// one of the calls that it makes of the file system.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { text } from "node:stream/consumers";

import { cleanUpOnSignals } from "../../src/cli/clean-up-on-signals.ts";
import { systemCode } from "../../src/errors/index.ts";
import { createLocalKey } from "../../src/local/key-file.ts";
import { updateFile } from "../../src/source/update-file.ts";
import { writeNewFile } from "../../src/source/write-new-file.ts";

export interface WriterTask {
  /** The file; for `key` the folder. */
  readonly path: string;
  /**
   * `update` gives the file the text, `make` makes a file of it, `append` appends the text once a round, `hold` keeps the
   * lock until standard input ends and appends the text then, `key` makes a key file.
   */
  readonly action: "update" | "make" | "append" | "hold" | "key";
  readonly text: string;
  readonly rounds?: number;
  /** Before which call, counted from 0, it kills itself; half-way through where that call writes. */
  readonly killBefore?: number;
  /** By which signal it kills itself; any other than SIGKILL it listens for, as the commands do. */
  readonly killBy?: "SIGKILL" | "SIGTERM";
  /** Whether its file system has no hard links. */
  readonly withoutLinks?: boolean;
}

export interface WriterReport {
  /** Every call that it made, by its name: `rename`, `file.sync`, `create` where a file is opened that must be new. */
  readonly calls: readonly string[];
  /** What the action returned, or how it failed. */
  readonly outcome: unknown;
}

const HANDLE_METHODS = ["chmod", "chown", "close", "readFile", "stat", "sync", "writeFile"];

const task = JSON.parse(process.argv[2] ?? "") as WriterTask;
const calls: string[] = [];

type Method = (...args: unknown[]) => Promise<unknown>;

function watch(methods: Record<string, unknown>, names: readonly string[], owner: string): void {
  for (const name of names) {
    const original = methods[name] as Method;
    methods[name] = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      if (calls.length === task.killBefore) {
        if (name === "writeFile") await original.apply(this, withHalf(args));
        process.kill(process.pid, task.killBy ?? "SIGKILL");
        // A signal that it listens for arrives with the next turn.
        await new Promise(() => setInterval(() => undefined, 1_000));
      }
      calls.push(name === "open" && args[1] === "wx" ? "create" : `${owner}${name}`);
      return await original.apply(this, args);
    };
  }
}

/** The arguments of a call that writes, with half of what it writes. */
function withHalf(args: readonly unknown[]): unknown[] {
  const at = args.findIndex(
    (arg, index) => arg instanceof Uint8Array || (index === 1 && typeof arg === "string"),
  );
  const place = Math.max(at, 0);
  const content = args[place] as Uint8Array | string;
  return args.with(place, content.slice(0, content.length / 2));
}

async function act({ path, action, text: content, rounds = 1 }: WriterTask): Promise<unknown> {
  const source = { file: "app.yaml" };
  const bytes = Buffer.from(content);
  const append = async (before: Uint8Array | undefined): Promise<Uint8Array> =>
    Buffer.concat([before ?? new Uint8Array(0), bytes]);
  switch (action) {
    case "update":
      return await updateFile(path, { source, maxBytes: 2 ** 20 }, async () => content);
    case "make":
      return await writeNewFile(path, bytes, { source });
    case "append":
      for (let round = 0; round < rounds; round++)
        await updateFile(path, { source, maxBytes: 2 ** 20 }, append);
      return rounds;
    case "hold":
      return await updateFile(path, { source, maxBytes: 2 ** 20 }, async (before) => {
        process.stdout.write("held\n");
        await text(process.stdin);
        return await append(before);
      });
    case "key":
      return await createLocalKey("dev", path);
  }
}

if (task.killBy === "SIGTERM") cleanUpOnSignals();
if (task.withoutLinks === true)
  fs.link = async () => await Promise.reject(Object.assign(new Error("no links"), { code: "EPERM" }));
const handle = await fs.open(process.execPath);
const handleMethods = Object.getPrototypeOf(handle) as Record<string, unknown>;
await handle.close();
const functions = Object.keys(fs).filter((name) => typeof fs[name as keyof typeof fs] === "function");
watch(fs, functions, "");
watch(handleMethods, HANDLE_METHODS, "file.");
syncBuiltinESMExports();

const outcome: unknown = await act(task).catch((error: unknown) => ({
  code: systemCode(error),
  message: error instanceof Error ? error.message : "",
}));
process.stdout.write(`${JSON.stringify({ calls, outcome } satisfies WriterReport)}\n`);
