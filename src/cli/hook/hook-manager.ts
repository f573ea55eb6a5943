import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { CHECK_COMMAND } from "./hook-script.ts";

/** A tool that writes git's hooks itself, from files of its own. */
export interface HookManager {
  readonly name: string;
  /** What to add, and to which file. */
  readonly advice: string;
  readonly lines: string;
  /** Its own files run the check already. */
  readonly guarded: boolean;
}

/** Runs the installed package, and fails where it is not installed instead of fetching one of that name. */
export const NPX_COMMAND: string = `npx --no-install ${CHECK_COMMAND}`;

interface KnownManager extends Omit<HookManager, "guarded"> {
  /** What lies in a work tree that it manages. */
  readonly config: RegExp;
  /** The files that must run the check; without them, its configuration. */
  readonly hooks?: readonly string[];
}

const KNOWN: readonly KnownManager[] = [
  {
    name: "husky",
    config: /^\.husky$/,
    hooks: [".husky/pre-commit", ".husky/pre-merge-commit"],
    advice: "add the line to .husky/pre-commit and to .husky/pre-merge-commit",
    lines: `${NPX_COMMAND}\n`,
  },
  {
    name: "lefthook",
    config: /^(?:\.config\/|\.)?lefthook\.(?:ya?ml|toml|jsonc?)$/,
    advice: "add the lines to its configuration, then run: lefthook install",
    lines: ["pre-commit", "pre-merge-commit"]
      .map((hook) => `${hook}:\n  commands:\n    sealconf:\n      run: ${NPX_COMMAND}\n`)
      .join(""),
  },
  {
    name: "pre-commit",
    config: /^\.pre-commit-config\.yaml$/,
    advice:
      "add the lines to repos in .pre-commit-config.yaml, then run: pre-commit install -t pre-commit -t pre-merge-commit",
    lines: `- repo: local
  hooks:
    - id: sealconf
      name: no secrets in plaintext
      entry: ${NPX_COMMAND}
      language: system
      pass_filenames: false
      always_run: true
`,
  },
];

/** Finds the tool that manages the hooks of a work tree: it would write over a hook that it did not write. */
export async function findHookManager(workTree: string): Promise<HookManager | undefined> {
  const names = [
    ...(await namesIn(workTree)),
    ...(await namesIn(join(workTree, ".config"))).map((name) => `.config/${name}`),
  ];
  for (const { config, hooks, ...manager } of KNOWN) {
    const found = names.find((name) => config.test(name));
    if (found === undefined) continue;
    const texts = await Promise.all((hooks ?? [found]).map((file) => textOf(join(workTree, file))));
    return {
      ...manager,
      guarded: texts.every((text) => /sealconf check --staged|\bid: sealconf\b/.test(text)),
    };
  }
  return undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  // Whatever cannot be listed configures nothing.
  return await readdir(folder).catch(() => []);
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}
