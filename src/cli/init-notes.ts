import { join } from "node:path";

import type { Draft } from "../init/draft-policy.ts";
import { printable } from "../errors/index.ts";
import { exists } from "../source/index.ts";

import type { Io } from "./io.ts";

const LOCAL = "local/";
const SHOWN_FOLDERS = 5;

/** Tells what a policy was drafted from: names and counts, never values. */
export function describeDraft(draft: Draft, policyAbove: string | undefined): string[] {
  const { app, files, counts, unreadable, others, complete } = draft;
  const holders = filesWithSecrets(draft);
  const values = holders.reduce((sum, { secrets }) => sum + secrets, 0);
  const width = Math.max(0, ...[...counts.keys()].map((pattern) => printable(pattern).length));
  const lines = [`app ${app}, ${numberOf(files.length, "config file")}`];
  if (files.length === 0) lines.push("the policy has no rules yet: add some for your config files");
  if (values > 0) {
    lines.push(
      `${numberOf(values, "plaintext value")} at secret paths, in ${numberOf(holders.length, "file")}:`,
    );
    for (const [pattern, count] of counts) lines.push(`  ${printable(pattern).padEnd(width)}  ${count}`);
  }
  for (const { message } of unreadable) lines.push(`left out: ${message}`);
  if (others.length > 0) {
    const more = others.length > SHOWN_FOLDERS ? [`and ${others.length - SHOWN_FOLDERS} more`] : [];
    const shown = [...others.slice(0, SHOWN_FOLDERS).map(printable), ...more].join(", ");
    lines.push(`left out, for policies of their own: ${shown}`);
  }
  if (!complete) lines.push("there are too many files to look at all of them: add rules for the others");
  if (policyAbove !== undefined)
    lines.push(`${printable(policyAbove)} covers the files here no longer: the nearest policy decides`);
  return lines;
}

export interface Written {
  readonly draft: Draft;
  readonly keys: readonly string[];
  /** The files that were written. */
  readonly written: readonly string[];
  readonly inGit: boolean;
}

/** Lists the commands that lead from a new policy to a guarded repository. */
export async function nextSteps({ draft, keys, written, inGit }: Written, io: Io): Promise<string[]> {
  // What npx ran is not on the shell's path.
  const run = io.env["npm_command"] === "exec" ? "npx " : "";
  const toSeal = filesWithSecrets(draft).map(({ path }) => shellWord(path));
  return [
    ...(await missingKeys(keys, io)).map((name) => `${run}sealconf keygen ${name}`),
    ...(toSeal.length === 0 ? [] : [`${run}encrypt-value ${toSeal.join(" ")}`]),
    ...(inGit ? [] : ["git init"]),
    `git add ${written.join(" ")}`,
    `${run}sealconf hook install`,
  ];
}

/** The names of those local keys that this machine does not have. */
async function missingKeys(keys: readonly string[], { env }: Io): Promise<string[]> {
  const { keysFolder, keyVariable } = await import("../local/key-file.ts");
  const names = keys.filter((key) => key.startsWith(LOCAL)).map((key) => key.slice(LOCAL.length));
  const there = await Promise.all(
    names.map(async (name) => {
      return env[keyVariable(name)] !== undefined || (await exists(join(keysFolder(env), `${name}.key`)));
    }),
  );
  return names.filter((_, index) => there[index] === false);
}

function filesWithSecrets({ files }: Draft): Draft["files"] {
  return files.filter(({ secrets }) => secrets > 0);
}

function shellWord(text: string): string {
  const path = text.startsWith("-") ? `./${text}` : text;
  return /^[A-Za-z0-9_./-]+$/.test(path) ? path : `'${printable(path).replaceAll("'", "'\\''")}'`;
}

function numberOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
