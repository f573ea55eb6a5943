import assert from "node:assert/strict";
import { describe, it } from "node:test";

import picomatch from "picomatch";

import { printable, type SourceError } from "../../src/errors/index.ts";
import { formatPath } from "../../src/path/path.ts";
import { ENVIRONMENT_FILE, loadListFor, type Policy, ruleFor } from "../../src/policy/index.ts";
import { parsePolicy, type PolicyGrammar } from "../../src/policy/parse-policy.ts";
import { isContextName, parseKeyReference } from "../../src/token/index.ts";
import { anErrorWith } from "../support/assert-error.ts";

const TENCENT = "tencent/ap-guangzhou/93866e69-9755-11ef-8e65-52540089bc41";
const SHANGHAI = "tencent/ap-shanghai/93866e69-9755-11ef-8e65-52540089bc41";

const GRAMMAR: PolicyGrammar = {
  isContextName,
  isKeyReference: (text) => typeof parseKeyReference(text) === "object",
  compileGlob: (glob) => picomatch(glob, { dot: true }),
};

const FULL = {
  app: "billing-api",
  load: ["config/default.yaml", "config/{env}.yaml", { path: ".env", optional: true }],
  keys: ["local/dev"],
  secrets: ["**.password", "!**.host"],
  rules: [
    {
      files: ["config/production.*", "deploy/prod/**"],
      env: "production",
      keys: [TENCENT, SHANGHAI],
      accept: ["aliyun/cn-hangzhou/key-1"],
      raw: ["legacy.apiKey"],
      maxDataKeys: 3,
    },
    { files: ["config/**"], app: "other-api", secrets: ["**.token"], mode: "direct" },
    { files: ["**/.env*", ENVIRONMENT_FILE] },
  ],
};

const KEY_EXPECTED = "expected a key reference: tencent/<region>/<key id>, or local/<name>";
const PATTERN_EXPECTED = "expected a path pattern such as db.password or **.token";
const NAME_EXPECTED = 'expected 1 to 64 letters, digits, "-", "_" or "."';
const GLOB_EXPECTED = 'expected a glob relative to the policy\'s folder, or "$env"';
const POLICY_FIELDS = "app, keys, accept, secrets, mode, maxDataKeys, load, rules";
const ENV_EXPECTED = "the env takes the place of {env} alone, not of its $";
const BACKSLASH = "a backslash does not stand between folders";
const NOTHING_ESCAPED = `${BACKSLASH}, and there is nothing here to escape`;
const ENV_IN_FILES = "{env} is for load, and stands for no env in files";
const FOLDER = "the glob means a folder itself, not the files in it";
const TOO_LONG = "the glob is longer than 1,024 characters";
const RULE_FIELDS = "files, env, app, keys, accept, secrets, mode, maxDataKeys, raw";

