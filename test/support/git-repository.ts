import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

import type { Environment } from "../../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface GitOptions {
  /** Where it runs. @defaultValue the repository's folder */
  readonly cwd?: string | undefined;
  /** All of standard input. @defaultValue nothing */
  readonly stdin?: string | Uint8Array | undefined;
  /** Laid over the repository's environment; `undefined` takes a variable away. */
  readonly environment?: Environment | undefined;
}

export interface GitResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository that goes with its test. */
export interface TestRepository {
  /** Absolute, without symbolic links. */
  readonly folder: string;
  /** For whatever runs git here: nothing of the machine's configuration, and an author. */
  readonly environment: Environment;
  /** Runs git, which must succeed, and returns what it printed without the last line break. */
  readonly git: (args: readonly string[], options?: GitOptions) => Promise<string>;
  /** Runs git, which may fail. */
  readonly tryGit: (args: readonly string[], options?: GitOptions) => Promise<GitResult>;
  /** Writes a file of the work tree, and the folders above it; returns its absolute path. */
  readonly write: (path: string, content: string | Uint8Array, mode?: number) => Promise<string>;
  /** Stages these paths, or everything. */
  readonly add: (...paths: string[]) => Promise<void>;
  /** Commits what is staged, also when that is nothing, and returns the commit's id. */
  readonly commit: (message?: string) => Promise<string>;
}

/** Makes an empty repository on a branch called main. */
export async function createRepository(
  t: TestContext,
  initArgs: readonly string[] = [],
): Promise<TestRepository> {
  const repository = repositoryIn(await realpath(await temporaryFolder(t)));
  await repository.git(["init", "--quiet", "--initial-branch=main", ...initArgs]);
  return repository;
}

/** What runs git in a folder that may hold no repository yet. */
export function repositoryIn(folder: string): TestRepository {
  const environment = gitEnvironment(folder);

  async function tryGit(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    const { cwd = folder, stdin = "" } = options;
    const child = spawn("git", args, { cwd, env: { ...environment, ...options.environment } });
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      // git may end without reading what it was given.
      if (error.code !== "EPIPE") throw error;
    });
    child.stdin.end(stdin);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }

  async function git(args: readonly string[], options?: GitOptions): Promise<string> {
    const { code, stdout, stderr } = await tryGit(args, options);
    assert.equal(code, 0, `git ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout.replace(/\n$/, "");
  }

  return {
    folder,
    environment,
    git,
    tryGit,
    async write(path, content, mode) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode });
      return file;
    },
    async add(...paths) {
      await git(["add", "--all", "--", ...paths]);
    },
    async commit(message = "change") {
      await git(["commit", "--quiet", "--allow-empty", "--message", message]);
      return await git(["rev-parse", "HEAD"]);
    },
  };
}

/** An environment in which git finds no configuration but the repository's, and no repository above the folder. */
export function gitEnvironment(folder: string): Environment {
  return {
    PATH: process.env["PATH"],
    NODE_V8_COVERAGE: process.env["NODE_V8_COVERAGE"],
    HOME: "/nowhere",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CEILING_DIRECTORIES: dirname(folder),
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: "true",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.com",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.com",
  };
}
