import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { environmentOf } from "../src/config/environment-names.ts";
import { registerEnvironment } from "../src/config/register-environment.ts";
import type { Environment } from "../src/index.ts";
import { anErrorWith } from "./support/assert-error.ts";
import { type CliResult, DIST, runNode } from "./support/cli.ts";
import { makeFolder, POLICY_TEXT, sealAll, sealOne, startKms } from "./support/load-fixture.ts";

const CANARY = "canary-0d55-hunter2";
const PROGRAM = ["--input-type=module", "-e", 'console.log("started", JSON.stringify(process.env));'];

/** Starts a program that prints its environment, with `sealconf/register` before it. */
async function start(
  cwd: string,
  environment: Environment,
  program: readonly string[] = PROGRAM,
): Promise<CliResult> {
  const register = pathToFileURL(join(DIST, "register.js")).href;
  return await runNode(["--import", register, ...program], { cwd, environment });
}

/** Starts the program, and returns the environment that it found. */
async function environmentFrom(cwd: string, environment: Environment): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await start(cwd, environment);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return JSON.parse(stdout.replace(/^started /, "")) as Record<string, string>;
}

/** Starts the program, which must not start, and returns what is told. */
async function failureFrom(cwd: string, environment: Environment): Promise<string> {
  const { code, stdout, stderr } = await start(cwd, environment);
  assert.ok(code !== 0 && stdout === "", stderr);
  return stderr;
}

test("the config is in process.env before the program starts", async (t) => {
  const sealed = await sealAll({ "db.password": CANARY, API_TOKEN: "t\nu\n", limits: { max: 3 } });
  const cwd = makeFolder(t, {
    ".sealconf.yaml": POLICY_TEXT,
    "app.yaml": `db:\n  host: x\n  pool-size: 5\n  password: ${sealed["db.password"]}\nlimits: ${sealed.limits}\nlist: [1, { a: null }]\non: true\nnone: null\n`,
    ".env": `API_TOKEN=${sealed.API_TOKEN}\nmixedCase=$HOME\n`,
  });
  const found = await environmentFrom(cwd, { SEALCONF_FILES: " app.yaml , .env," });
  const { DB_HOST, DB_POOL_SIZE, DB_PASSWORD, LIMITS_MAX, list, on, none, API_TOKEN, mixedCase } = found;
  assert.deepEqual(
    { DB_HOST, DB_POOL_SIZE, DB_PASSWORD, LIMITS_MAX, list, on, none, API_TOKEN, mixedCase },
    {
      DB_HOST: "x",
      DB_POOL_SIZE: "5",
      DB_PASSWORD: CANARY,
      LIMITS_MAX: "3",
      list: '[1,{"a":null}]',
      on: "true",
      none: undefined,
      API_TOKEN: "t\nu\n",
      mixedCase: "$HOME",
    },
  );
});

test("SEALCONF_ENV reads the policy's list for that env", async (t) => {
  const cwd = makeFolder(t, {
    ".sealconf.yaml": `load: [default.yaml, "{env}.yaml"]\n${POLICY_TEXT}`,
    "default.yaml": "A: 1\nB: 1\n",
    "production.yaml": `B: ${await sealOne("B", CANARY)}\n`,
  });
  const { A, B } = await environmentFrom(cwd, { SEALCONF_ENV: "production", SEALCONF_FILES: "" });
  assert.deepEqual({ A, B }, { A: "1", B: CANARY });
});

test("a variable that is set already wins, an empty one too", async (t) => {
  const cwd = makeFolder(t, { ".env": "ONE=file\nTWO=file\nTHREE=file\nvalueOf=file\n" });
  const found = await environmentFrom(cwd, { SEALCONF_FILES: ".env", ONE: "own", TWO: "" });
  const names = ["ONE", "TWO", "THREE", "valueOf"];
  assert.deepEqual(
    names.map((name) => found[name]),
    ["own", "", "file", "file"],
  );
});