/** A policy, where it is wrong, and what is said of it. */
const BAD: readonly (readonly [value: unknown, at: string, what: string, hint?: string])[] = [
  [null, "", `expected a map of ${POLICY_FIELDS}`],
  [[], "", `expected a map of ${POLICY_FIELDS}`],
  ["app", "", `expected a map of ${POLICY_FIELDS}`],
  [{ secret: ["a"] }, "secret", 'unknown field "secret"', `the fields here are ${POLICY_FIELDS}`],
  [{ env: "production" }, "env", 'unknown field "env"'],
  [{ files: ["a"] }, "files", 'unknown field "files"'],
  [{ "a\u001b\u202e": 1 }, "a\u001b\u202e", 'unknown field "a\\u001b\\u{202e}"'],
  [{ app: "" }, "app", NAME_EXPECTED],
  [{ app: "a b" }, "app", NAME_EXPECTED],
  [{ app: 1 }, "app", NAME_EXPECTED],
  [{ app: "a".repeat(65) }, "app", NAME_EXPECTED],
  [{ app: null }, "app", NAME_EXPECTED],
  [{ keys: "local/dev" }, "keys", "expected a list"],
  [{ keys: ["local/dev", "prod"] }, "keys[1]", KEY_EXPECTED],
  [{ keys: [TENCENT.toUpperCase()] }, "keys[0]", KEY_EXPECTED],
  [{ keys: [1] }, "keys[0]", KEY_EXPECTED],
  [{ accept: [{}] }, "accept[0]", KEY_EXPECTED],
  [{ keys: ["local/a", "local/a"] }, "keys", "a key stands twice in keys"],
  [{ accept: [TENCENT, TENCENT] }, "accept", "a key stands twice in accept"],
  [{ keys: ["local/a"], accept: ["local/a"] }, "accept", "a key stands in keys and in accept"],
  [
    { keys: Array.from({ length: 9 }, (_, index) => `local/k${index}`) },
    "keys",
    "keys holds more than 8 recipients",
  ],
  [
    { keys: ["local/dev", TENCENT] },
    "keys",
    "a local key stands beside a cloud key",
    "who can seal to a local key can open with it: give it a rule of its own, or list it under accept and rotate",
  ],
  [{ keys: [TENCENT, "local/dev"] }, "keys", "a local key stands beside a cloud key"],
  [{ secrets: "**.password" }, "secrets", "expected a list"],
  [{ secrets: ["a", "a..b"] }, "secrets[1]", PATTERN_EXPECTED],
  [{ secrets: [""] }, "secrets[0]", PATTERN_EXPECTED],
  [{ secrets: [null] }, "secrets[0]", PATTERN_EXPECTED],
  [
    { secrets: ["a", "**.{password,token}"] },
    "secrets[1]",
    "braces do not stand for several names in a path pattern",
    "write a pattern for each: **.password, **.token; a brace of a key is \\{",
  ],
  ...["db.password}", "!**.{a}", "a\\\\{", "/db/{a,b}"].map((text) => {
    const what = "braces do not stand for several names in a path pattern";
    return [{ secrets: [text] }, "secrets[0]", what] as const;
  }),
  [
    { secrets: ["**/password"] },
    "secrets[0]",
    "a slash does not stand between the keys of a path pattern",
    "write a dot: **.password",
  ],
  ...["!**/password", "db.**/password", "/**/password"].map((text) => {
    const what = "a slash does not stand between the keys of a path pattern";
    return [{ secrets: [text] }, "secrets[0]", what] as const;
  }),
  [
    { secrets: ["$.password"] },
    "secrets[0]",
    "a path pattern does not begin with $",
    "leave it out: **.password; a $ of a key is \\$",
  ],
  ...["!$.password", "$[0].password", "$[]"].map((text) => {
    return [{ secrets: [text] }, "secrets[0]", "a path pattern does not begin with $"] as const;
  }),
  [
    { secrets: ["**.password "] },
    "secrets[0]",
    "a blank stands before or behind the path pattern",
    "take it away; a blank of a key is written with a backslash before it",
  ],
  ...[" **.password", "! **.password", "a\n", "a\\\\ ", "/a ", "\u{feff}a"].map((text) => {
    return [{ secrets: [text] }, "secrets[0]", "a blank stands before or behind the path pattern"] as const;
  }),
  [rule({ raw: ["**/a"] }), "rules[0].raw[0]", "a slash does not stand between the keys of a path pattern"],
  [{ mode: "raw" }, "mode", "expected envelope or direct"],
  [{ mode: true }, "mode", "expected envelope or direct"],
  [
    { mode: "direct", keys: [TENCENT, SHANGHAI] },
    "mode",
    "mode: direct goes with one key",
    "take mode: envelope",
  ],
  [{ maxDataKeys: 0 }, "maxDataKeys", "expected a whole number above 0"],
  [{ maxDataKeys: 1.5 }, "maxDataKeys", "expected a whole number above 0"],
  [{ maxDataKeys: "3" }, "maxDataKeys", "expected a whole number above 0"],
  [{ load: "a.yaml" }, "load", "expected a list"],
  [{ load: [""] }, "load[0]", "expected a path"],
  [{ load: [1] }, "load[0]", "expected a map of path, optional, as, format"],
  [{ load: [{}] }, "load[0]", "a load entry needs a path"],
  [{ load: [{ path: "" }] }, "load[0].path", "expected a path"],
  [
    { load: [{ path: "a", required: true }] },
    "load[0].required",
    'unknown field "required"',
    "the fields here are path, optional, as, format",
  ],
  [{ load: [{ path: "a", optional: "yes" }] }, "load[0].optional", "expected true or false"],
  [{ load: [{ path: "a", format: "toml" }] }, "load[0].format", "expected yaml, json or dotenv"],
  [{ load: [{ path: "a", as: "" }] }, "load[0].as", "expected a path"],
  [{ load: ["config/${env}.yaml"] }, "load[0]", ENV_EXPECTED, "write {env}"],
  [{ load: [{ path: "${env}.yaml" }] }, "load[0].path", ENV_EXPECTED],
  [{ load: [{ path: "a", as: "config/${env}.yaml" }] }, "load[0].as", ENV_EXPECTED],
  [{ load: ["config\\{env}.yaml"] }, "load[0]", BACKSLASH, "write / between folders"],
  [{ load: [{ path: "config\\a.yaml" }] }, "load[0].path", BACKSLASH],
  [{ load: [{ path: "a", as: "config\\a.yaml" }] }, "load[0].as", BACKSLASH],
  [{ rules: {} }, "rules", "expected a list"],
  [{ rules: ["a"] }, "rules[0]", `expected a map of ${RULE_FIELDS}`],
  [rule({ file: "b" }), "rules[0].file", 'unknown field "file"', `the fields here are ${RULE_FIELDS}`],
  [rule({ load: [] }), "rules[0].load", 'unknown field "load"'],
  [{ rules: [{}] }, "rules[0]", "a rule needs files", 'name some: files: ["config/production.*"]'],
  [{ rules: [{ files: [] }] }, "rules[0]", "a rule needs files"],
  [rule({ files: ["a", "/etc/a"] }), "rules[0].files[1]", GLOB_EXPECTED],
  [rule({ files: ["a", "../a"] }), "rules[0].files[1]", GLOB_EXPECTED],
  [rule({ files: ["a", "b/../../a"] }), "rules[0].files[1]", GLOB_EXPECTED],
  [rule({ files: ["a", "!b"] }), "rules[0].files[1]", GLOB_EXPECTED],
  [rule({ files: ["a", ""] }), "rules[0].files[1]", GLOB_EXPECTED],
  [
    rule({ files: ["a", "config/{env}.yaml"] }),
    "rules[0].files[1]",
    ENV_IN_FILES,
    "name each env's files in a rule of its own",
  ],
  [rule({ files: ["a", "config/${env}.*"] }), "rules[0].files[1]", ENV_IN_FILES],
  [
    rule({ files: ["a", "config\\production.yaml"] }),
    "rules[0].files[1]",
    NOTHING_ESCAPED,
    "write / between folders",
  ],
  ...["config\\1.yaml", "config\\_a", "config\\.env", "config\\应.yaml", "a\\\\b", "config\\"].map((glob) => {
    return [rule({ files: ["a", glob] }), "rules[0].files[1]", NOTHING_ESCAPED] as const;
  }),
  [
    rule({ files: ["a", "config/"] }),
    "rules[0].files[1]",
    FOLDER,
    "write config/** for what lies in the folder config",
  ],
  ...["config/**/", "config/*/.", ".", "./", "config//"].map((glob) => {
    return [rule({ files: ["a", glob] }), "rules[0].files[1]", FOLDER] as const;
  }),
  [
    rule({ files: ["a", "a".repeat(1025)] }),
    "rules[0].files[1]",
    TOO_LONG,
    "name the files in several globs",
  ],
  [rule({ env: "a/b" }), "rules[0].env", NAME_EXPECTED],
  [rule({ env: true }), "rules[0].env", NAME_EXPECTED],
  [rule({ raw: ["a["] }), "rules[0].raw[0]", PATTERN_EXPECTED],
  [rule({ keys: ["local/a", "local/b"], mode: "direct" }), "rules[0].mode", "mode: direct goes with one key"],
  [
    { mode: "direct", ...rule({ keys: ["local/a", "local/b"] }) },
    "rules[0].keys",
    "mode: direct goes with one key",
  ],
  [
    { keys: ["local/a", "local/b"], ...rule({ mode: "direct" }) },
    "rules[0].mode",
    "mode: direct goes with one key",
  ],
  [
    { keys: ["local/a"], ...rule({ accept: ["local/a"] }) },
    "rules[0].accept",
    "a key stands in keys and in accept",
  ],
  [
    { accept: ["local/a"], ...rule({ keys: ["local/a"] }) },
    "rules[0].keys",
    "a key stands in keys and in accept",
  ],
  [rule({ keys: ["local/a", TENCENT] }), "rules[0].keys", "a local key stands beside a cloud key"],
  [
    { keys: ["local/a", TENCENT], ...rule({ accept: ["local/b"] }) },
    "keys",
    "a local key stands beside a cloud key",
  ],
  [
    { accept: ["local/a"], ...rule({ keys: ["local/b", TENCENT] }) },
    "rules[0].keys",
    "a local key stands beside a cloud key",
  ],
];

