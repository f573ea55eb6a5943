import type { PolicyProposal, ProposedLoad, ProposedRule } from "./propose-policy.ts";

const CLOUD_KEY = "tencent/ap-guangzhou/00000000-0000-0000-0000-000000000000";

/** Writes a proposed policy as the text of a `.sealconf.yaml` that says what each of its fields means. */
export function formatPolicy({ app, keys, load, secrets, rules }: PolicyProposal): string {
  return `# yaml-language-server: $schema=node_modules/sealconf/schema/policy.schema.json

# Which files there are, which keys open what is sealed in them, and what must never be plaintext.
# It is trusted: review it like code.

# Bound into every sealed value: one that was copied from another application does not open here.
app: ${scalar(app)}

# What loadConfig({ env }) reads, in order; what comes later wins. {env} is replaced by the env.
${load.length === 0 ? NO_LOAD : block("load", load.map(loadEntry))}

# New values are sealed to these keys, and each of them can open them. A rule may name its own.
${block("keys", keys.map(scalar))}

# Keys that may still open and are no longer sealed to, after a rotation.
# accept: []

# Paths that must never hold plaintext, nor must what lies below them. The last pattern that matches decides; ! takes
# back. ** is any number of segments, * any characters of one; names in dotenv files match whatever their case.
secrets:
  [
${secrets.map((row) => `    ${row.map(scalar).join(", ")},\n`).join("")}  ]

# How new values are sealed. direct: the key service encrypts each itself; it goes with one key.
# mode: envelope

# How many data keys a file should need at most: each costs a call to the key service when it is loaded.
# maxDataKeys: 10

# The first rule that covers a file decides. What it does not say is as above.
#   files  globs relative to this folder; $env means tokens that stand in environment variables
#   env    bound into every value sealed in these files; without it they are bound to app and place only
#   raw    paths where a ciphertext may stand that another tool made, such as ["legacy.apiKey"]
${rules.length === 0 ? NO_RULES : `rules:\n${rules.map((rule) => ruleLines(rule, keys)).join("")}`}`;
}

const NO_LOAD = '# load: ["config/default.yaml", "config/{env}.yaml"]';
const NO_RULES = `rules: []
# rules:
#   - files: ["config/production.*"]
#     env: production
#   - files: ["config/**", ".env*"]
`;

function ruleLines({ files, env }: ProposedRule, keys: readonly string[]): string {
  const lines = [`- files: [${files.map(scalar).join(", ")}]`];
  if (env !== undefined) lines.push(`  env: ${scalar(env)}`);
  // A local key is for trying out: who can seal for production can read it.
  if (env?.startsWith("prod") === true && keys.every((key) => key.startsWith("local/")))
    lines.push(`  # keys: [${CLOUD_KEY}] # a key that only production may decrypt with`);
  return lines.map((line) => `  ${line}\n`).join("");
}

function loadEntry({ path, optional }: ProposedLoad): string {
  return optional ? `{ path: ${scalar(path)}, optional: true }` : scalar(path);
}

function block(name: string, items: readonly string[]): string {
  return `${name}:\n${items.map((item) => `  - ${item}`).join("\n")}`;
}

/** Writes a string as YAML: plain where nothing else could be read, else in double quotes. */
function scalar(text: string): string {
  if (
    /^[a-z][a-z0-9-]*(?:\/[a-z0-9-]+)*$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(text)
  )
    return text;
  // JSON leaves some characters as they are that YAML does not print.
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