test("a program does not start, and nothing is set, when the load fails", async (t) => {
  const token = await sealOne("a", CANARY);
  const cwd = makeFolder(t, {
    ".sealconf.yaml": POLICY_TEXT,
    "good.yaml": `a: ${token}\n`,
    "moved.yaml": `b: ${token}\nplain: ${CANARY}\n`,
    "bad.yaml": `a: [${CANARY}\n`,
    "steering.yaml": `one: ${CANARY}\nNODE_OPTIONS: --inspect\n`,
  });
  const runs: readonly (readonly [Environment, RegExp])[] = [
    [
      {},
      /sealconf\/register does not know what to load[^]*set either SEALCONF_ENV=production or SEALCONF_FILES=/,
    ],
    [{ SEALCONF_FILES: " ," }, /does not know what to load/],
    [{ SEALCONF_FILES: "good.yaml", SEALCONF_ENV: "production" }, /does not know what to load/],
    [{ SEALCONF_ENV: "production" }, /the policy has no load list/],
    [{ SEALCONF_FILES: "missing.yaml" }, /missing\.yaml: the file is not there/],
    [{ SEALCONF_FILES: "bad.yaml" }, /bad\.yaml:2:1: the YAML cannot be read/],
    [{ SEALCONF_FILES: "moved.yaml" }, /moved\.yaml:1:4 \(b\): the value was sealed for another place/],
    [
      { SEALCONF_FILES: "good.yaml", SEALCONF_LOCAL_KEY_DEV: undefined },
      /good\.yaml:1:4 \(a\): the local key local\/dev is neither/,
    ],
    [
      { SEALCONF_FILES: "steering.yaml" },
      /NODE_OPTIONS would set NODE_OPTIONS, which steers the process itself/,
    ],
  ];
  await Promise.all(
    runs.map(async ([environment, wanted]) => {
      const message = await failureFrom(cwd, environment);
      assert.match(message, wanted);
      assert.ok(!message.includes("canary") && !message.includes(token.slice(30, 60)), message);
    }),
  );
});

test("a failed load leaves the environment as it was", async (t) => {
  const folder = makeFolder(t, { "app.env": `ONE=${CANARY}\nNODE_OPTIONS=--inspect\n` });
  const environment = { SEALCONF_FILES: `${folder}/app.env` };
  const before = { ...environment };
  await assert.rejects(registerEnvironment(environment), {
    name: "UsageError",
    message: /steers the process/,
  });
  assert.deepEqual(environment, before);
});

test("a failed load tells its message alone, without a stack", async (t) => {
  const cwd = makeFolder(t, { ".env": "NODE_OPTIONS=--inspect\n" });
  const message = await failureFrom(cwd, { SEALCONF_FILES: ".env" });
  assert.match(message, /^sealconf: NODE_OPTIONS would set NODE_OPTIONS, .*\n {2}allow it by name: .*\n$/);
});

test("a worker has the environment that its parent gave it, and loads nothing again", async (t) => {
  const { emulator, key, environment } = await startKms(t);
  const context = { app: "billing-api", env: "production" };
  const token = await sealOne("TOKEN", CANARY, { keys: [key], environment, context });
  const cwd = makeFolder(t, {
    ".sealconf.yaml": POLICY_TEXT.replace("local/dev", key),
    ".env": `TOKEN=${token}\n`,
    "worker.mjs":
      'import { parentPort } from "node:worker_threads";\n' +
      'parentPort.postMessage(process.env.TOKEN ?? "none");\n',
    "main.mjs":
      'import { once } from "node:events";\nimport { Worker } from "node:worker_threads";\n' +
      'for (const options of [{}, { env: { OTHER: "1" } }])\n' +
      '  console.log(...(await once(new Worker("./worker.mjs", options), "message")));\n',
  });
  emulator.calls.reset();
  const { stdout, stderr } = await start(cwd, { ...environment, SEALCONF_FILES: ".env" }, ["main.mjs"]);
  assert.deepEqual({ stdout, stderr }, { stdout: `${CANARY}\nnone\n`, stderr: "" });
  assert.equal(emulator.calls.total, 1);
});

const STEERING = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "PATH",
  "HOME",
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "DYLD_INSERT_LIBRARIES",
  "HTTP_PROXY",
  "https_proxy",
  "no_proxy",
  "ALL_PROXY",
  "SEALCONF_KEYS_DIR",
  "SEALCONF_TENCENT_ENDPOINT",
  "TENCENTCLOUD_SECRET_ID",
  "TKE_REGION",
  "ALIBABA_CLOUD_ROLE_ARN",
];

