import type { RequestsPerSecond } from "./rate-limit.ts";
import type { EmulatorCredential } from "./tencent/credentials.ts";

export interface EmulatorOptions {
  /**
   * The port to listen on.
   *
   * @defaultValue `0`, any free port
   */
  readonly port?: number | undefined;
  /**
   * The loopback address to listen on; nothing else is accepted.
   *
   * @defaultValue `"127.0.0.1"`
   */
  readonly host?: "127.0.0.1" | "::1" | undefined;
  /**
   * The regions served, each with keys of its own.
   *
   * @defaultValue `["ap-guangzhou"]`
   */
  readonly regions?: readonly string[] | undefined;
  /**
   * How many keys a region starts with if it has none yet.
   *
   * @defaultValue `1`
   */
  readonly keysPerRegion?: number | undefined;
  /**
   * The file that keeps keys, and a generated credential, from one run to the next; made (mode 0600) if it is missing.
   * Without it everything is gone when the emulator closes.
   */
  readonly stateFile?: string | undefined;
  /**
   * Who may call, and what. They are not written to the state file.
   *
   * @defaultValue the state file's, or one newly made that may do everything
   */
  readonly credentials?: readonly EmulatorCredential[] | undefined;
  /**
   * The requests a second that each action takes in each region: one number for all, or a number by action; above it
   * the answer is `RequestLimitExceeded`.
   *
   * @defaultValue no limit
   */
  readonly requestsPerSecond?: RequestsPerSecond | undefined;
  /**
   * The time in milliseconds since 1970, for clock skew, limits and deletion dates.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: (() => number) | undefined;
  /**
   * The error code for a ciphertext under another EncryptionContext. The service's own is not documented.
   *
   * @defaultValue `"InvalidParameterValue.InvalidCiphertext"`
   */
  readonly contextMismatchCode?: string | undefined;
}

/** The options, checked, each with a value. */
export interface EmulatorSettings {
  readonly port: number;
  readonly host: string;
  readonly regions: readonly string[];
  readonly keysPerRegion: number;
  readonly stateFile: string | undefined;
  readonly credentials: readonly EmulatorCredential[] | undefined;
  readonly requestsPerSecond: RequestsPerSecond | undefined;
  readonly clock: () => number;
  readonly contextMismatchCode: string;
}

type Names = Readonly<Record<keyof EmulatorOptions, true>>;

const NAMES: Names = {
  port: true,
  host: true,
  regions: true,
  keysPerRegion: true,
  stateFile: true,
  credentials: true,
  requestsPerSecond: true,
  clock: true,
  contextMismatchCode: true,
};
const REGION = /^[a-z]{2,}(?:-[a-z0-9]+)+$/;
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/** @throws TypeError for an option that is unknown or has a value it cannot have. */
export function readOptions(options: EmulatorOptions): EmulatorSettings {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown !== undefined) throw new TypeError(`${unknown} is not an option of startEmulator`);
  const settings: EmulatorSettings = {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    regions: options.regions ?? ["ap-guangzhou"],
    keysPerRegion: options.keysPerRegion ?? 1,
    stateFile: options.stateFile,
    credentials: options.credentials,
    requestsPerSecond: options.requestsPerSecond,
    clock: options.clock ?? Date.now,
    contextMismatchCode: options.contextMismatchCode ?? "InvalidParameterValue.InvalidCiphertext",
  };
  checkSettings(settings);
  return settings;
}

function checkSettings(settings: EmulatorSettings): void {
  const { port, host, regions, keysPerRegion, credentials, requestsPerSecond } = settings;
  if (!isInteger(port, 0, 65_535)) throw new TypeError("port must be an integer from 0 to 65535");
  if (!LOOPBACK.includes(host))
    throw new TypeError("host must be 127.0.0.1 or ::1: the emulator serves this machine alone");
  if (regions.length === 0 || !regions.every((region) => REGION.test(region))) {
    throw new TypeError("regions must be names of regions, such as ap-guangzhou");
  }
  if (new Set(regions).size !== regions.length) throw new TypeError("regions has a name twice");
  if (!isInteger(keysPerRegion, 0, 200))
    throw new TypeError("keysPerRegion must be an integer from 0 to 200");
  if (credentials?.length === 0) throw new TypeError("credentials is empty: leave it out to have one made");
  const limits =
    typeof requestsPerSecond === "object" ? Object.values(requestsPerSecond) : [requestsPerSecond ?? 1];
  if (!limits.every((limit) => isInteger(limit, 1, Number.MAX_SAFE_INTEGER))) {
    throw new TypeError("requestsPerSecond must be an integer of at least 1, or such a number by action");
  }
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
