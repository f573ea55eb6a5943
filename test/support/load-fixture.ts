import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";

import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";
import { formatSource } from "../../src/errors/index.ts";
import {
  type Environment,
  type JsonValue,
  loadConfig,
  LoadError,
  type LoadOptions,
  type ProblemError,
  type SealOptions,
  sealValues,
} from "../../src/index.ts";

/** The local key `local/dev`, as text. */
export const LOCAL_KEY_TEXT: string = `sealconf-local-key-v1:${Buffer.alloc(32, 7).toString("base64url")}`;
export const LOCAL_KEY = "local/dev";
/** An environment that holds the local key, and nothing of the machine's. */
export const ENVIRONMENT: Environment = {
  SEALCONF_KEYS_DIR: "/nowhere",
  SEALCONF_LOCAL_KEY_DEV: LOCAL_KEY_TEXT,
};
export const CONTEXT: { readonly app: string; readonly env: string } = {
  app: "billing-api",
  env: "production",
};
/** A folder in which no policy lies. */
export const NO_POLICY: string = fileURLToPath(new URL(".", import.meta.url));

/** A policy that says of every file, and of the environment, what the other constants here say. */
export const POLICY_TEXT: string = `app: ${CONTEXT.app}
rules:
  - files: ["**", "$env"]
    env: ${CONTEXT.env}
    keys: [${LOCAL_KEY}]
`;

/** Makes a folder with these files, which goes with the test. */
export function makeFolder(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sealconf-load-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Seals values, each for its path, in one run; what is no string is sealed as JSON. Returns the tokens by path. */
export async function sealAll<const Path extends string>(
  values: Readonly<Record<Path, JsonValue>>,
  options: Partial<SealOptions> = {},
): Promise<Record<Path, string>> {
  const entries = Object.entries<JsonValue>(values);
  const placed = entries.map(([path, value]) => {
    return { path, value, as: typeof value === "string" ? "text" : "json" } as const;
  });
  const tokens = await sealValues(placed, {
    keys: [LOCAL_KEY],
    context: CONTEXT,
    environment: ENVIRONMENT,
    ...options,
  });
  return Object.fromEntries(entries.map(([path], index) => [path, tokens[index]])) as Record<Path, string>;
}

/** Seals one value, for its path or for none. */
export async function sealOne(
  path: string | null,
  value: JsonValue,
  options: Partial<SealOptions> = {},
): Promise<string> {
  const as = typeof value === "string" ? "text" : "json";
  const settings = { keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT, ...options };
  const [token] = await sealValues([{ path, value, as }], settings);
  return token ?? assert.fail("one value gives one token");
}

/** Changes the first character of a token's payload, or of a direct token's ciphertext. */
export function tamper(token: string): string {
  const at = Math.max(token.lastIndexOf(":"), token.lastIndexOf("=", token.length - 3)) + 1;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}

/** Loads texts by their names, without a policy, with the local key and nothing of the machine's. */
export async function loadTexts(
  texts: Readonly<Record<string, string>>,
  options: Partial<LoadOptions> = {},
): Promise<Record<string, unknown>> {
  return await loadConfig({
    files: Object.entries(texts).map(([as, text]) => ({ as, text })),
    root: NO_POLICY,
    keys: [LOCAL_KEY],
    context: CONTEXT,
    environment: ENVIRONMENT,
    ...options,
  });
}

/** Awaits a load that must fail, and returns its problems. */
export async function problemsOf(load: Promise<unknown>): Promise<readonly ProblemError[]> {
  const error = await rejectionOf(load);
  assert.ok(error instanceof LoadError, `${inspect(error)} is no LoadError`);
  assert.equal(error.code, "ERR_LOAD_FAILED");
  return error.errors;
}

/** Awaits a load that must fail, and returns each problem as `ERR_CODE file:line:column (path)`. */
export async function placesOf(load: Promise<unknown>): Promise<string[]> {
  return (await problemsOf(load)).map(({ code, source }) => {
    return source === undefined ? code : `${code} ${formatSource(source)}`;
  });
}

export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  return settled === undefined ? assert.fail("it did not reject") : settled.error;
}

export interface TestKms {
  readonly emulator: Emulator;
  /** A reference of its first key. */
  readonly key: string;
  readonly keys: readonly string[];
  /** Tells the emulator's address and who may ask it, and holds the local key. */
  readonly environment: Environment;
}

/** Starts a key service that goes with the test. */
export async function startKms(t: Pick<TestContext, "after">, options?: EmulatorOptions): Promise<TestKms> {
  const emulator = await startEmulator(options);
  t.after(() => emulator.close());
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  const keys = keyIds.map((id) => `tencent/${region}/${id}`);
  const [key = assert.fail("the emulator has a key")] = keys;
  const environment = {
    ...ENVIRONMENT,
    SEALCONF_TENCENT_ENDPOINT: endpoint,
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
  };
  return { emulator, key, keys, environment };
}
