import type { RotationPlan, RotationStep } from "./plan-rotation.ts";

/** What became of one sealed value or sealed file; `unchanged`: its key service had nothing to renew. */
export type RotationResult = RotationStep["way"] | "unchanged";

/** What was done with a file, or is to be done. */
export interface RotationSummary {
  readonly counts: Readonly<Record<RotationResult, number>>;
  /** How many data keys the file needs, where that was few enough to leave it alone. */
  readonly fewDataKeys?: number | undefined;
}

/** Counts what a plan led to, or what it leads to if nothing goes wrong. */
export function summarize(
  { steps, fewDataKeys }: RotationPlan,
  results: readonly RotationResult[] = steps.map(({ way }) => way),
): RotationSummary {
  const counts = { "re-encrypt": 0, "seal-again": 0, "seal-file": 0, leave: 0, unchanged: 0 };
  for (const result of results) counts[result] += 1;
  return { counts, fewDataKeys };
}
