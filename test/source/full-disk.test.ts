import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

import { temporaryFolder } from "../support/temporary-folder.ts";
import { WRITER } from "./start-writer.ts";
import type { WriterReport, WriterTask } from "./writer-child.ts";

/** How a shell comes to a folder that takes little: its commands for each step. */
interface SmallDisk {
  readonly shell: readonly string[];
  /** Leaves room in the folder `$1` for the old file and the short one, not for the long one. */
  readonly limit: string;
  readonly fill: string;
  readonly makeRoom: string;
  /** What the system says then. */
  readonly code: string;
}

const OLD = `old: ${"o".repeat(20_000)}`;
const LONG = `long: ${"l".repeat(100_000)}`;
const SHORT = "short: true";

// A disk of its own, which nobody else sees: as root, or as one in a namespace of users.
const MOUNTED: readonly SmallDisk[] = [
  ["unshare", "-m"],
  ["unshare", "-rm"],
].map((unshare) => ({
  shell: [...unshare, "sh"],
  limit: 'mount -t tmpfs -o size=64k sealconf-test "$1"',
  fill: "head -c 100000 /dev/zero > filler 2> /dev/null || true",
  makeRoom: "rm filler",
  code: "ENOSPC",
}));

// Shells count in 512 or 1024 bytes.
const LIMITED: SmallDisk = {
  shell: ["sh"],
  limit: "ulimit -S -f 64",
  fill: "ulimit -S -f 0",
  makeRoom: "ulimit -S -f 64",
  code: "EFBIG",
};

describe("a writer that runs out of space", () => {
  // Not every machine lets a test mount a disk.
  const mounted = MOUNTED.find(({ shell, limit }) => runShell(shell, limit, "/tmp").status === 0);

  for (const [what, disk] of [
    ["a disk fills up", mounted ?? LIMITED],
    ["its process may write no more", LIMITED],
  ] as const) {
    it(`leaves the file as it was, and nothing else, where ${what}`, async (t) => {
      const { limit, fill, makeRoom, code } = disk;
      const write = (text: string): string => `"$2" "$3" '${JSON.stringify(update(text))}'`;
      const look = "echo $(ls -A); cat app.yaml; echo";
      const commands = [
        limit,
        'cd "$1"',
        `printf %s '${OLD}' > app.yaml`,
        write(LONG),
        look,
        fill,
        write(SHORT),
        makeRoom,
        look,
        write(SHORT),
        look,
      ].join("\n");
      const { status, stdout, stderr } = runShell(disk.shell, commands, await temporaryFolder(t));
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      const [long, ...rest] = stdout.trimEnd().split("\n");
      const [longLeft, oldText, short, shortLeft, stillOldText, last, lastLeft, lastText] = rest;
      const message = `app.yaml: the file cannot be written (${code})`;
      for (const report of [long, short]) {
        assert.deepEqual(outcomeOf(report), { code: "ERR_WRITE_FAILED", message });
      }
      assert.deepEqual([longLeft, oldText], ["app.yaml", OLD]);
      assert.deepEqual([shortLeft, stillOldText], ["app.yaml", OLD]);
      assert.deepEqual([outcomeOf(last), lastLeft, lastText], [true, "app.yaml", SHORT]);
    });
  }
});

function update(text: string): WriterTask {
  return { path: "app.yaml", action: "update", text };
}

function outcomeOf(report = ""): unknown {
  return (JSON.parse(report) as WriterReport).outcome;
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runShell([program = "", ...args]: readonly string[], commands: string, folder: string): Ran {
  return spawnSync(program, [...args, "-e", "-s", folder, process.execPath, WRITER], {
    encoding: "utf8",
    input: commands,
    env: { PATH: process.env["PATH"] },
  });
}
