/** Requests per second: one number for each action, or a number by action name. */
export type RequestsPerSecond = number | Readonly<Record<string, number>>;

export interface RateLimit {
  /** Counts a call; false if it is over the limit of its second. */
  admit(action: string, region: string): boolean;
}

export function createRateLimit(limits: RequestsPerSecond | undefined, clock: () => number): RateLimit {
  const counts = new Map<string, number>();
  let second = 0;
  return {
    admit(action, region) {
      const limit = limitOf(limits, action);
      if (limit === undefined) return true;
      const now = Math.floor(clock() / 1000);
      if (now !== second) counts.clear();
      second = now;
      const name = `${region} ${action}`;
      const count = (counts.get(name) ?? 0) + 1;
      if (count > limit) return false;
      counts.set(name, count);
      return true;
    },
  };
}

function limitOf(limits: RequestsPerSecond | undefined, action: string): number | undefined {
  if (limits === undefined || typeof limits === "number") return limits;
  return Object.hasOwn(limits, action) ? limits[action] : undefined;
}
