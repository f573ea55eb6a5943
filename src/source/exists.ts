import { access } from "node:fs/promises";

/** Tells whether something can be reached at a path; what cannot be reached is as good as not there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason: whoever opens it is told.
    return false;
  }
}
