import { relative, resolve, sep } from "node:path";

import { toUtf8 } from "../bytes/index.ts";
import { admit } from "../config/admit.ts";
import { type Origin, type SealedValue, sourceOf } from "../config/layer.ts";
import { openTokens } from "../config/open-tokens.ts";
import type { Environment } from "../config/options.ts";
import { Problems } from "../config/problems.ts";
import { withServices } from "../config/values.ts";
import { type ProblemError, SourceError } from "../errors/index.ts";
import { findScalars, parseDocument, type ScalarNode } from "../format/index.ts";
import { replaceScalars } from "../format/replace.ts";
import { formatPointer } from "../path/path.ts";
import { POLICY_FILE, type Rule, ruleFor } from "../policy/index.ts";
import { boundNames } from "../sealing/index.ts";
import { leavesRoot } from "../source/index.ts";
import { looksSealed, type Names, parseToken, placeOf, type Token } from "../token/index.ts";

import { nearestPolicy } from "../config/nearest-policy.ts";

export interface RevealOptions {
  readonly cwd: string;
  /** What the file is in the policy's eyes, when it lies elsewhere. */
  readonly as?: string | undefined;
  readonly environment: Environment;
}

export interface Revealed {
  /** The file, with the values that could be opened. */
  readonly bytes: Uint8Array;
  /** Why others could not. */
  readonly problems: readonly ProblemError[];
}

/**
 * Opens the sealed values of a file for somebody who looks at a diff; what does not open stays a token.
 *
 * git hands over a version that is not in the work tree as a temporary file, of which no rule is known. There each
 * token's place says which of the policy's rules it was sealed under; the proof is the commitment's as ever.
 *
 * @throws SourceError, LoadError when the file or its policy cannot be understood
 */
export async function revealTokens(
  file: string,
  bytes: Uint8Array,
  { cwd, as = file, environment }: RevealOptions,
): Promise<Revealed> {
  const document = await parseDocument(bytes, { file: as });
  const rules = await findRules(as, cwd);
  const problems = new Problems();
  const nodes = new Map<SealedValue, ScalarNode>();
  for (const { path, node } of findScalars(document.root)) {
    if (node.aliased || typeof node.value !== "string" || !looksSealed(node.value)) continue;
    const text = node.value;
    const origin = { layer: 0, file: as, path, document, offset: node.start };
    const value = problems.collect(origin, () => {
      const token = parseToken(text, { source: () => sourceOf(origin) });
      // A sealed file is no text that a diff could show.
      return token.kind === "file" ? undefined : sealedValue(token, rules, origin);
    });
    if (value !== undefined) nodes.set(value, node);
  }
  const { values } = await withServices({ environment }, async (services) => {
    return await openTokens(admit([...nodes.keys()], services.hasProvider, problems), services, problems);
  });
  const edits = [...nodes].flatMap(([sealed, node]) => {
    const value = values.get(sealed)?.value;
    return value === undefined || value instanceof Uint8Array ? [] : [{ node, value }];
  });
  return { bytes: toUtf8(await replaceScalars(document, edits)), problems: problems.inOrder() };
}

/** The one rule that covers the file, or, for a file that lies outside, all that could. */
async function findRules(as: string, cwd: string): Promise<readonly Rule[]> {
  const path = resolve(cwd, as);
  // No policy of a folder for temporary files is meant: anybody may write there.
  const { root, policy } = await nearestPolicy(
    cwd,
    leavesRoot(slashed(relative(cwd, path))) ? undefined : as,
  );
  if (policy === undefined) {
    const hint = "run it where the policy lies, or say what the file is: --as config/production.yaml";
    throw new SourceError("ERR_NO_RULE", `there is no ${POLICY_FILE}`, { source: { file: as }, hint });
  }
  const inside = slashed(relative(root, path));
  if (leavesRoot(inside)) return policy.rules;
  const rule = ruleFor(policy, inside);
  return rule === undefined ? [] : [rule];
}

function sealedValue(token: Token, rules: readonly Rule[], origin: Origin): SealedValue {
  const path = formatPointer(origin.path);
  const fitting =
    rules.length === 1 ? rules : rules.filter(({ app, env }) => fits(token, { app, env, path }));
  const [rule] = fitting;
  if (rule === undefined) {
    throw new SourceError("ERR_NO_RULE", "no rule is known that this value was sealed under", {
      source: sourceOf(origin),
      hint: "say what the file is: --as config/production.yaml",
    });
  }
  return {
    token,
    names: { app: rule.app, env: rule.env, path },
    allowed: [...new Set(fitting.flatMap(({ keys, accept }) => [...keys, ...accept]))],
    rawAllowed: rules.length === 1 && rule.raw.match(origin.path, origin.document?.format === "dotenv"),
    folder: "",
    aliased: false,
    origin,
  };
}

function fits(token: Token, names: Names): boolean {
  return "place" in token && token.place === placeOf(boundNames(token, names));
}

function slashed(path: string): string {
  return path.replaceAll(sep, "/");
}
