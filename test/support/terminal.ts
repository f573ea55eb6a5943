import { spawn } from "node:child_process";
import { once } from "node:events";
import { platform } from "node:os";

import type { Environment } from "../../src/index.ts";
import { childEnvironment, programFile } from "./cli.ts";

export interface Typed {
  /** Once the terminal shows this … */
  readonly after: string;
  /** … these keys are pressed. */
  readonly keys: string;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly typed?: readonly Typed[] | undefined;
  readonly environment?: Environment | undefined;
}

/**
 * Runs a shell's commands on a terminal of their own and returns all that it showed, keys that were echoed included.
 * `$SEALCONF` and `$ENCRYPT_VALUE` run the programs.
 */
export async function runOnTerminal(
  commands: string,
  { cwd, typed = [], environment }: TerminalOptions,
): Promise<string> {
  const args =
    platform() === "darwin" ? ["-q", "/dev/null", "sh", "-c", commands] : ["-qc", commands, "/dev/null"];
  const child = spawn("script", args, {
    cwd,
    env: {
      ...childEnvironment(environment),
      SHELL: "/bin/sh",
      SEALCONF: `${process.execPath} ${programFile("sealconf")}`,
      ENCRYPT_VALUE: `${process.execPath} ${programFile("encrypt-value")}`,
    },
  });
  let shown = "";
  let seen = 0;
  const waiting = [...typed];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const [next] = waiting;
    const at = next === undefined ? -1 : shown.indexOf(next.after, seen);
    if (next === undefined || at === -1) return;
    waiting.shift();
    seen = at + next.after.length;
    child.stdin.write(next.keys);
  });
  // Its standard input stays open: its end would be a ^D.
  await once(child, "close");
  return shown.replaceAll("\r\n", "\n");
}