test("a name that steers the process is refused in any case, unless it is allowed by name", () => {
  const none: ReadonlySet<string> = new Set();
  for (const name of STEERING) {
    const spellings = [name, name.toLowerCase(), name.toUpperCase(), name[0] + name.slice(1).toLowerCase()];
    for (const spelling of spellings) {
      assert.throws(
        () => environmentOf({ [spelling]: "x" }, { allow: none }),
        anErrorWith({
          code: "ERR_OPTION_INVALID",
          message: `${spelling} would set ${spelling}, which steers the process itself`,
          hint: `allow it by name: SEALCONF_ALLOW_ENV=${spelling}`,
        }),
      );
      const allowed = environmentOf({ [spelling]: "x" }, { allow: new Set([spelling]) });
      assert.deepEqual([...allowed], [[spelling, "x"]]);
    }
  }
  for (const config of [
    { node: { options: "x" } },
    { ld: { preload: "x" } },
    { http: { "": "x", proxy: "x" } },
  ]) {
    assert.throws(() => environmentOf(config, { allow: none }), { code: "ERR_OPTION_INVALID" });
  }
  const harmless = { NODE_ENV: "x", MY_PATH: "x", HOMEPAGE: "x", OLD_PRELOAD: "x", PROXY: "x" };
  assert.deepEqual(Object.fromEntries(environmentOf(harmless, { allow: none })), harmless);
});

test("SEALCONF_ALLOW_ENV lets a steering name through, where nothing is set yet", async (t) => {
  const cwd = makeFolder(t, { ".env": "HTTPS_PROXY=http://127.0.0.1:1\nHOME=/elsewhere\n" });
  const found = await environmentFrom(cwd, {
    SEALCONF_FILES: ".env",
    SEALCONF_ALLOW_ENV: "HTTPS_PROXY, HOME",
  });
  assert.deepEqual([found["HTTPS_PROXY"], found["HOME"]], ["http://127.0.0.1:1", "/nowhere"]);
});

test("two values for one variable, and what no variable can be, are refused by their places", () => {
  const refused: readonly (readonly [object, string])[] = [
    [
      { db: { password: "a" }, DB_PASSWORD: "b" },
      "db.password and DB_PASSWORD both become the variable DB_PASSWORD",
    ],
    [{ a: { "b-c": "x", b: { c: "x" } } }, "a.b-c and a.b.c both become the variable A_B_C"],
    [{ "A=B": "x" }, "A=B is no variable's name"],
    [{ "": "x" }, "/ is no variable's name"],
    [{ "a\0": "x" }, "a\\u{0} is no variable's name"],
    [{ a: { b: `${CANARY}\0` } }, "a.b holds a NUL, which no variable can"],
  ];
  for (const [config, message] of refused) {
    assert.throws(
      () => environmentOf(config, { allow: new Set() }),
      anErrorWith({ code: "ERR_OPTION_INVALID", message }),
    );
  }
});

test("a name that collides or holds a NUL keeps the program from starting", async (t) => {
  const cwd = makeFolder(t, {
    "collision.yaml": `db: { password: ${CANARY} }\nDB_PASSWORD: ${CANARY}\n`,
    "nul.json": `{ "a": { "b": "${CANARY}\\u0000" } }`,
  });
  const [collision, nul] = await Promise.all([
    failureFrom(cwd, { SEALCONF_FILES: "collision.yaml" }),
    failureFrom(cwd, { SEALCONF_FILES: "nul.json" }),
  ]);
  assert.match(collision, /db\.password and DB_PASSWORD both become the variable DB_PASSWORD/);
  assert.match(nul, /a\.b holds a NUL, which no variable can/);
  assert.ok(!`${collision}${nul}`.includes(CANARY));
});

test("bytes become base64, and what is a text stays one", () => {
  const config = {
    a: { der: Uint8Array.of(255, 0), text: "1", n: 1.5, yes: false, list: [], empty: {}, none: null },
  };
  assert.deepEqual(Object.fromEntries(environmentOf(config, { allow: new Set() })), {
    A_DER: "/wA=",
    A_TEXT: "1",
    A_N: "1.5",
    A_YES: "false",
    A_LIST: "[]",
  });
});