/** Accepted keys beside keys of the other kind: files move from the ones to the others. */
const MOVING: readonly { readonly keys?: unknown; readonly accept?: unknown; readonly rules?: unknown }[] = [
  { keys: [TENCENT], accept: ["local/dev"] },
  { keys: ["local/dev"], accept: [TENCENT] },
  { accept: [TENCENT, "local/dev"] },
  rule({ keys: [TENCENT, SHANGHAI], accept: ["local/dev", "aliyun/cn-hangzhou/key-1"] }),
  { keys: ["local/dev"], ...rule({ accept: [TENCENT] }) },
  { accept: [TENCENT], ...rule({ keys: ["local/dev"] }) },
  { keys: ["local/dev"], accept: ["local/old"], ...rule({ keys: [TENCENT] }) },
];

describe("parsePolicy", () => {
  it("reads a whole policy", () => {
    const { policy, problems } = parse(FULL);
    assert.deepEqual(problems, []);
    assert.equal(policy.file, ".sealconf.yaml");
    assert.deepEqual(policy.secrets.texts, ["**.password", "!**.host"]);
    const [production] = policy.rules;
    assert.deepEqual(
      { ...production, covers: undefined, secrets: production?.secrets.texts, raw: production?.raw.texts },
      {
        app: "billing-api",
        env: "production",
        files: ["config/production.*", "deploy/prod/**"],
        covers: undefined,
        keys: [TENCENT, SHANGHAI],
        accept: ["aliyun/cn-hangzhou/key-1"],
        secrets: ["**.password", "!**.host"],
        mode: "envelope",
        raw: ["legacy.apiKey"],
        maxDataKeys: 3,
      },
    );
  });

  it("lets a rule take its own in place of each default, and the others from the top", () => {
    const { policy } = parse(FULL);
    const [, own, none] = policy.rules;
    assert.deepEqual(
      [own?.app, own?.secrets.texts, own?.mode, own?.keys],
      ["other-api", ["**.token"], "direct", ["local/dev"]],
    );
    assert.deepEqual([own?.env, own?.accept, own?.raw.texts, own?.maxDataKeys], [undefined, [], [], 10]);
    assert.deepEqual(
      [none?.app, none?.keys, none?.mode, none?.env],
      ["billing-api", ["local/dev"], "envelope", undefined],
    );
  });

  it("reads an empty map: nothing is secret and no file has a rule", () => {
    const { policy, problems } = parse({});
    assert.deepEqual(problems, []);
    assert.deepEqual([policy.load, policy.rules, policy.secrets.texts], [[], [], []]);
  });

  it("lets a rule put its own in place of a default that would not go with it", () => {
    const cloud = { files: ["a"], keys: [TENCENT], accept: [SHANGHAI] };
    const local = { files: ["b"], accept: ["local/old"], mode: "envelope" };
    assert.deepEqual(parse({ keys: ["local/dev"], mode: "direct", rules: [cloud, local] }).problems, []);
    const several = { files: ["c"], keys: [TENCENT, SHANGHAI], mode: "envelope" };
    assert.deepEqual(parse({ mode: "direct", rules: [several] }).problems, []);
  });

  for (const value of MOVING) {
    it(`takes ${JSON.stringify(value).slice(0, 80)}: an accepted key may be of another kind than keys`, () => {
      assert.deepEqual(parse(value).problems, []);
    });
  }

  for (const [value, at, what, hint] of BAD) {
    it(`refuses ${printable(JSON.stringify(value)).slice(0, 80)} at ${at === "" ? "its beginning" : printable(at)}: ${what}`, () => {
      const { problems } = parse(value);
      assert.deepEqual(
        problems.map(({ source }) => source?.path),
        [at],
        problems.join("\n"),
      );
      const [problem] = problems;
      anErrorWith({ code: "ERR_POLICY_INVALID", hint })(problem);
      assert.ok(problem?.message.endsWith(`: ${what}`), problem?.message);
    });
  }

  it("takes names that only look like another tool's spelling", () => {
    const secrets = [
      "metadata.annotations.example.com/token",
      "**.example\\.com/token",
      "**.*/token",
      "a\\{b\\}",
      "\\ a b\\ ",
      "\\$.a",
      "$env",
      "a$.b",
      "\\*\\*/a",
    ];
    const files = [
      "a\\[b\\].yaml",
      "{env,a}.yaml",
      "$env",
      "a.",
      "...",
      "config/.env",
      "a b/c",
      "a".repeat(1024),
      "\u{1f600}".repeat(1024),
    ];
    const load = ["{env}.yaml", "$env", "a/*[b]", "{{env}}"];
    assert.deepEqual(parse({ load, secrets, rules: [{ files, raw: secrets }] }).problems, []);
  });

  it("refuses a glob at its place when the compiler of globs does, then or later", () => {
    const refusals: ((what: string, hint?: string) => void)[] = [];
    const compileGlob: PolicyGrammar["compileGlob"] = (glob, refuse) => {
      refusals.push(refuse);
      return (path) => path === glob;
    };
    const { problems } = parse(rule({ files: ["a", "b"] }), { ...GRAMMAR, compileGlob });
    assert.equal(problems.length, 0);
    refusals[1]?.("no glob", "write another");
    assert.deepEqual(
      problems.map(({ source, hint }) => [source?.path, hint]),
      [["rules[0].files[1]", "write another"]],
    );
  });

  it("puts the place that it is told in front of each message", () => {
    const { problems } = parse({ rules: [{ files: ["a"], env: 1 }] });
    assert.deepEqual(
      problems.map(({ message }) => message),
      [`.sealconf.yaml:3:7 (rules[0].env): ${NAME_EXPECTED}`],
    );
    assert.deepEqual(problems[0]?.source, {
      file: ".sealconf.yaml",
      line: 3,
      column: 7,
      path: "rules[0].env",
    });
  });

  it("tells every problem, in the order of the file's parts, and a default's once", () => {
    const { problems } = parse({
      app: 1,
      keys: ["local/a", TENCENT],
      rules: [{ files: ["a"], env: 1 }, { files: ["b"] }, { files: [], extra: true }],
    });
    const places = problems.map(({ source }) => source?.path);
    assert.deepEqual(places, ["app", "keys", "rules[0].env", "rules[2].extra", "rules[2]"]);
  });

  it("shows no value in what it says", () => {
    const canary = "canary7d1f";
    const texts = [
      { app: `${canary} ` },
      { keys: [canary] },
      { mode: canary },
      { load: [{ path: "a", format: canary }] },
      rule({ env: `${canary}!` }),
      rule({ files: [`${canary}/`], raw: [`**/${canary}`] }),
      { load: [`\\${canary}`], secrets: [`{${canary}}`, `${canary} `, `$.${canary}`] },
    ];
    for (const { message } of texts.flatMap((value) => parse(value).problems))
      assert.ok(!message.includes(canary), message);
  });
});

