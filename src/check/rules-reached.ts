import { posix } from "node:path";

import type { Policy, Rule } from "../policy/index.ts";

/** Whatever a glob gives a meaning to. */
export const WILDCARD: RegExp = /[*?[\]{}()!+@|\\]/;

// Of what comes before the first wildcard, and after the last.
const START = /^[^*?[\]{}()!+@|\\]*/;
const END = /[^*?[\]{}()!+@|\\]*$/;

// No env is called so: the rule that covers it covers every env, and those after it are not reached.
const ANY_ENV = "_any-env_";

/**
 * Finds the rules that can hold for a name with `{env}` in it, whatever the env is. Where it cannot be told whether
 * a glob matches, its rule is among them.
 */
export function rulesReached({ rules }: Policy, name: string): Rule[] {
  const isLast = (rule: Rule): boolean => rule.covers(name.replaceAll("{env}", ANY_ENV));
  const end = rules.findIndex(isLast) + 1 || rules.length;
  return rules
    .slice(0, end)
    .filter(({ files }) => files.some((glob) => mayMeet(posix.normalize(glob), name)));
}

/** Tells whether nothing before the first wildcards, and nothing after the last, keeps two patterns apart. */
function mayMeet(a: string, b: string): boolean {
  const [startA = "", startB = ""] = [a, b].map((text) => START.exec(text)?.[0]);
  const [endA = "", endB = ""] = [a, b].map((text) => END.exec(text)?.[0]);
  return (
    (startA.startsWith(startB) || startB.startsWith(startA)) && (endA.endsWith(endB) || endB.endsWith(endA))
  );
}
