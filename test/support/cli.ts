import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";

import type { Environment } from "../../src/index.ts";
import { ROOT } from "../project/project.ts";
import { ENVIRONMENT } from "./load-fixture.ts";

export type Program = "sealconf" | "encrypt-value";

export interface CliOptions {
  /** Which of the package's programs. @defaultValue `"sealconf"` */
  readonly program?: Program | undefined;
  /** All of standard input. @defaultValue nothing */
  readonly stdin?: string | Uint8Array | undefined;
  readonly cwd?: string | undefined;
  /** How its output is read. @defaultValue `"utf8"` */
  readonly encoding?: BufferEncoding | undefined;
  /** Laid over a clean environment that holds the local key; `undefined` takes a variable away. */
  readonly environment?: Environment | undefined;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Nothing here takes that long: it ends a test that would hang.
const LONGEST_RUN_MS = 60_000;

/** The folder of the build; `SEALCONF_TEST_DIST` names another one than `dist`. */
export const DIST: string = join(ROOT, process.env["SEALCONF_TEST_DIST"] ?? "dist");

/** Returns the file of one of the package's programs. */
export function programFile(program: Program): string {
  const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  const file = bin[program];
  if (file?.startsWith("dist/") !== true) assert.fail(`package.json has no program ${program} in dist/`);
  return join(DIST, file.slice("dist/".length));
}

/** What a child finds in its environment: nothing of the machine's but where programs are. */
export function childEnvironment(environment: Environment = {}): Record<string, string> {
  const { PATH, NODE_V8_COVERAGE } = process.env;
  const all = { PATH, NODE_V8_COVERAGE, HOME: "/nowhere", ...ENVIRONMENT, ...environment };
  const set = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set);
}

/** Runs a program of the package to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return await runNode([programFile(options.program ?? "sealconf"), ...args], options);
}

/** Runs Node to its end. */
export async function runNode(
  args: readonly string[],
  { stdin = "", cwd, encoding = "utf8", environment }: Omit<CliOptions, "program"> = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: childEnvironment(environment),
    timeout: LONGEST_RUN_MS,
  });
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    // A program may end without reading what it was given.
    if (error.code !== "EPIPE") throw error;
  });
  child.stdin.end(stdin);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding(encoding).on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Runs a program that must succeed without a word, and returns what it printed. */
export async function printed(args: readonly string[], options?: CliOptions): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

/** Runs a program that must fail with this exit code and print no result, and returns its message. */
export async function refused(code: number, args: readonly string[], options?: CliOptions): Promise<string> {
  const result = await runCli(args, options);
  assert.deepEqual({ code: result.code, stdout: result.stdout }, { code, stdout: "" }, result.stderr);
  assert.match(result.stderr, /^(?:sealconf|encrypt-value): ./);
  return result.stderr;
}

export interface EmulatorProcess {
  /** The one line that it printed. */
  readonly line: string;
  readonly endpoint: string;
  readonly region: string;
  /** A reference of its first key. */
  readonly key: string;
  readonly keyIds: readonly string[];
  /** Tells the emulator's address and who may ask it, and holds the local key. */
  readonly environment: Environment;
  /** Ends it and returns all that it printed. */
  readonly stop: (signal: "SIGINT" | "SIGTERM") => Promise<CliResult>;
}

interface EmulatorLine {
  readonly tencent: {
    readonly endpoint: string;
    readonly region: string;
    readonly secretId: string;
    readonly secretKey: string;
    readonly keyIds: readonly string[];
  };
}

/** Starts `sealconf kms-emulator` and waits for its line; it ends with the test. */
export async function startEmulatorProcess(
  t: TestContext,
  args: readonly string[] = [],
): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [programFile("sealconf"), "kms-emulator", ...args], {
    env: childEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  t.after(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  while (!stdout.includes("\n"))
    await Promise.race([once(child.stdout, "data"), closed.then(() => assert.fail(stderr))]);
  const { endpoint, region, secretId, secretKey, keyIds } = (JSON.parse(stdout) as EmulatorLine).tencent;
  return {
    line: stdout,
    endpoint,
    region,
    key: `tencent/${region}/${keyIds[0]}`,
    keyIds,
    environment: {
      SEALCONF_TENCENT_ENDPOINT: endpoint,
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
    },
    async stop(signal) {
      child.kill(signal);
      const [code] = await closed;
      return { code, stdout, stderr };
    },
  };
}
