import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { describe, it } from "node:test";

import {
  describeSelf,
  formatOwner,
  isDead,
  type LockOwner,
  parseOwner,
} from "../../src/source/lock-owner.ts";

// As Linux tells about itself; what other systems do not tell is empty.
const TOLD = { machine: "m-1", boot: "b-1", pidNamespace: "pid:[1]", started: "100" };

describe("describeSelf", () => {
  it("tells this process, with another id each time", async () => {
    const [one, two] = [await describeSelf(), await describeSelf()];
    assert.equal(one.pid, process.pid);
    assert.notEqual(one.id, two.id);
    assert.deepEqual({ ...one, id: "" }, { ...two, id: "" });
    if (process.platform === "linux") assert.match(`${one.boot} ${one.started}`, /^[\w-]{43} \d+$/);
  });

  it("tells neither the machine's id nor that of its boot", async () => {
    const written = formatOwner(await describeSelf());
    for (const file of ["/etc/machine-id", "/proc/sys/kernel/random/boot_id"]) {
      // Only Linux has them.
      const id = (await readFile(file, "utf8").catch(() => "")).trim();
      assert.ok(id === "" || !written.includes(id), file);
    }
  });
});

describe("parseOwner", () => {
  it("reads what formatOwner wrote", async () => {
    const self = await describeSelf();
    assert.deepEqual(parseOwner(Buffer.from(formatOwner(self))), self);
  });

  it("takes nothing else for an owner", async () => {
    const self = await describeSelf();
    const others = [
      { ...self, id: "../../../../etc/x" },
      { ...self, id: undefined },
      { ...self, pid: 0 },
      { ...self, pid: -1 },
      { ...self, pid: 1.5 },
      { ...self, pid: "1" },
      { ...self, host: undefined },
      { ...self, machine: null },
      { ...self, boot: 1 },
      { ...self, pidNamespace: {} },
      { ...self, started: [] },
    ].map((owner) => JSON.stringify(owner));
    for (const text of [...others, "", "{", "null", "1", "[]", "{}", '"x"']) {
      assert.equal(parseOwner(Buffer.from(text)), undefined, text);
    }
    assert.equal(parseOwner(Buffer.from([0xff, 0xfe])), undefined);
  });
});

describe("isDead", () => {
  it("is so for a process that has ended, and not for one that runs", async () => {
    const self = await describeSelf();
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assert.equal(await isDead({ ...self, pid }, self), true);
    assert.equal(await isDead(self, self), false);
    assert.equal(await isDead({ ...self, pid: process.ppid, started: "" }, self), false);
  });

  it("is so where the number belongs to a process that started at another time", async () => {
    const self = await describeSelf();
    const reused = { ...self, started: "1" };
    // Where the system does not tell when a process started, it may be the owner.
    assert.equal(await isDead(reused, self), self.started !== "");
  });

  it("is so for a process that ended and that nobody has collected", { timeout: 10_000 }, async (t) => {
    const self = await describeSelf();
    // The shell becomes a program that does not wait for the shell's child.
    const commands = "(read end <&3) & echo $!; exec sleep 60";
    const shell = spawn("sh", ["-c", commands], { stdio: ["ignore", "pipe", "inherit", "pipe"] });
    t.after(() => shell.kill());
    const [line] = (await once(shell.stdio[1] as Readable, "data")) as [Buffer];
    const pid = Number(line.toString());
    const stat = self.started === "" ? "" : await readFile(`/proc/${pid}/stat`, "utf8");
    const ended = { ...self, pid, started: stat.split(" ")[21] ?? "" };
    assert.equal(await isDead(ended, self), false);
    (shell.stdio[3] as Writable).end();
    // Only Linux tells, and it has to end first.
    while (self.started !== "" && !(await isDead(ended, self)));
    assert.equal(process.kill(pid, 0), true);
  });

  for (const [what, mine, theirs, dead] of [
    ["this host", {}, {}, true],
    ["another host", {}, { host: "elsewhere" }, false],
    ["another machine of the same name", {}, { machine: "m-2" }, false],
    ["the same machine before it was started again", {}, { boot: "b-2" }, true],
    ["what may be another machine of that name", { machine: "" }, { machine: "", boot: "b-2" }, false],
    ["another container of the same name", {}, { pidNamespace: "pid:[2]" }, false],
  ] as const) {
    it(`is ${dead ? "" : "not "}so for a number that no process has here, on ${what}`, async () => {
      const { pid } = spawnSync(process.execPath, ["--version"]);
      const self: LockOwner = { ...(await describeSelf()), ...TOLD, ...mine };
      assert.equal(await isDead({ ...self, pid, ...theirs }, self), dead);
    });
  }
});
