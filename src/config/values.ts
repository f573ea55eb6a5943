import type { JsonValue } from "../bytes/index.ts";
import { TokenError, UsageError } from "../errors/index.ts";
import type { KmsProvider } from "../kms/index.ts";
import { bindablePointer, parsePath } from "../path/path.ts";
import {
  makeSealingKey,
  parseKeyReferences,
  parseKeys,
  sealDirect,
  sealEnvelope,
  type ValueToSeal,
} from "../sealing/index.ts";
import { checkContextName, parseToken } from "../token/index.ts";

import { admitOne } from "./admit.ts";
import type { Origin, SealedValue } from "./layer.ts";
import { createOpener, type OpenServices } from "./opener.ts";
import { checkDeadline, checkProviders, type Environment, refuseUnknown } from "./options.ts";
import { createProviders } from "./providers.ts";
import { withDeadline } from "./supervise.ts";

interface ValueOptions {
  /** Key references: recipients when sealing, those allowed to open when opening. */
  readonly keys: readonly string[];
  /** The app and env that the value is bound to. */
  readonly context?: { readonly app?: string | undefined; readonly env?: string | undefined } | undefined;
  /** Providers used in place of the built-in ones of the same name. */
  readonly providers?: readonly KmsProvider[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call. @defaultValue `10_000` */
  readonly deadlineMs?: number | undefined;
  /** Where credentials and local keys are looked up. @defaultValue `process.env` */
  readonly environment?: Environment | undefined;
}

export interface SealOptions extends ValueOptions {
  /** Have the key service encrypt the value itself: one key, at most 4,064 bytes. @defaultValue `false` */
  readonly direct?: boolean | undefined;
}

export interface PlacedValue {
  /** A string, or with `as: "json"` any JSON value. */
  readonly value: JsonValue;
  /** Where it will stand: `db.password`, `servers[].token`, a pointer `/db/password`; `null` binds it to no path. */
  readonly path: string | null;
  /** @defaultValue `"text"` */
  readonly as?: "text" | "json" | undefined;
}

export interface OpenOptions extends ValueOptions {
  /** Where the token stands; `null` for one that is bound to no path. */
  readonly path: string | null;
  /** Allow a raw ciphertext, which nothing binds to its place. @defaultValue `false` */
  readonly raw?: boolean | undefined;
}

const SHARED = ["keys", "context", "providers", "signal", "deadlineMs", "environment"];
const SEAL_OPTIONS: ReadonlySet<string> = new Set([...SHARED, "direct"]);
const OPEN_OPTIONS: ReadonlySet<string> = new Set([...SHARED, "path", "raw"]);
const CONTEXT_NAMES: ReadonlySet<string> = new Set(["app", "env"]);
const VALUE_NAMES: ReadonlySet<string> = new Set(["value", "path", "as"]);
const DEFAULT_DEADLINE_MS = 10_000;

/** Seals one value. */
export async function sealValue(value: PlacedValue, options: SealOptions): Promise<string> {
  const [token] = await sealValues([value], options);
  if (token === undefined) throw new TypeError("one value gives one token");
  return token;
}

/** Seals several values under one data key. */
export async function sealValues(values: readonly PlacedValue[], options: SealOptions): Promise<string[]> {
  const { context = {}, direct = false } = checkValueOptions(options, SEAL_OPTIONS);
  const keys = parseKeys(options.keys);
  const toSeal = values.map(checkValue);
  const [key] = keys;
  if (direct && keys.length !== 1)
    throw invalid("a direct value is sealed to one key", "take one key, or leave direct out");
  return await withServices(options, async (services) => {
    if (direct && key !== undefined) {
      return await Promise.all(toSeal.map(async (value) => await sealDirect(key, context, value, services)));
    }
    if (toSeal.length === 0) return [];
    const sealingKey = await makeSealingKey(keys, context, services);
    return toSeal.map((value) => sealEnvelope(sealingKey, value));
  });
}

/** Opens one token. */
export async function openValue(text: string, options: OpenOptions): Promise<JsonValue> {
  const { context = {}, raw = false, path } = checkValueOptions(options, OPEN_OPTIONS);
  const allowed = [...new Set(options.keys)];
  parseKeyReferences(allowed);
  const token = parseToken(text);
  if (token.kind === "file")
    throw new TokenError("ERR_TOKEN_MALFORMED", "a reference to a sealed file is no value");
  const names = { app: context.app, env: context.env, path: pointerOf(path) };
  const origin: Origin = { layer: 0, file: "<value>", path: path === null ? [] : parsePath(path) };
  const place = { allowed, rawAllowed: raw, folder: undefined, aliased: false, origin };
  return await withServices(options, async (services) => {
    const value: SealedValue = { token, names, ...place };
    admitOne(value, services.hasProvider);
    const opened = (await createOpener(services).prepare(value))(value);
    if (opened.value instanceof Uint8Array) throw new TypeError("only a sealed file holds bytes");
    return opened.value;
  });
}

function checkValueOptions<Options extends ValueOptions>(
  options: Options,
  names: ReadonlySet<string>,
): Options {
  refuseUnknown("", options, names);
  if (!Array.isArray(options.keys))
    throw invalid("keys must be a list of key references", 'name one: keys: ["local/dev"]');
  refuseUnknown("context.", options.context ?? {}, CONTEXT_NAMES);
  checkContextName("context.app", options.context?.app);
  checkContextName("context.env", options.context?.env);
  if (options.deadlineMs !== undefined) checkDeadline(options.deadlineMs);
  checkProviders(options.providers ?? []);
  return options;
}

function checkValue(placed: PlacedValue): ValueToSeal {
  refuseUnknown("", placed, VALUE_NAMES);
  const { value, path, as = "text" } = placed;
  if (as !== "text" && as !== "json") throw invalid('as must be "text" or "json"');
  return { value, as, path: pointerOf(path) };
}

function pointerOf(path: string | null): string | undefined {
  if (path === null) return undefined;
  if (typeof path === "string") return bindablePointer(parsePath(path));
  throw invalid(
    "path must be a text, or null for no path",
    'say where the value stands: path: "db.password"',
  );
}

/** Runs work with the providers of one run, under its deadline. */
export async function withServices<Result>(
  {
    providers = [],
    environment = process.env,
    signal,
    deadlineMs = DEFAULT_DEADLINE_MS,
  }: Omit<ValueOptions, "keys" | "context">,
  work: (services: OpenServices) => Promise<Result>,
): Promise<Result> {
  const made = createProviders({ given: providers, environment });
  try {
    return await withDeadline({ signal, deadlineMs }, async (ending) => {
      return await work({
        providerOf: made.providerOf,
        hasProvider: made.has,
        maxBlobBytes: 0,
        signal: ending,
      });
    });
  } finally {
    await made.close();
  }
}

function invalid(what: string, hint?: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", what, { hint });
}
