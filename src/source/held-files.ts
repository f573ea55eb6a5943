import { closeSync, constants, openSync, readFileSync, rmSync } from "node:fs";

/** A file that lies beside another one for as long as this process works on that. */
export interface HeldFile {
  readonly path: string;
  /** Tells it by its bytes from what others lay under the same name; without, nobody else has the name. */
  readonly isOwn?: ((bytes: Uint8Array) => boolean) | undefined;
}

const held = new Set<HeldFile>();

/** Runs work that makes a file and takes it away again, so that it goes, too, where the process ends in between. */
export async function holding<Result>(file: HeldFile, work: () => Promise<Result>): Promise<Result> {
  held.add(file);
  try {
    return await work();
  } finally {
    held.delete(file);
  }
}

/** Removes the files that are held, for a process that ends at once: what it was writing is then never written. */
export function removeHeldFiles(): void {
  // Those last that came first: a thread may still be about to rename a temporary file, and until that is gone no other
  // writer may have the lock.
  for (const file of [...held].toReversed()) {
    try {
      if (isOwn(file)) rmSync(file.path, { force: true });
    } catch {
      // The next writer removes what is left, as after a kill.
    }
  }
}

function isOwn({ path, isOwn: test }: HeldFile): boolean {
  if (test === undefined) return true;
  // O_NONBLOCK: a pipe of that name must not keep the process alive.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return test(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
