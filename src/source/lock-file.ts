import { constants } from "node:fs";
import { open, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { quoted, SourceError, type Source, systemCode } from "../errors/index.ts";

import { type HeldFile, holding } from "./held-files.ts";
import { describeSelf, formatOwner, isDead, type LockOwner, parseOwner } from "./lock-owner.ts";
import { claimPath, isLeftover, lockPath } from "./names-beside.ts";
import { publish, withTemporaryPath } from "./replace-file.ts";
import { writing } from "./write-failure.ts";

export interface LockOptions {
  /** What messages name. */
  readonly source: Source;
  /** How long another writer of the file is waited for. @defaultValue 30 s */
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LOCK_TIMEOUT_MS = 30_000;
const FIRST_DELAY_MS = 4;
const LONGEST_DELAY_MS = 50;
const MAX_LOCK_BYTES = 4096;
// Each is another process killed while it took over from the one before. Only forged locks go on for ever.
const MAX_CLAIMS = 8;
// With these it may be another writer's lock all the same: another user's, or one that Windows is about to remove. With
// EISDIR and EAGAIN it is a folder or a pipe, and in the way as long as that.
const HELD_BY_OTHERS: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "EAGAIN",
  "EBUSY",
  "EISDIR",
  "EPERM",
]);

/** A file to lock, and who wants to. */
interface Contender {
  readonly file: string;
  readonly self: LockOwner;
}

/**
 * Runs work while no other writer of the file runs any.
 *
 * No signal is handled: a library that does so must also decide how its program ends. A program that does may call
 * `removeHeldFiles`; the lock of a process that ended otherwise is taken over, so none is lost.
 *
 * @throws SourceError `ERR_WRITE_FAILED` when the lock cannot be had; the signal's reason; what the work throws
 */
export async function withFileLock<Result>(
  file: string,
  { source, lockTimeoutMs = LOCK_TIMEOUT_MS, signal }: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = lockPath(file);
  const contender = { file, self: await describeSelf() };
  const deadline = performance.now() + lockTimeoutMs;
  let longestMs = FIRST_DELAY_MS;
  return await holding(lockOf(lock, contender.self), async () => {
    signal?.throwIfAborted();
    while (!(await writing(source, () => tryToLock(lock, contender)))) {
      if (performance.now() >= deadline)
        throw await writing(source, () => stillLocked(lock, lockTimeoutMs, source));
      // Those who wait must not go on meeting at the same moment.
      await delay(longestMs * (0.5 + Math.random() / 2));
      longestMs = Math.min(longestMs * 1.5, LONGEST_DELAY_MS);
      signal?.throwIfAborted();
    }
    try {
      await removeLeftovers(file);
      return await work();
    } finally {
      await writing(source, () => release(lock, contender.self));
    }
  });
}

/** A lock, or a claim: as long as another has it, it is not one's own. */
function lockOf(path: string, { id }: LockOwner): HeldFile {
  return { path, isOwn: (bytes) => parseOwner(bytes)?.id === id };
}

/** Takes a lock, or a claim, that is free or whose owner is dead. */
async function tryToLock(lock: string, contender: Contender, claims = 0): Promise<boolean> {
  const owner = await readOwner(lock);
  if (owner === "none") return await create(lock, contender);
  if (owner === "unknown") return false;
  // A network file system may have linked it and lost the answer.
  if (owner.id === contender.self.id) return true;
  return await takeOver(lock, owner, contender, claims);
}

async function create(lock: string, { file, self }: Contender): Promise<boolean> {
  // Whole before it has its name: a kill must not leave a lock that doesn't tell whose it is.
  return await withTemporaryPath(file, async (candidate) => {
    await writeFile(candidate, formatOwner(self), { flag: "wx", mode: 0o644 });
    return await publish(candidate, lock).catch((error: unknown) => {
      // Whoever has the lock by now took the candidate for a leftover.
      if (systemCode(error) === "ENOENT") return false;
      throw error;
    });
  });
}

/**
 * Takes over the lock of a dead owner.
 *
 * Of two who find it dead, the slower must not remove what the faster has put in its place. So it is removed under a
 * claim, a lock named after that one owner: whoever holds the claim and still finds the owner in the lock is alone in
 * removing it. A claim whose own owner died is taken over in the same way.
 */
async function takeOver(
  lock: string,
  dead: LockOwner,
  contender: Contender,
  claims: number,
): Promise<boolean> {
  const { file, self } = contender;
  if (claims >= MAX_CLAIMS || !(await isDead(dead, self))) return false;
  const claim = claimPath(file, dead.id);
  const removed = await holding(lockOf(claim, self), async () => {
    if (!(await tryToLock(claim, contender, claims + 1))) return false;
    try {
      await release(lock, dead);
    } finally {
      await release(claim, self);
    }
    return true;
  });
  return removed && (await create(lock, contender));
}

/** Only if it is still this owner's: somebody may have removed it by hand, and another taken it since. */
async function release(lock: string, { id }: LockOwner): Promise<void> {
  const owner = await readOwner(lock);
  if (typeof owner === "object" && owner.id === id) await rm(lock, { force: true });
}

/** Removes what writers who were killed have left. Claims too: with the lock in other hands they are about nothing. */
async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file);
  try {
    const names = await readdir(folder);
    const leftovers = names.filter((name) => isLeftover(name, file));
    await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })));
  } catch (error) {
    // They harm nobody: a folder that may not be listed is still written to.
    if (systemCode(error) === undefined) throw error;
  }
}

async function readOwner(lock: string): Promise<LockOwner | "none" | "unknown"> {
  try {
    // O_NONBLOCK: a pipe of that name must not hang whoever waits.
    const handle = await open(lock, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(MAX_LOCK_BYTES));
      return parseOwner(buffer.subarray(0, bytesRead)) ?? "unknown";
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return "none";
    if (HELD_BY_OTHERS.has(code)) return "unknown";
    throw error;
  }
}

async function stillLocked(lock: string, timeoutMs: number, source: Source): Promise<SourceError> {
  const owner = await readOwner(lock);
  const who = typeof owner === "string" ? "another writer" : `process ${owner.pid} on ${quoted(owner.host)}`;
  return new SourceError(
    "ERR_WRITE_FAILED",
    `the file is still locked after ${timeoutMs / 1000} s, by ${who}`,
    {
      source,
      hint: `run it again; if that process no longer runs, remove the lock first: ${lock}`,
    },
  );
}
