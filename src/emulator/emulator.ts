import { createCallLog } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { createFaultQueue } from "./faults.ts";
import type { Fault, FaultOptions } from "./faults.ts";
import { pause, sendAnswer } from "./http-answer.ts";
import { startHttpServer } from "./http-server.ts";
import { readOptions } from "./options.ts";
import type { EmulatorOptions } from "./options.ts";
import { openStateFile } from "./state-file.ts";
import { createRateLimit } from "./rate-limit.ts";
import { openTencentAccount } from "./tencent/account.ts";
import type { TencentAccount } from "./tencent/account.ts";
import type { EmulatorCredential } from "./tencent/credentials.ts";
import { answerTencentCall, readHeader } from "./tencent/service.ts";

/** What a client of Tencent Cloud KMS needs to know of the emulator. */
export interface TencentAccess {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** The first of `regions`. */
  readonly region: string;
  readonly regions: readonly string[];
  /** Of the first credential. */
  readonly secretId: string;
  readonly secretKey: string;
  /** The keys of `region` that were enabled at the start, oldest first. */
  readonly keyIds: readonly string[];
  /** The same for every region. */
  readonly keyIdsByRegion: Readonly<Record<string, readonly string[]>>;
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  readonly tencent: TencentAccess;
  /** What reached it so far. */
  readonly calls: Calls;
  /** Lets the next call, or those that `options` say, go wrong; only `throttle` and `error` stop the operation. */
  inject(fault: Fault, options?: FaultOptions): void;
  /** Takes back all faults that no call has met yet. */
  clearFaults(): void;
  /** Lets somebody else in, for as long as the emulator runs. */
  addCredential(credential: EmulatorCredential): void;
  /** Stops listening and ends every connection, unanswered calls too. */
  close(): Promise<void>;
}

/**
 * Starts a server on the loopback interface that speaks Tencent Cloud KMS's wire: for tests and offline work, never for
 * secrets that matter.
 *
 * @param options - All may be left out.
 * @returns The running emulator, its address and a credential that may use it.
 * @throws TypeError for an option it does not know or cannot use.
 * @throws EmulatorError `ERR_EMULATOR_STATE` for a state file that is damaged or out of reach,
 *   `ERR_EMULATOR_LISTEN` for a port that cannot be had.
 *
 * @example
 * ```ts
 * import { startEmulator } from "sealconf/emulator";
 *
 * const emulator = await startEmulator();
 * const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
 * // … use them in place of the service's …
 * await emulator.close();
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = readOptions(options);
  const file = settings.stateFile === undefined ? undefined : openStateFile(settings.stateFile);
  const account = openTencentAccount(settings, file);
  const rateLimit = createRateLimit(settings.requestsPerSecond, settings.clock);
  const log = createCallLog();
  const faults = createFaultQueue();
  const stop = new AbortController();
  const server = await startHttpServer(
    async (request, response) => {
      const action = readHeader(request, "x-tc-action") ?? "";
      const notes = log.begin(action, readHeader(request, "x-tc-region"));
      const fault = faults.take(action);
      notes.fault = fault?.kind;
      if (fault?.kind === "delay" && !(await pause(fault.ms, stop.signal))) return;
      const answer = answerTencentCall({ request, notes, fault }, { ...settings, ...account, rateLimit });
      await sendAnswer(response, answer, { fault, signal: stop.signal });
    },
    { host: settings.host, port: settings.port, stop },
  );
  const { regions } = settings;
  const keyIdsByRegion = Object.fromEntries(regions.map((region) => [region, enabledKeys(account, region)]));
  const [region = ""] = regions;
  const { secretId, secretKey } = account.credentials.first;
  const keyIds = keyIdsByRegion[region] ?? [];
  return {
    tencent: {
      endpoint: server.endpoint,
      region,
      regions,
      secretId,
      secretKey,
      keyIds,
      keyIdsByRegion,
    },
    calls: log.calls,
    inject: (fault, faultOptions) => faults.inject(fault, faultOptions),
    clearFaults: () => faults.clear(),
    addCredential: (credential) => account.credentials.add(credential),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** The one line of JSON that tells a program started beside the emulator how to use it. */
export function emulatorLine(emulator: Emulator): string {
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  return JSON.stringify({ tencent: { endpoint, region, secretId, secretKey, keyIds } });
}

function enabledKeys({ keys }: TencentAccount, region: string): readonly string[] {
  return keys.list(region).flatMap(({ keyId, state }) => (state === "Enabled" ? [keyId] : []));
}
