import type { Case } from "./measure.ts";

/** What is measured, and what it is held against. */
export interface Subject {
  readonly title: string;
  readonly cases: readonly Case[];
  readonly comparison?: Comparison | undefined;
  /** The case whose every load must make this many calls to the key service. */
  readonly calls?: { readonly of: Case; readonly expected: number } | undefined;
}

export interface Comparison {
  readonly ours: Case;
  readonly theirs: Case;
  /** `at most`: our time as a multiple of theirs; `at least`: theirs as a multiple of ours. */
  readonly target: "at most" | "at least";
  readonly limit: number;
}
