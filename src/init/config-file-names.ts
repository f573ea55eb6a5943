import { posix } from "node:path";

/** What a file's name says of it. */
export interface ConfigFileName {
  /** Relative to the policy's folder, with `/` between segments. */
  readonly path: string;
  /** The env that its name speaks of, as it spells it; `undefined` for a file of all of them. */
  readonly env: string | undefined;
  /** The outermost folder above it that is called as folders of config are: `config`. */
  readonly configFolder: string | undefined;
}

/** The names that envs have in files, each with the one that it is short for. */
const ENVS: ReadonlyMap<string, string> = new Map([
  ["production", "production"],
  ["prod", "production"],
  ["staging", "staging"],
  ["stage", "staging"],
  ["qa", "qa"],
  ["uat", "uat"],
  ["preview", "preview"],
  ["sandbox", "sandbox"],
  ["development", "development"],
  ["dev", "development"],
  ["test", "test"],
  ["local", "local"],
]);

const CONFIG_FOLDER =
  /^(?:conf|configs?|configuration|settings|secrets|deploy|deployments?|envs?|environments?)$/i;
const CONFIG_NAME =
  /(?:^|[._-])(?:app|application|conf|config|configuration|credentials|defaults?|secrets|settings)(?:[._-]|$)/i;

// Files that other programs read: they would not know what to do with a token.
const OF_A_TOOL = new RegExp(
  [
    "^(?:ts|js)config\\b",
    "^(?:docker-)?compose\\b",
    "^package(?:-lock)?\\.json$",
    "^npm-shrinkwrap\\.json$",
    "[-.]lock\\.",
    "^pnpm-",
    "^(?:azure|bitbucket)-pipelines\\b",
    "^(?:appveyor|chart|cloudbuild|codecov|kustomization|mkdocs|netlify|pulumi|renovate)\\b",
    "^(?:serverless|skaffold|vercel)\\b",
    "^(?:angular|api-extractor|babel|biome|commitlint|cypress|deno|eslint|jest|karma|knip)\\b",
    "^(?:lint-staged|metro|mocha|nest-cli|nodemon|nx|nyc|playwright|postcss|prettier|release)\\b",
    "^(?:rollup|stylelint|tailwind|tslint|turbo|typedoc|vite|vitest|webpack)\\b",
    "^(?:custom-environment-variables|manifest|openapi|swagger)\\b",
  ].join("|"),
  "i",
);
// What it holds is made up, to be copied.
const EXAMPLE = /(?:^|[._-])(?:dist|example|examples|sample|schema|template|tmpl)(?:[._-]|$)/i;

/** Returns the long form of an env's name: `production` for `prod`. */
export function longEnvName(env: string): string {
  return ENVS.get(env.toLowerCase()) ?? env;
}

/** Tells whether folders of this name hold config. */
export function isConfigFolder(name: string): boolean {
  return CONFIG_FOLDER.test(name);
}

/** Tells what a file is by its name; `undefined` when it does not look like an application's config. */
export function readConfigFileName(path: string): ConfigFileName | undefined {
  const name = posix.basename(path);
  const stem = name.replace(/\.(?:ya?ml|json)$/i, "");
  const isDotenv = /^\.env(?:\.|$)|\.env$/.test(name);
  if ((stem === name && !isDotenv) || OF_A_TOOL.test(name) || EXAMPLE.test(name)) return undefined;
  const folders = path.split("/").slice(0, -1);
  const depth = folders.findIndex(isConfigFolder);
  const configFolder = depth === -1 ? undefined : folders.slice(0, depth + 1).join("/");
  const ownEnv = envOfName(stem.replace(/\.env$/, ""));
  const isConfig = isDotenv || configFolder !== undefined || ownEnv !== undefined || CONFIG_NAME.test(stem);
  if (!isConfig) return undefined;
  return { path, env: ownEnv ?? folders.findLast((folder) => ENVS.has(folder.toLowerCase())), configFolder };
}

// `production`, `app.production`, `.env.production`, and `.env.production.local`, which is production's too.
function envOfName(stem: string): string | undefined {
  const words = stem.split(/[._-]/);
  const last = words.findLastIndex((word) => word.toLowerCase() !== "local");
  const word = [words[last], words.at(-1)].find((each) => each !== undefined && ENVS.has(each.toLowerCase()));
  return word;
}
