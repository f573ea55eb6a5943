import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";

import { z } from "zod";

import type { Fault } from "../../src/emulator/index.ts";
import {
  type ErrorCode,
  loadConfig,
  LoadError,
  type LoadOptions,
  SealconfError,
  sealValues,
  type StandardSchema,
} from "../../src/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  makeFolder,
  NO_POLICY,
  rejectionOf,
  sealAll,
  startKms,
  tamper,
  type TestKms,
} from "../support/load-fixture.ts";
import { showWhole } from "../support/provider-contract.ts";
import { loadInChild } from "../support/run-load-child.ts";

/** Stands in plaintext values, in keys and credentials, in sealed values: in no error may it turn up. */
const CANARY = "canary7f3a";
const PLAIN = `${CANARY}-plain`;
const SEALED = `${CANARY}-sealed`;
const LOCAL_KEY_BYTES = Buffer.from(`${CANARY}-local-key`.padEnd(32, "."));
const LOCAL_KEY_TEXT = `sealconf-local-key-v1:${LOCAL_KEY_BYTES.toString("base64url")}`;
const CREDENTIAL = { secretId: `AKID${CANARY}`, secretKey: `${CANARY}secretkey` };
const LOCAL = { ...ENVIRONMENT, SEALCONF_LOCAL_KEY_DEV: LOCAL_KEY_TEXT };
const STRANGE = "tencent/ap-guangzhou/00000000-0000-4000-8000-000000000000";

/** Codes of what cannot happen in a load: they are of writing, and of the command line. */
type LoadProblemCode = Exclude<
  ErrorCode,
  "ERR_LOAD_FAILED" | "ERR_FILE_CHANGED" | "ERR_WRITE_FAILED" | "ERR_COMMAND_UNKNOWN"
>;

/** What a failing load is made with. */
interface Kit {
  readonly t: TestContext;
  readonly kms: TestKms;
  /** YAML that opens, under a local and a cloud key, with canaries in plain and sealed values. */
  readonly good: string;
  /** A value of `good` by its name. */
  readonly tokens: Readonly<Record<"local" | "cloud" | "direct", string>>;
}

interface Failure {
  readonly title: string;
  /** Added below the good YAML of the one file that there is. */
  readonly yaml?: string | ((kit: Kit) => string);
  readonly fault?: Fault;
  readonly options?: (kit: Kit) => Partial<LoadOptions>;
}

const FOREVER = { times: Number.POSITIVE_INFINITY };
const policyWith = (lines: string): Partial<LoadOptions> => ({
  policy: { text: `app: ${CONTEXT.app}\n${lines}` },
});
const text = (as: string, content: string): Partial<LoadOptions> => ({ files: [{ as, text: content }] });
const schemaOf = (validate: StandardSchema["~standard"]["validate"]): Partial<LoadOptions> => {
  return { schema: { "~standard": { version: 1, vendor: "test", validate } } as never };
};
const throwing = (): never => {
  throw Object.assign(new Error(`${PLAIN} and ${SEALED}`), { input: SEALED });
};

