import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { describeConfig, type Environment, type LoadOptions } from "../../src/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  loadTexts,
  LOCAL_KEY,
  placesOf,
  problemsOf,
  sealOne,
} from "../support/load-fixture.ts";

const VARIABLES = { prefix: "APP_" } as const;

function loadWith(
  environment: Environment,
  text: string = "",
  options: Partial<LoadOptions> = {},
): Promise<Record<string, unknown>> {
  const settings = { environment: { ...ENVIRONMENT, ...environment }, variables: VARIABLES, ...options };
  return loadTexts({ "app.yaml": text }, settings);
}

async function plain(loading: Promise<unknown>): Promise<unknown> {
  return JSON.parse(JSON.stringify(await loading));
}

describe("environment variables", () => {
  it("are not looked at unless variables is given", async () => {
    assert.deepEqual(
      { ...(await loadTexts({ "a.yaml": "a: 1" }, { environment: { APP_A: "2" } })) },
      { a: 1 },
    );
  });

  it("with the prefix set what their names say, as text; others are passed over", async () => {
    const environment = {
      APP_DB__PASSWORD: "secret",
      APP_PORT: "80",
      OTHER: "x",
      app_x: "y",
      APP: "z",
      APP_: "q",
    };
    const loaded = await plain(loadWith(environment, "db: { host: a, password: b }\nport: 1"));
    assert.deepEqual(loaded, { db: { host: "a", password: "secret" }, port: "80" });
  });

  it("match existing keys whatever their case and underscores, and are lower case where there is none", async () => {
    const text = "httpProxy:\n  maxSockets: 1\nread_replica:\n  hostName: a";
    const environment = {
      APP_HTTP_PROXY__MAX_SOCKETS: "2",
      APP_READREPLICA__HOST_NAME: "b",
      APP_NEW_THING__Inner_Part: "c",
    };
    assert.deepEqual(await plain(loadWith(environment, text)), {
      httpProxy: { maxSockets: "2" },
      read_replica: { hostName: "b" },
      new_thing: { inner_part: "c" },
    });
  });

  it("that could mean two keys are an error that names both", async () => {
    const load = loadWith({ APP_DB__USER_NAME: "x" }, "db: { userName: a, user_name: b }");
    const [problem, ...others] = await problemsOf(load);
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ERR_FORMAT_SYNTAX");
    assert.equal(
      problem.message,
      "$env (APP_DB__USER_NAME): APP_DB__USER_NAME could mean userName or user_name",
    );
    assert.equal(problem.hint, "rename the variable");
  });

  it("set members of lists by their index, and add one at the end", async () => {
    const text = "servers: [{ token: a }, { token: b }]\nports: [1, 2]";
    const environment = { APP_SERVERS__1__TOKEN: "c", APP_PORTS__2: "3", APP_PORTS__0: "0" };
    assert.deepEqual(await plain(loadWith(environment, text)), {
      servers: [{ token: "a" }, { token: "c" }],
      ports: ["0", 2, "3"],
    });
  });

  for (const index of ["2", "X", "-1", "0x0", "9999999999999999999"]) {
    it(`refuse ${index} as the index of a list with one member`, async () => {
      const [problem] = await problemsOf(loadWith({ [`APP_LIST__${index}`]: "x" }, "list: [1]"));
      assert.equal(problem?.code, "ERR_FORMAT_SYNTAX");
      assert.match(
        problem.message,
        new RegExp(`the part ${index} of APP_LIST__${index} is no index of the list`),
      );
    });
  }

  it("take another separator, of one character or several", async () => {
    const dotted = loadWith({ "APP.db.password": "a" }, "", {
      variables: { prefix: "APP.", separator: "." },
    });
    assert.deepEqual(await plain(dotted), { db: { password: "a" } });
    const long = loadWith({ APP_DB___A__B: "a" }, "", { variables: { prefix: "APP_", separator: "___" } });
    assert.deepEqual(await plain(long), { db: { a__b: "a" } });
  });

  it("with an empty part name nothing, and are passed over", async () => {
    const environment = { APP_DB__: "x", APP___DB: "x", APP_A____B: "x" };
    assert.deepEqual(await plain(loadWith(environment, "a: 1")), { a: 1 });
  });

  it("replace a scalar by a map where they go below it", async () => {
    assert.deepEqual(await plain(loadWith({ APP_DB__HOST: "a" }, "db: none")), { db: { host: "a" } });
  });

  it("may be empty, which is a value", async () => {
    assert.deepEqual(await plain(loadWith({ APP_A: "" }, "a: 1")), { a: "" });
  });

  for (const [name, separator] of [
    ["APP_CONSTRUCTOR", "__"],
    ["APP_A__PROTOTYPE", "__"],
    ["APP_a:__proto__:x", ":"],
  ] as const) {
    it(`refuse ${name}, whose name reaches JavaScript's own`, async () => {
      const options = { variables: { prefix: "APP_", separator } };
      const [problem] = await problemsOf(loadWith({ [name]: "x" }, "", options));
      assert.equal(problem?.code, "ERR_FORMAT_SYNTAX");
      assert.match(problem.message, /a name that is refused everywhere$/);
      assert.equal(`${problem.source?.file} ${problem.source?.path}`, `$env ${name}`);
      assert.equal(Object.hasOwn(Object.prototype, "x"), false);
    });
  }

  it("are laid over every file, and under overrides", async () => {
    const loading = loadTexts(
      { "a.yaml": "a: 1\nb: 1", "b.yaml": "a: 2" },
      { environment: { APP_A: "env", APP_B: "env" }, variables: VARIABLES, overrides: { b: "over" } },
    );
    assert.deepEqual(await plain(loading), { a: "env", b: "over" });
  });

  it("are named in the description", async () => {
    const config = await loadWith({ APP_DB__HOST: "a" }, "db: { host: b }");
    assert.deepEqual(describeConfig(config).values, [{ path: "db.host", variable: "APP_DB__HOST" }]);
  });
});

