import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { formatPolicy } from "../../src/init/policy-text.ts";
import { type Outcome, readPackageFile, ROOT, run } from "./project.ts";

const EXPORTS = [
  "KmsError",
  "LoadError",
  "OpenError",
  "SchemaError",
  "SealconfError",
  "Secret",
  "SourceError",
  "TokenError",
  "UsageError",
  "describeConfig",
  "loadConfig",
  "localKeys",
  "openValue",
  "sealValue",
  "sealValues",
  "secretPaths",
  "tencentKms",
  "toSecret",
];

const NODE = process.execPath;
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

let folder: string;
let app: string;

// The package as a user gets it: packed, installed into an empty project, and installed again from that one's lock.
before(() => {
  folder = mkdtempSync(join(tmpdir(), "sealconf-package-"));
  app = join(folder, "app");
  mkdirSync(app);
  succeeds(run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], ROOT));
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  write("package.json", JSON.stringify({ name: "app", version: "1.0.0", private: true }));
  const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  succeeds(run("npm", ["install", ...quiet, `../${tarball}`], app));
  succeeds(run("npm", ["ci", ...quiet], app));
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("the package holds the build, the documents and the schema, nothing else", () => {
  const files = readdirSync(join(app, "node_modules/sealconf"), {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).split("node_modules/sealconf/")[1] ?? "");
  const expected =
    /^(?:dist\/.+\.(?:js|d\.ts)|(?:docs|schema)\/.+|(?:README|README\.zh-CN|CHANGELOG)\.md|LICENSE|package\.json)$/;
  assert.deepEqual(
    files.filter((file) => !expected.test(file)),
    [],
  );
  assert.ok(files.includes("LICENSE"));
  assert.ok(files.includes("README.md"));
});

test("an optional peer is not installed", () => {
  assert.equal(existsSync(join(app, "node_modules/tencentcloud-sdk-nodejs-common")), true);
  assert.equal(existsSync(join(app, "node_modules/tencentcloud-sdk-nodejs-kms")), false);
});

test("import gives the public names", () => {
  write("import.mjs", 'console.log(JSON.stringify(Object.keys(await import("sealconf"))));');
  assert.deepEqual(namesOf(run(NODE, ["import.mjs"], app)), EXPORTS);
});

test("require gives the public names", () => {
  write("require.cjs", 'console.log(JSON.stringify(Object.keys(require("sealconf"))));');
  const names = namesOf(run(NODE, ["require.cjs"], app));
  // Some releases of Node add this one, for compilers.
  assert.deepEqual(
    names.filter((name) => name !== "__esModule" && name !== "module.exports"),
    EXPORTS,
  );
});

test("the emulator is an entry of its own", () => {
  write("emulator.mjs", 'console.log(JSON.stringify(Object.keys(await import("sealconf/emulator"))));');
  const names = namesOf(run(NODE, ["emulator.mjs"], app));
  assert.notDeepEqual(names, []);
  assert.deepEqual(
    names.filter((name) => EXPORTS.includes(name)),
    [],
  );
});

test("the policy's schema is an entry of its own, and lies where a policy that init writes looks for it", () => {
  write("schema.mjs", 'console.log(import.meta.resolve("sealconf/policy.schema.json"));');
  const resolved = run(NODE, ["schema.mjs"], app);
  succeeds(resolved);
  const schema: unknown = JSON.parse(readFileSync(new URL(resolved.stdout.trim()), "utf8"));
  const sources = readFileSync(join(ROOT, "schema/policy.schema.json"), "utf8");
  assert.deepEqual(schema, JSON.parse(sources));
  const policy = formatPolicy({ app: "a", keys: [], load: [], secrets: [], rules: [] });
  const [, named = ""] = /^# yaml-language-server: \$schema=(.+)$/m.exec(policy) ?? [];
  assert.equal(readFileSync(join(app, named), "utf8"), sources);
});

test("files that are no entry cannot be imported", () => {
  write("inside.mjs", 'await import("sealconf/dist/crypto/index.js");');
  assert.match(run(NODE, ["inside.mjs"], app).stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
});

test("the sealconf command runs", () => {
  const bin = join(app, "node_modules/.bin/sealconf");
  const { version } = readPackageFile();
  assert.deepEqual(run(bin, ["--version"], app), { status: 0, stdout: `${version}\n`, stderr: "" });
  const help = run(bin, ["--help"], app);
  succeeds(help);
  assert.match(help.stdout, /^Usage: sealconf /m);
});

test("the encrypt-value command runs", () => {
  const help = run(join(app, "node_modules/.bin/encrypt-value"), ["--help"], app);
  succeeds(help);
  assert.match(help.stdout, /^Usage: .*encrypt-value /m);
  assert.match(help.stdout, /--key/);
});

const CONSUMER = `
import * as emulator from "sealconf/emulator";
import { describeConfig, type KmsProvider, LoadError, loadConfig, localKeys, openValue, sealValue, Secret,
  secretPaths, tencentKms, toSecret } from "sealconf";

interface Settings { readonly port: number }
declare const schema: {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: unknown; readonly output: Settings };
    readonly validate: (value: unknown) => { readonly value: Settings };
  };
};

export const providers: readonly KmsProvider[] = [tencentKms({}), localKeys({})];
export const others: readonly unknown[] = [emulator, describeConfig, openValue, sealValue, Secret, secretPaths, toSecret];
export async function start(): Promise<number> {
  try {
    const untyped: Readonly<Record<string, unknown>> = await loadConfig({ files: ["app.yaml"] });
    void untyped;
    const { port } = await loadConfig({ files: ["app.yaml"], schema });
    // @ts-expect-error the schema makes it a number
    const text: string = port;
    void text;
    return port;
  } catch (error) {
    if (error instanceof LoadError) for (const { code, message } of error.errors) console.log(code, message);
    throw error;
  }
}
`;

const COMMONJS_CONSUMER = `
import sealconf = require("sealconf");
export const load: typeof sealconf.loadConfig = sealconf.loadConfig;
`;

test("a consumer compiles as Node resolves modules, also from CommonJS", () => {
  write("consumer.mts", CONSUMER);
  write("consumer.cts", COMMONJS_CONSUMER);
  succeeds(compile({ module: "nodenext" }, ["consumer.mts", "consumer.cts"]));
});

test("a consumer compiles as bundlers resolve modules", () => {
  write("consumer.ts", CONSUMER);
  succeeds(compile({ module: "esnext", moduleResolution: "bundler" }, ["consumer.ts"]));
});

/** Library checks stay on: they show whether our declarations compile outside this project. */
function compile(options: Readonly<Record<string, string>>, files: readonly string[]): Outcome {
  const compilerOptions = {
    ...options,
    target: "es2023",
    lib: ["es2023"],
    strict: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  return run(NODE, [TSC, "-p", "tsconfig.json"], app);
}

function write(name: string, text: string): void {
  writeFileSync(join(app, name), text);
}

function succeeds({ status, stdout, stderr }: Outcome): void {
  assert.equal(status, 0, `${stdout}${stderr}`);
}

function namesOf(outcome: Outcome): string[] {
  succeeds(outcome);
  return (JSON.parse(outcome.stdout) as string[]).sort();
}