const FAILURES: Readonly<Record<LoadProblemCode, readonly Failure[]>> = {
  ERR_OPTION_INVALID: [
    { title: "sealed overrides", options: ({ tokens }) => ({ overrides: { x: tokens.local } }) },
    {
      title: "a format that is none",
      options: () => ({ files: [{ as: "a", format: "toml", text: PLAIN }] }),
    },
  ],
  ERR_FILE_UNREADABLE: [
    { title: "a missing file", options: () => ({ files: ["missing.yaml"] }) },
    {
      title: "a reference to a missing sealed file",
      options: ({ t, good }) => ({
        files: ["a.yaml"],
        root: makeFolder(t, { "a.yaml": `${good}cert: sealed:v1:file:missing.sealed` }),
      }),
    },
  ],
  ERR_FORMAT_UNKNOWN: [{ title: "an unknown format", options: () => text("a.toml", `x = "${PLAIN}"`) }],
  ERR_FORMAT_SYNTAX: [
    { title: "a quote that is not closed", yaml: `x: "${PLAIN}` },
    { title: "an unknown alias", yaml: `x: *${CANARY}` },
    { title: "an unknown tag", yaml: `x: !${CANARY} ${PLAIN}` },
    { title: "an unknown escape", yaml: `x: "${PLAIN}\\q"` },
    { title: "a key twice", yaml: `x: ${PLAIN}\nx: ${PLAIN}` },
    { title: "bad indentation", yaml: `x:\n    ${CANARY}: 1\n  y: ${PLAIN}` },
    { title: "a text where a map must be", options: () => text("a.yaml", PLAIN) },
    { title: "JSON without quotes", options: () => text("a.json", `{ "x": ${PLAIN} }`) },
    { title: "JSON that is cut off", options: () => text("a.json", `{ "x": "${PLAIN}`) },
    { title: "a line that is no variable", options: () => text(".env", `A=${PLAIN}\n${PLAIN}`) },
    { title: "a variable whose quote is not closed", options: () => text(".env", `A="${PLAIN}`) },
    {
      title: "a member under a sealed value",
      options: ({ good }) => ({
        files: [
          { as: "a.yaml", text: good },
          { as: "b.yaml", text: `local: { x: ${PLAIN} }` },
        ],
      }),
    },
    {
      title: "a variable that could mean two keys",
      yaml: `userName: ${PLAIN}\nuser_name: ${PLAIN}`,
      options: ({ kms }) => ({
        variables: { prefix: "APP_" },
        environment: { ...kms.environment, ...LOCAL, APP_USERNAME: PLAIN },
      }),
    },
  ],
  ERR_LIMIT_EXCEEDED: [
    { title: "a file that is too large", options: () => ({ limits: { maxFileBytes: 100 } }) },
    { title: "too many values", options: () => ({ limits: { maxNodes: 3 } }) },
    { title: "too deep a file", yaml: `x: [[[${PLAIN}]]]`, options: () => ({ limits: { maxDepth: 2 } }) },
  ],
  ERR_POLICY_INVALID: [
    { title: "a policy of the wrong shape", options: () => policyWith(`keys: [${PLAIN}]\nload: ${PLAIN}`) },
    { title: "a rule without files", options: () => policyWith(`rules: [{ env: "${PLAIN} " }]`) },
  ],
  ERR_NO_RULE: [{ title: "no keys", options: () => ({ keys: [] }) }],
  ERR_TOKEN_MALFORMED: [
    { title: "what only looks sealed", yaml: `x: sealed:v1:${PLAIN}` },
    { title: "a text with a token in it", yaml: ({ tokens }) => `x: "${PLAIN} ${tokens.local}"` },
    { title: "a token that is cut off", yaml: ({ tokens }) => `x: ${tokens.local.slice(0, 60)}` },
    { title: "a token as a key", yaml: ({ tokens }) => `? ${tokens.local}\n: ${PLAIN}` },
    { title: "a strange wrapped key", yaml: `x: sealed:v1:direct:AAAAAAAA:local/dev=${CANARY}!` },
    { title: "a strange file name", yaml: `x: sealed:v1:file:../${CANARY}` },
    {
      title: "a sealed file that is none",
      options: ({ t, good }) => ({
        files: ["a.yaml"],
        root: makeFolder(t, { "a.yaml": `${good}cert: sealed:v1:file:x.sealed`, "x.sealed": `${PLAIN}\n\n` }),
      }),
    },
  ],
  ERR_TOKEN_VERSION: [{ title: "another version", yaml: `x: sealed:v2:${PLAIN}` }],
  ERR_PROVIDER_UNKNOWN: [
    { title: "an unknown provider", yaml: `x: sealed:v1:direct:AAAAAAAA:${CANARY}/x=AAAA` },
  ],
  ERR_KEY_NOT_ALLOWED: [
    {
      title: "a strange key",
      yaml: `x: sealed:v1:raw:${STRANGE}=${CANARY}`,
      options: () => ({ raw: ["x"] }),
    },
  ],
  ERR_PLACE_MISMATCH: [
    { title: "a moved token", yaml: ({ tokens }) => `x: ${tokens.local}\ny: ${tokens.direct}` },
  ],
  ERR_RAW_REFUSED: [{ title: "a raw token", yaml: ({ kms }) => `x: sealed:v1:raw:${kms.key}=${CANARY}` }],
  ERR_PLAINTEXT_SECRET: [
    {
      title: "plaintext at a secret path",
      yaml: `password: ${PLAIN}`,
      options: () => policyWith(`rules: [{ files: ["*"], env: ${CONTEXT.env}, secrets: [password] }]`),
    },
  ],
  ERR_OPEN_FAILED: [
    {
      title: "changed tokens",
      options: ({ tokens }) =>
        text("a.yaml", `x: ${PLAIN}\nlocal: ${tamper(tokens.local)}\ncloud: ${tamper(tokens.cloud)}`),
    },
    {
      title: "another local key",
      options: ({ kms }) => ({
        environment: {
          ...kms.environment,
          ...LOCAL,
          SEALCONF_LOCAL_KEY_DEV: ENVIRONMENT["SEALCONF_LOCAL_KEY_DEV"],
        },
      }),
    },
    { title: "a wrong key id in the answer", fault: { kind: "wrong-key-id" } },
    { title: "a data key of a wrong length", fault: { kind: "wrong-plaintext-length" } },
    {
      title: "a ciphertext that the service refuses",
      fault: { kind: "error", code: "FailedOperation.DecryptError", message: SEALED },
    },
  ],
  ERR_KMS_DENIED: [
    {
      title: "a credential that may not decrypt",
      fault: { kind: "error", code: "UnauthorizedOperation", message: `${CREDENTIAL.secretId} ${SEALED}` },
    },
    {
      title: "a wrong secret key",
      options: ({ kms }) => ({
        environment: { ...kms.environment, ...LOCAL, TENCENTCLOUD_SECRET_KEY: `${CANARY}other` },
      }),
    },
    {
      title: "a wrong secret id",
      options: ({ kms }) => ({
        environment: { ...kms.environment, ...LOCAL, TENCENTCLOUD_SECRET_ID: `${CANARY}other` },
      }),
    },
  ],
  ERR_KMS_KEY_UNUSABLE: [
    {
      title: "a disabled key",
      fault: { kind: "error", code: "ResourceUnavailable.CmkDisabled", message: SEALED },
    },
  ],
  ERR_KMS_THROTTLED: [{ title: "a service that throttles", fault: { kind: "throttle" } }],
  ERR_KMS_UNREACHABLE: [
    { title: "connections that are reset", fault: { kind: "reset" } },
    { title: "an HTML page with status 502", fault: { kind: "html" } },
    { title: "a body that is cut off", fault: { kind: "truncated-body", connection: "cut" } },
    {
      title: "a closed port",
      options: ({ kms }) => ({
        environment: { ...kms.environment, ...LOCAL, SEALCONF_TENCENT_ENDPOINT: "http://127.0.0.1:1" },
      }),
    },
  ],
  ERR_KMS_RESPONSE: [
    { title: "an HTML page with status 200", fault: { kind: "html", status: 200 } },
    { title: "an empty body", fault: { kind: "empty-body" } },
    {
      title: "an error that nobody knows",
      fault: { kind: "error", code: `Strange.${CANARY}-`, message: SEALED },
    },
  ],
  ERR_CREDENTIALS_MISSING: [
    {
      title: "no secret key",
      options: ({ kms }) => ({
        environment: { ...kms.environment, ...LOCAL, TENCENTCLOUD_SECRET_KEY: undefined },
      }),
    },
    {
      title: "a secret key with a line break",
      options: ({ kms }) => ({
        environment: { ...kms.environment, ...LOCAL, TENCENTCLOUD_SECRET_KEY: `${CANARY}\n` },
      }),
    },
    {
      title: "no local key",
      options: ({ kms }) => ({ environment: { ...kms.environment, SEALCONF_LOCAL_KEY_DEV: undefined } }),
    },
    {
      title: "a local key that is none",
      options: ({ kms }) => ({
        environment: { ...kms.environment, SEALCONF_LOCAL_KEY_DEV: `sealconf-local-key-v1:${CANARY}` },
      }),
    },
    {
      title: "a local key's file that is none",
      options: ({ t, kms }) => ({
        environment: {
          ...kms.environment,
          SEALCONF_LOCAL_KEY_DEV: undefined,
          SEALCONF_KEYS_DIR: makeFolder(t, { "dev.key": `${CANARY}\n` }),
        },
      }),
    },
  ],
  ERR_CLOCK_SKEW: [
    {
      title: "a clock that is an hour off",
      fault: { kind: "error", code: "AuthFailure.SignatureExpire", message: SEALED },
    },
  ],
  ERR_DEADLINE: [
    {
      title: "a service that does not answer",
      fault: { kind: "delay", ms: 60_000 },
      options: () => ({ deadlineMs: 300 }),
    },
    {
      title: "a schema that does not answer",
      options: () => ({ deadlineMs: 300, ...schemaOf(() => new Promise(() => {})) }),
    },
  ],
  ERR_SCHEMA_INVALID: [
    {
      title: "a schema of another shape",
      options: () => ({
        schema: z.object({ local: z.number(), plain: z.literal("x"), cloud: z.email() }) as never,
      }),
    },
    {
      title: "messages that quote values",
      options: () =>
        schemaOf(() => ({
          issues: [{ message: `got ${SEALED}`, path: ["local"] }, { message: `got ${PLAIN}` }],
        })),
    },
    { title: "a schema that throws", options: () => schemaOf(throwing) },
    {
      title: "a schema that rejects",
      options: () => schemaOf(async () => await Promise.reject(new Error(SEALED))),
    },
  ],
};