describe("ruleFor", () => {
  const { policy } = parse(FULL);

  for (const [path, index] of [
    ["config/production.yaml", 0],
    ["deploy/prod/a/b.json", 0],
    ["config/default.yaml", 1],
    ["config/nested/x.yaml", 1],
    [".env", 2],
    ["packages/a/.env.local", 2],
    [ENVIRONMENT_FILE, 2],
    ["production.yaml", undefined],
    ["Config/production.yaml", undefined],
    ["other/config/production.yaml", undefined],
  ] as const) {
    it(`gives ${path} ${index === undefined ? "no rule" : `rule ${index}, the first that covers it`}`, () => {
      assert.equal(ruleFor(policy, path), index === undefined ? undefined : policy.rules[index]);
    });
  }

  it("takes a name in either of its Unicode forms", () => {
    const names = ["caf\u00e9/contrase\u00f1a.yaml", "cafe\u0301/contrasen\u0303a.yaml"];
    for (const glob of [...names, "caf\u00e9/*", "cafe\u0301/**", "caf?/*"]) {
      const { rules } = parse(rule({ files: [glob] })).policy;
      for (const name of names) assert.equal(rules[0]?.covers(name), true, `${glob} ${name}`);
      assert.equal(rules[0]?.covers("cafe/contrasena.yaml"), glob === "caf?/*", glob);
    }
    const [first] = parse(rule({ files: names })).policy.rules;
    assert.deepEqual(first?.files, names);
  });

  it("takes $env as a name, not as a glob", () => {
    const globs = parse({ rules: [{ files: ["*"] }, { files: [ENVIRONMENT_FILE] }] }).policy;
    assert.equal(ruleFor(globs, "$env"), globs.rules[0]);
    const { covers } = parse(rule({ files: [ENVIRONMENT_FILE] })).policy.rules[0] ?? {};
    assert.deepEqual([covers?.("$env"), covers?.("env"), covers?.("$envx")], [true, false, false]);
  });
});