describe("tokens in environment variables", () => {
  it("are bound to their variable's name, whatever that sets", async () => {
    const token = await sealOne("APP_DB__PASSWORD", "hunter2");
    const text = "db: { passWord: x }";
    assert.deepEqual(await plain(loadWith({ APP_DB__PASSWORD: token }, text)), {
      db: { passWord: "hunter2" },
    });
    assert.deepEqual(await placesOf(loadWith({ APP_OTHER: token }, text)), [
      "ERR_PLACE_MISMATCH $env (APP_OTHER)",
    ]);
    const moved = await sealOne("db.password", "hunter2");
    assert.deepEqual(await placesOf(loadWith({ APP_DB__PASSWORD: moved }, text)), [
      "ERR_PLACE_MISMATCH $env (APP_DB__PASSWORD)",
    ]);
  });

  it("stand under the policy's rule for $env, which no glob means", async () => {
    const policy = {
      text: `app: ${CONTEXT.app}\nrules:\n  - { files: ["**"], env: files, keys: [local/other] }\n  - { files: [$env], env: ${CONTEXT.env}, keys: [${LOCAL_KEY}] }`,
    };
    const token = await sealOne("APP_A", "opened");
    const options = { policy, keys: undefined, context: undefined };
    assert.deepEqual(await plain(loadWith({ APP_A: token }, "", options)), { a: "opened" });
  });

  it("need keys like those of a file, and one error says so", async () => {
    const environment = { APP_A: await sealOne("APP_A", "a"), APP_B: await sealOne("APP_B", "b") };
    const options = { policy: { text: "app: billing-api" }, keys: undefined };
    assert.deepEqual(await placesOf(loadWith(environment, "", options)), ["ERR_NO_RULE $env"]);
  });

  it("that set a member below a token of a file are an error", async () => {
    const db = await sealOne("db", { host: "a" });
    const problems = await problemsOf(loadWith({ APP_DB__HOST: "b" }, `db: ${db}`));
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["$env (APP_DB__HOST): a member is set under a value that is sealed whole in app.yaml:1"],
    );
  });

  it("are refused when malformed, and a variable without the prefix is not looked at", async () => {
    const environment = { APP_A: "sealed:v1:direct:x", APP_B: " SEALED:", OTHER: "sealed:v1:direct:x" };
    assert.deepEqual(await placesOf(loadWith(environment)), [
      "ERR_TOKEN_MALFORMED $env (APP_A)",
      "ERR_TOKEN_MALFORMED $env (APP_B)",
    ]);
  });

  it("may not be references to files, which lie beside a config file alone", async () => {
    const [problem] = await problemsOf(loadWith({ APP_A: "sealed:v1:file:a.pem.sealed" }));
    assert.equal(problem?.code, "ERR_TOKEN_MALFORMED");
    assert.equal(problem.message, "$env (APP_A): a reference to a sealed file cannot stand here");
  });

  it("are asked for where the policy says that a variable is secret, whatever the pattern's case", async () => {
    const policy = {
      text: `app: ${CONTEXT.app}\nrules: [{ files: [$env], env: ${CONTEXT.env}, keys: [${LOCAL_KEY}], secrets: ["*password"] }]`,
    };
    const environment = { APP_DB__PASSWORD: "plain", APP_PORT: "80", DB_PASSWORD: "not ours" };
    assert.deepEqual(await placesOf(loadWith(environment, "", { policy })), [
      "ERR_PLAINTEXT_SECRET $env (APP_DB__PASSWORD)",
    ]);
  });
});

describe("dotenv files", () => {
  it("set names as they are written without variables", async () => {
    const loading = loadTexts({ "a.yaml": "app_db: 1", ".env": "APP_DB__HOST=a" });
    assert.deepEqual(await plain(loading), { app_db: 1, APP_DB__HOST: "a" });
  });

  it("follow the mapping when variables is given, in their place among the files", async () => {
    const texts = {
      "a.yaml": "db: { host: a, userName: a }",
      ".env": "APP_DB__HOST=b\nAPP_DB__USER_NAME=b\nOTHER=x",
      "b.yaml": "db: { host: c }",
    };
    const config = await loadTexts(texts, { environment: {}, variables: VARIABLES });
    assert.deepEqual(JSON.parse(JSON.stringify(config)), { db: { host: "c", userName: "b" } });
    assert.deepEqual(describeConfig(config).values, [
      { path: "db.host", file: "b.yaml", line: 1, column: 13 },
      { path: "db.userName", file: ".env", line: 2, column: 19 },
    ]);
  });

  it("bind tokens to the variable's name, with and without the mapping", async () => {
    const token = await sealOne("APP_DB__PASSWORD", "hunter2");
    const texts = { ".env": `APP_DB__PASSWORD=${token}` };
    assert.deepEqual(await plain(loadTexts(texts)), { APP_DB__PASSWORD: "hunter2" });
    const mapped = loadTexts(texts, { environment: ENVIRONMENT, variables: VARIABLES });
    assert.deepEqual(await plain(mapped), { db: { password: "hunter2" } });
  });

  it("tell a name that could mean two keys with its line", async () => {
    const texts = { "a.yaml": "userName: a\nuser_name: b", ".env": "\nAPP_USERNAME=x" };
    const load = loadTexts(texts, { environment: {}, variables: VARIABLES });
    assert.deepEqual(await placesOf(load), ["ERR_FORMAT_SYNTAX .env:2:14 (APP_USERNAME)"]);
  });
});