type Ends = Pick<TestContext, "after">;

async function makeKit(ends: Ends): Promise<Omit<Kit, "t">> {
  const kms = await startKms(ends, { credentials: [CREDENTIAL] });
  const settings = { context: CONTEXT, environment: { ...kms.environment, ...LOCAL } };
  const { local } = await sealAll({ local: SEALED }, { ...settings, keys: ["local/dev"] });
  const [cloud = ""] = await sealValues([{ path: "cloud", value: SEALED }], { ...settings, keys: [kms.key] });
  const { direct } = await sealAll({ direct: SEALED }, { ...settings, keys: [kms.key], direct: true });
  const good = `plain: ${PLAIN}\nlist: [${PLAIN}]\nlocal: ${local}\ncloud: ${cloud}\ndirect: ${direct}\n`;
  return { kms, good, tokens: { local, cloud, direct } };
}

let shared: Promise<Omit<Kit, "t">> | undefined;

/** Prepares a load that fails, with a key service of its own where that is at fault, else with the one of `ends`. */
async function prepare(
  t: TestContext,
  ends: Ends,
  { yaml = "", fault, options }: Failure,
): Promise<LoadOptions & { readonly seen: readonly string[] }> {
  const kit: Kit = { t, ...(await (fault === undefined ? (shared ??= makeKit(ends)) : makeKit(t))) };
  const { kms, good } = kit;
  if (fault !== undefined) kms.emulator.inject(fault, FOREVER);
  return {
    files: [{ as: "a.yaml", text: good + (typeof yaml === "string" ? yaml : yaml(kit)) }],
    root: NO_POLICY,
    deadlineMs: 60_000,
    keys: ["local/dev", kms.key],
    context: CONTEXT,
    environment: { ...kms.environment, ...LOCAL },
    ...options?.(kit),
    seen: secretsOf(kit),
  };
}