describe("loadListFor", () => {
  it("writes the env in place of {env}, each time", () => {
    const { policy } = parse({
      load: [
        "a.yaml",
        "{env}/{env}.yaml",
        { path: "/etc/{env}", as: "config/{env}.yaml", format: "yaml", optional: true },
      ],
    });
    assert.deepEqual(loadListFor(policy, "prod"), [
      { path: "a.yaml", optional: false, as: undefined },
      { path: "prod/prod.yaml", optional: false, as: undefined },
      { path: "/etc/prod", optional: true, as: "config/prod.yaml", format: "yaml" },
    ]);
  });

  it("takes the env as it is", () => {
    const { policy } = parse({ load: ["{env}.yaml"] });
    assert.equal(loadListFor(policy, "$&$1")[0]?.path, "$&$1.yaml");
  });
});

function rule(fields: object): { readonly rules: readonly object[] } {
  return { rules: [{ files: ["a"], ...fields }] };
}

function parse(
  value: unknown,
  grammar = GRAMMAR,
): { readonly policy: Policy; readonly problems: readonly SourceError[] } {
  return parsePolicy(
    {
      file: ".sealconf.yaml",
      value,
      at: (path) => ({ file: ".sealconf.yaml", line: path.length, column: 7, path: formatPath(path) }),
    },
    grammar,
  );
}
