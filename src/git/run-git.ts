import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { stat } from "node:fs/promises";

import { type SourceCode, SourceError, systemCode } from "../errors/index.ts";
import { complaintOf, failureOf } from "./failure.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where git runs. */
export interface GitPlace {
  readonly cwd: string;
  readonly env: Environment;
}

export interface GitResult {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  /** What git said was wrong, for messages. */
  readonly complaint: string | undefined;
}

export interface RunOptions {
  /** All of standard input. @defaultValue nothing */
  readonly stdin?: Uint8Array | string | undefined;
  /** The run starts programs of the user, whose standard error may quote what they read: say nothing of it. */
  readonly runsFilters?: boolean | undefined;
  /** The code of the error where it does not succeed. @defaultValue `ERR_FILE_UNREADABLE` */
  readonly failsAs?: SourceCode | undefined;
}

// A monitor may be a program, and only looks for changes on disk.
const OPTIONS: readonly string[] = ["--no-pager", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false"];

const ENVIRONMENT: Environment = {
  GIT_OPTIONAL_LOCKS: "0",
  LC_ALL: "C",
  GIT_LITERAL_PATHSPECS: "1",
  // git refuses the variable above beside these.
  GIT_GLOB_PATHSPECS: undefined,
  GIT_NOGLOB_PATHSPECS: undefined,
  GIT_ICASE_PATHSPECS: undefined,
  // What is pushed is what was recorded, not what a replacement or a graft shows in its stead.
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "",
};

// A complaint is one line; what programs of the user say beyond that is read and dropped.
const MAX_STDERR_CHARS = 65_536;

/** Runs git to its end, whatever its exit code. Its output may be of any size. */
export async function tryGit(
  place: GitPlace,
  args: readonly string[],
  { stdin = "", runsFilters = false }: RunOptions = {},
): Promise<GitResult> {
  const { child, ended } = startGit(place, args);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(stdin);
  const { code, complaint } = await ended;
  return { code, stdout: Buffer.concat(chunks), complaint: runsFilters ? undefined : complaint };
}

/**
 * Runs git, which must succeed, and returns what it printed.
 *
 * @throws UsageError `ERR_OPTION_INVALID`, SourceError `ERR_FILE_UNREADABLE`
 */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options?: RunOptions,
): Promise<Buffer> {
  const result = await tryGit(place, args, options);
  if (result.code !== 0) throw failureOf(place, args, { ...result, failsAs: options?.failsAs });
  return result.stdout;
}

export interface GitProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when it has ended and its output was read or dropped; rejects when it could not be started. */
  readonly ended: Promise<Omit<GitResult, "stdout">>;
}

/** Starts git without a shell. */
export function startGit(place: GitPlace, args: readonly string[]): GitProcess {
  const child = spawn("git", [...OPTIONS, ...args], {
    cwd: place.cwd,
    env: { ...place.env, ...ENVIRONMENT },
    windowsHide: true,
  });
  // git may end without reading all that it was given; its exit code tells why.
  child.stdin.on("error", () => undefined);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < MAX_STDERR_CHARS) stderr += text;
  });
  const ended = new Promise<Omit<GitResult, "stdout">>((resolve, reject) => {
    child.once("error", (error) => reject(error));
    child.once("close", (code) => resolve({ code, complaint: complaintOf(stderr) }));
  }).catch(async (error: unknown) => {
    throw await cannotRun(place, error);
  });
  return { child, ended };
}

async function cannotRun({ cwd }: GitPlace, error: unknown): Promise<SourceError> {
  const code = systemCode(error);
  // A working directory that is not there is reported as if the program were not.
  const isFolder = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    return new SourceError("ERR_FILE_UNREADABLE", "there is no such folder", { source: { file: cwd } });
  }
  return new SourceError("ERR_FILE_UNREADABLE", `git cannot be run (${code})`, {
    hint: "install git and put it on the PATH",
  });
}