/** Everything that must not turn up: the canary in its encodings, and each token's ciphertexts. */
function secretsOf({ tokens }: Kit): string[] {
  const encodings = [CANARY, PLAIN, SEALED, CREDENTIAL.secretKey].flatMap((each) => {
    const bytes = Buffer.from(each);
    return [each, bytes.toString("base64url").replace(/.$/, ""), bytes.toString("hex")];
  });
  const key = LOCAL_KEY_BYTES.toString("base64url");
  const pieces = Object.values(tokens).flatMap((token) =>
    token.split(/[:=,]/).filter((piece) => piece.length > 60),
  );
  return [...encodings, key, ...pieces.map((piece) => piece.slice(-40))];
}

function assertHolds(shown: string, secrets: readonly string[]): void {
  for (const secret of secrets) assert.ok(!shown.includes(secret), `${secret} is in ${shown}`);
}

describe("a failing load", { concurrency: 8 }, () => {
  const closing: (() => unknown)[] = [];
  const ends = { after: (close: () => unknown) => void closing.push(close) } as Ends;
  after(async () => await Promise.all(closing.map((close) => close())));

  for (const [code, failures] of Object.entries(FAILURES)) {
    for (const failure of failures) {
      it(`shows no secret: ${failure.title} (${code})`, async (t) => {
        const { seen, ...options } = await prepare(t, ends, failure);
        const error = await rejectionOf(loadConfig(options));
        assert.ok(error instanceof SealconfError, String(error));
        const problems: readonly SealconfError[] = error instanceof LoadError ? error.errors : [error];
        const codes: readonly string[] = problems.map((problem) => problem.code);
        assert.ok(codes.includes(code), `${codes.join()} is not ${code}`);
        for (const each of [error, ...problems]) {
          assertHolds(showWhole(each), seen);
          assert.equal(each.cause, undefined);
        }
      });
    }
  }

  const UNCAUGHT: readonly Failure[] = [
    FAILURES.ERR_FORMAT_SYNTAX[0],
    FAILURES.ERR_TOKEN_MALFORMED[1],
    FAILURES.ERR_OPEN_FAILED[0],
    FAILURES.ERR_KMS_DENIED[1],
    FAILURES.ERR_KMS_UNREACHABLE[1],
  ].filter((failure) => failure !== undefined);
  for (const failure of UNCAUGHT) {
    it(`shows no secret where nobody catches it: ${failure.title}`, async (t) => {
      const { seen, environment = {}, ...options } = await prepare(t, ends, failure);
      const { status, stdout, stderr } = await loadInChild({ options }, environment);
      assert.equal(status, 1, stderr);
      assert.match(stderr, /the config cannot be loaded: \d problems?/);
      assertHolds(stdout + stderr, seen);
    });
  }
});
