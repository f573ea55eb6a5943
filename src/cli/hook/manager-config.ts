import { HOOKS } from "./hook-script.ts";
import { runsCheck } from "./runs-check.ts";

type Mapping = Readonly<Record<string, unknown>>;

const JSON_COMMENT = /("(?:[^"\\]|\\.)*")|\/\/.*|\/\*[^]*?\*\//g;

/** Tells whether a lefthook configuration has every hook run the check. */
export async function lefthookRunsCheck(text: string, file: string): Promise<boolean> {
  const config = mapping(file.endsWith(".toml") ? parseSections(text) : await parseText(text, file));
  return HOOKS.every((hook) => commandsIn(config[hook]).some(runsCheck));
}

/** Tells whether a configuration of the pre-commit framework has every hook run the check. */
export async function frameworkRunsCheck(text: string, file: string): Promise<boolean> {
  const config = mapping(await parseText(text, file));
  const checks = list(config["repos"])
    .flatMap((repository) => list(mapping(repository)["hooks"]))
    .map(mapping)
    .filter(({ id, entry }) => (typeof entry === "string" ? runsCheck(entry) : id === "sealconf"));
  return HOOKS.every((hook) =>
    checks.some(
      ({ stages = config["default_stages"] }) => stages === undefined || runsIn(hook, list(stages)),
    ),
  );
}

/** Stages had shorter names before pre-commit 3.2. */
function runsIn(hook: string, stages: readonly unknown[]): boolean {
  return stages.includes(hook) || stages.includes(hook.slice("pre-".length));
}

/** What a hook of lefthook's runs, in whatever groups; without what it always skips. */
function commandsIn(node: unknown): string[] {
  const { run, skip, ...rest } = mapping(node);
  if (skip === true) return [];
  return [...(typeof run === "string" ? [run] : []), ...Object.values(rest).flatMap(commandsIn)];
}

/** What cannot be parsed has nothing run. */
async function parseText(text: string, file: string): Promise<unknown> {
  const { parse } = await import("yaml");
  const plain = /\.jsonc?$/.test(file) ? text.replace(JSON_COMMENT, "$1") : text;
  try {
    return parse(plain, { merge: true, logLevel: "error" });
  } catch {
    return undefined;
  }
}

/** Of TOML, the sections whose first name is a hook's, with what each runs. */
function parseSections(text: string): Mapping {
  const sections = text.split(/^\s*\[+\s*/m).map((section) => ({
    hook: /^["']?([\w-]+)["']?\s*[.\]]/.exec(section)?.[1],
    skip: /^\s*skip\s*=\s*true\s*$/m.test(section),
    run: /^\s*run\s*=\s*(["'])(.*)\1\s*$/m.exec(section)?.[2],
  }));
  return Object.fromEntries(HOOKS.map((hook) => [hook, sections.filter((section) => section.hook === hook)]));
}

function mapping(node: unknown): Mapping {
  return typeof node === "object" && node !== null ? { ...node } : {};
}

function list(node: unknown): readonly unknown[] {
  return Array.isArray(node) ? node : [];
}
