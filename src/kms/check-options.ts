import { UsageError } from "../errors/index.ts";

/** Refuses options that are not an object or have a name that nobody reads: a misspelt one would be lost silently. */
export function checkOptionNames(owner: string, options: object, known: ReadonlySet<string>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new UsageError("ERR_OPTION_INVALID", `the options of ${owner} must be an object`);
  }
  for (const name of Object.keys(options)) {
    if (known.has(name)) continue;
    throw new UsageError("ERR_OPTION_INVALID", `${owner} has no option ${JSON.stringify(name)}`, {
      hint: `it has ${[...known].join(", ")}`,
    });
  }
}

/** Returns the number, checked, or what stands for it when it is not given. */
export function wholeNumber(
  owner: string,
  name: string,
  value: number | undefined,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(
    "ERR_OPTION_INVALID",
    `the option ${name} of ${owner} must be a whole number from ${least} to ${most}`,
  );
}
