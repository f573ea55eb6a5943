import type { Sealer } from "../edit/sealer.ts";

import type { Io } from "./io.ts";

// A person waits for these, and a run may seal thousands of direct values.
const DEADLINE_MS = 120_000;

/** Runs work with a sealer: what it seals in one run shares its data keys. */
export async function withSealer<Result>(
  { env }: Io,
  work: (sealer: Sealer) => Promise<Result>,
): Promise<Result> {
  const [{ withServices }, { createSealer }] = await Promise.all([
    import("../config/values.ts"),
    import("../edit/sealer.ts"),
  ]);
  return await withServices({ environment: env, deadlineMs: DEADLINE_MS }, async (services) => {
    return await work(createSealer(services));
  });
}
