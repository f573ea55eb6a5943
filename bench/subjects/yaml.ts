import { sealValues } from "sealconf";

import type { Case } from "../measure.ts";
import type { Subject } from "../subject.ts";
import type { Workspace } from "../workspace.ts";

const SERVICES = 100;
const SECRETS_EACH = 10;
const APP = "bench";
const LAST = valueOf(SERVICES - 1, SECRETS_EACH - 1);

/** Who seals, and how a process that loads finds the key. */
export interface YamlKey {
  readonly key: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Loads one YAML file with 1,000 values under one data key, and only parses it. */
export async function yamlSubject(workspace: Workspace): Promise<Subject> {
  const local: YamlKey = { key: "local/bench", env: workspace.localKey };
  await writeConfig(workspace, "local", local);
  const ours: Case = {
    name: "loadConfig, local key",
    file: workspace.writeTimed("local/load.mjs", LOAD, KNOWN),
    env: local.env,
    clock: "process",
  };
  const theirs: Case = {
    name: "yaml's parse",
    file: workspace.writeTimed("local/parse.mjs", PARSE),
    clock: "process",
  };
  const parts: Case = {
    name: "loadConfig, local key, in parts",
    file: workspace.writeTimed("local/parts.mjs", LOAD_IN_PARTS, "parts"),
    env: local.env,
    clock: "inside",
  };
  return {
    title: "One YAML file, 1,000 sealed values, one data key",
    cases: [ours, theirs, parts],
    comparison: { ours, theirs, target: "at most", limit: 2 },
  };
}

/** The same file under a key of a key service: the emulator's, by the official SDK. */
export async function yamlByKeyServiceSubject(workspace: Workspace, key: YamlKey): Promise<Subject> {
  await writeConfig(workspace, "service", key);
  const load: Case = {
    name: "loadConfig, KMS emulator",
    file: workspace.writeTimed("service/load.mjs", LOAD, KNOWN),
    env: key.env,
    clock: "inside",
  };
  return {
    title: "The same file, its data key wrapped by a key service",
    cases: [load],
    calls: { of: load, expected: 1 },
  };
}

async function writeConfig({ write }: Workspace, folder: string, { key, env }: YamlKey): Promise<void> {
  const values = Array.from({ length: SERVICES * SECRETS_EACH }, (_, index) => {
    const [service, secret] = [Math.floor(index / SECRETS_EACH), index % SECRETS_EACH];
    return { path: `services.service${service}.secret${secret}`, value: valueOf(service, secret) };
  });
  const options = { keys: [key], context: { app: APP, env: "production" }, environment: env };
  const tokens = await sealValues(values, options);
  const lines = tokens.map((token, index) => {
    const heading = index % SECRETS_EACH === 0 ? `  service${index / SECRETS_EACH}:\n` : "";
    return `${heading}    secret${index % SECRETS_EACH}: ${token}\n`;
  });
  write(`${folder}/config.yaml`, `services:\n${lines.join("")}`);
  const rule = `rules:\n  - files: [config.yaml]\n    env: production\n    keys: [${key}]\n`;
  write(`${folder}/.sealconf.yaml`, `app: ${APP}\nsecrets: ["**.secret*"]\n${rule}`);
}

function valueOf(service: number, secret: number): string {
  return `fake-value-${secret}-of-service-${service}`;
}

const CHECK = `const { service${SERVICES - 1}: last } = config.services;
if (last.secret${SECRETS_EACH - 1} !== "${LAST}") throw new Error("not the value");`;

const LOAD = `const { loadConfig, describeConfig } = await import("sealconf");
const config = await loadConfig({ files: ["config.yaml"], root: import.meta.dirname });
${CHECK}`;

const KNOWN = "kmsCalls: describeConfig(config).kmsCalls";

const PARSE = `const { readFileSync } = await import("node:fs");
const { parse } = await import("yaml");
parse(readFileSync(new URL("config.yaml", import.meta.url), "utf8"));`;

const LOAD_IN_PARTS = `const { loadConfig, localKeys } = await import("sealconf");
const imported = performance.now();
let asked, answered;
const local = localKeys();
const provider = {
  ...local,
  async decrypt(...call) {
    asked = performance.now();
    const answer = await local.decrypt(...call);
    answered = performance.now();
    return answer;
  },
};
const config = await loadConfig({ files: ["config.yaml"], root: import.meta.dirname, providers: [provider] });
const parts = {
  "import": imported - start,
  "read, parse, find, admit": asked - imported,
  "unwrap the data key": answered - asked,
  "open, build, freeze": performance.now() - answered,
};
${CHECK}`;
