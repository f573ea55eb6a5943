// Loads what standard input says, in a process of its own. A load that fails is left uncaught; one that succeeds prints
// nothing. With "watch", it tells which variables were read, and which parts of the SDK were loaded, instead.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

import { LoadError, loadConfig, type LoadOptions } from "../../src/index.ts";

export interface ChildTask {
  readonly options: LoadOptions;
  readonly watch?: boolean;
}

export interface ChildReport {
  readonly codes: readonly string[];
  readonly variables: readonly string[];
  readonly modules: readonly string[];
}

const { options, watch } = JSON.parse(await text(process.stdin)) as ChildTask;

if (watch === true) {
  const variables = new Set<string>();
  process.env = new Proxy(process.env, {
    get: (target, name) => {
      variables.add(String(name));
      return Reflect.get(target, name) as unknown;
    },
  });
  const error = await loadConfig(options).catch((reason: unknown) => reason);
  const report: ChildReport = {
    codes: error instanceof LoadError ? error.errors.map(({ code }) => code) : [],
    variables: [...variables],
    modules: Object.keys(createRequire(import.meta.url).cache),
  };
  process.stdout.write(JSON.stringify(report));
} else await loadConfig(options);
