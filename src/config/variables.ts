import { ENVIRONMENT_FILE } from "../policy/index.ts";
import { looksSealed } from "../token/index.ts";

import { type FileFacts, findToken, refusePlaintext } from "./find-tokens.ts";
import type { Assignment, ConfigLeaf, ConfigMap, Layer, Origin, SealedValue } from "./layer.ts";
import type { Environment } from "./options.ts";
import type { Problems } from "./problems.ts";

/** How variables' names become paths. */
export interface VariableNames {
  readonly prefix: string;
  readonly separator: string;
}

/** Makes the layer of the environment's variables; each is bound, if sealed, to its own name. */
export function environmentLayer(
  environment: Environment,
  names: VariableNames,
  facts: FileFacts,
  problems: Problems,
): Layer {
  const sealed: SealedValue[] = [];
  const leaves = new Map<string, ConfigLeaf>();
  for (const name of Object.keys(environment)) {
    // The others are not even read: credentials are among them.
    const value = partsOf(name, names) === undefined ? undefined : environment[name];
    if (value === undefined) continue;
    const origin: Origin = { layer: facts.layer, file: ENVIRONMENT_FILE, path: [name] };
    let token: SealedValue | undefined;
    if (looksSealed(value)) {
      token = findToken(value, facts, { origin, ignoreCase: true, aliased: false }, problems);
      if (token !== undefined) sealed.push(token);
    } else if (facts.secrets.match([name], true)) refusePlaintext(origin, problems);
    leaves.set(name, { kind: "leaf", value, sealed: token, origin });
  }
  return {
    index: facts.layer,
    content: { kind: "assignments", assignments: assignmentsOf(leaves, names) },
    sealed,
  };
}

/** Turns a dotenv file's values into assignments. */
export function assignmentsOfMap(root: ConfigMap, names: VariableNames): Assignment[] {
  const leaves = [...root.entries].filter((entry): entry is [string, ConfigLeaf] => entry[1].kind === "leaf");
  return assignmentsOf(new Map(leaves), names);
}

function assignmentsOf(leaves: ReadonlyMap<string, ConfigLeaf>, names: VariableNames): Assignment[] {
  return [...leaves].flatMap(([name, leaf]) => {
    const parts = partsOf(name, names);
    return parts === undefined ? [] : [{ name, parts, leaf }];
  });
}

function partsOf(name: string, { prefix, separator }: VariableNames): string[] | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const parts = name.slice(prefix.length).split(separator);
  return parts.includes("") ? undefined : parts;
}
