import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

import { fromUtf8, sha256, toBase64url } from "../bytes/index.ts";
import { systemCode } from "../errors/index.ts";

import { isId, randomId } from "./names-beside.ts";

/**
 * The process that holds a lock: what another process must know to tell whether it still runs. What a system does not
 * tell is empty; outside Linux that is all but the host and the process number.
 */
export interface LockOwner {
  /** Another one each time that a lock is taken. */
  readonly id: string;
  readonly host: string;
  /** A digest of the machine's id. */
  readonly machine: string;
  /** A digest of the id of its boot. */
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** In clock ticks since the boot: a number that was given out again belongs to a process that started later. */
  readonly started: string;
}

export async function describeSelf(): Promise<LockOwner> {
  const [machine, boot, pidNamespace, status] = await Promise.all([
    textOf("/etc/machine-id"),
    textOf("/proc/sys/kernel/random/boot_id"),
    targetOf("/proc/self/ns/pid"),
    readStatus(process.pid),
  ]);
  const { pid } = process;
  return {
    id: randomId(),
    host: hostname(),
    machine: digest(machine),
    boot: digest(boot),
    pidNamespace,
    pid,
    started: status?.started ?? "",
  };
}

/**
 * A lock may be committed by mistake, and the machine's id is not for others to know. Source: `machine-id(5)`, hashed for
 * one application alone.
 */
function digest(id: string): string {
  return id === "" ? "" : toBase64url(sha256(`sealconf lock owner ${id}`));
}

export function formatOwner(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

/** Parses what a lock file holds; `undefined` when no owner wrote that. */
export function parseOwner(bytes: Uint8Array): LockOwner | undefined {
  const owner = parseObject(fromUtf8(bytes) ?? "");
  const { id, host, machine, boot, pidNamespace, pid, started } = owner;
  // The id becomes part of a name, and kill(2) takes 0 and less for groups of processes.
  if (typeof id !== "string" || !isId(id) || !Number.isSafeInteger(pid) || Number(pid) <= 0) return undefined;
  const texts = [host, machine, boot, pidNamespace, started];
  return texts.every((text) => typeof text === "string") ? (owner as unknown as LockOwner) : undefined;
}

/** Whether a lock's owner certainly runs no more: where that cannot be told it counts as running. */
export async function isDead(owner: LockOwner, self: LockOwner): Promise<boolean> {
  // Process numbers mean something on one machine alone, and a copied machine often keeps the id of the first.
  if (owner.host !== self.host || owner.machine !== self.machine) return false;
  // No process outlives its boot; without a machine's id this may be another machine of that name.
  if (owner.boot !== self.boot) return self.machine !== "";
  // Containers on one machine count their processes each for itself.
  if (owner.pidNamespace !== self.pidNamespace) return false;
  if (!isRunning(owner.pid)) return true;
  const status = await readStatus(owner.pid);
  if (status === undefined || owner.started === "") return false;
  return status.ended || status.started !== owner.started;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return systemCode(error) !== "ESRCH";
  }
}

interface ProcessStatus {
  readonly ended: boolean;
  readonly started: string;
}

/** Reads proc(5)'s `stat` of a process. */
async function readStatus(pid: number): Promise<ProcessStatus | undefined> {
  // A process may stand in front of a /proc that numbers processes otherwise than its own kernel calls do.
  if ((await targetOf("/proc/self")) !== String(process.pid)) return undefined;
  const stat = await textOf(`/proc/${pid}/stat`);
  // The program's name stands in brackets and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, threads, started] = [fields[0], fields[17], fields[19]];
  if (started === undefined) return undefined;
  // In a container without an init nobody collects a process that ended. While other threads of it are left, one of
  // them may still be writing.
  return { ended: state === "Z" && threads === "1", started };
}

async function textOf(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    // What the system does not tell is not compared.
    return "";
  }
}

async function targetOf(link: string): Promise<string> {
  try {
    return await readlink(link);
  } catch {
    return "";
  }
}

function parseObject(text: string): Readonly<Record<keyof LockOwner, unknown>> {
  const none = {} as Readonly<Record<keyof LockOwner, unknown>>;
  try {
    return (JSON.parse(text) as typeof none | null) ?? none;
  } catch {
    return none;
  }
}
