import type { JsonValue } from "../bytes/index.ts";
import type { OpenedDocument, OpenedScalar } from "../config/open-document.ts";
import type { Document } from "../format/index.ts";
import { formatPath, formatPointer } from "../path/path.ts";
import type { PathPatterns } from "../policy/index.ts";
import { looksSealed } from "../token/index.ts";

import { nodeAt } from "../edit/locate.ts";
import { identityOf, listShownValues, type ShownValue, valueOf } from "./shown-values.ts";
import { type FoundValue, visitValues } from "./visit-values.ts";

/** A value of an edited document that must not stay as it is written there. */
export interface EditedValue extends FoundValue {
  readonly value: JsonValue;
  /** What was sealed at exactly this place. */
  readonly before: OpenedScalar | undefined;
  /** The sealed value that it still is; without one it is to be sealed. */
  readonly unchanged: ShownValue | undefined;
}

interface Candidate extends Omit<EditedValue, "unchanged"> {
  readonly pointer: string;
  readonly identity: string;
}

/** What stood in the file before it was edited. */
interface Before {
  readonly shown: readonly ShownValue[];
  /** Everything that was sealed, by its path. */
  readonly sealed: ReadonlyMap<string, OpenedScalar>;
  /** Where something was sealed, whichever element of a list it was. */
  readonly pointers: ReadonlySet<string>;
  readonly wasPlain: (pointer: string, identity: string) => boolean;
}

// A shorter text may well stand at two places by chance.
const TELLING_CHARACTERS = 8;

/**
 * Finds the values of an edited document that are still what was sealed, and those that are to be sealed: changed ones,
 * new ones at secret paths or beside sealed elements of a list, and those that were sealed elsewhere in the file.
 */
export function findEditedValues(
  edited: Document,
  original: OpenedDocument,
  secrets: PathPatterns,
): EditedValue[] {
  const before = lookAt(original);
  const candidates = findCandidates(edited, before);
  const unchanged = matchUnchanged(candidates, before.shown);
  const secretValues = findSecretValues(edited, before.shown, new Set(unchanged.values()));
  const ignoreCase = edited.format === "dotenv";

  const mustSeal = ({ path, node, value, pointer, identity, ...candidate }: Candidate): boolean => {
    if (value === null || (typeof value === "string" && looksSealed(value))) return false;
    if (candidate.before !== undefined || node.kind !== "scalar" || secrets.match(path, ignoreCase))
      return true;
    if (before.wasPlain(pointer, identity)) return false;
    return before.pointers.has(pointer) || secretValues.has(identity);
  };
  return candidates.flatMap((candidate) => {
    const same = unchanged.get(candidate);
    return same !== undefined || mustSeal(candidate) ? [{ ...candidate, unchanged: same }] : [];
  });
}

function lookAt(original: OpenedDocument): Before {
  const sealed = new Map(original.values.map((scalar) => [formatPath(scalar.path), scalar]));
  const pointers = new Set(original.values.map(({ path }) => formatPointer(path)));
  const plain = new Set<string>();
  visitValues(original.document.root, ({ path, node }) => {
    const pointer = formatPointer(path);
    if ((node.kind === "scalar" || pointers.has(pointer)) && !sealed.has(formatPath(path)))
      plain.add(`${pointer}=${identityOf(valueOf(node))}`);
    return "descend";
  });
  return {
    shown: listShownValues(original),
    sealed,
    pointers,
    wasPlain: (pointer, identity) => plain.has(`${pointer}=${identity}`),
  };
}

/** A list or map is one value where one was sealed; elsewhere its members are values. */
function findCandidates(edited: Document, { sealed, pointers, wasPlain }: Before): Candidate[] {
  const candidates: Candidate[] = [];
  visitValues(edited.root, (found) => {
    const before = sealed.get(formatPath(found.path));
    const pointer = formatPointer(found.path);
    if (found.node.kind !== "scalar" && !pointers.has(pointer)) return "descend";
    const value = valueOf(found.node);
    const identity = identityOf(value);
    if (found.node.kind !== "scalar" && before === undefined && wasPlain(pointer, identity)) return "descend";
    candidates.push({ ...found, value, before, pointer, identity });
    return "pass";
  });
  return candidates;
}

/** Puts each token back once: first where it stood, then at other indices of its list, which it is not bound to. */
function matchUnchanged(
  candidates: readonly Candidate[],
  shown: readonly ShownValue[],
): Map<Candidate, ShownValue> {
  const unchanged = new Map<Candidate, ShownValue>();
  const left = new Map(shown.map((value) => [formatPath(value.path), value]));
  for (const candidate of candidates) {
    const path = formatPath(candidate.path);
    const same = left.get(path);
    if (same === undefined || identityOf(same.shown) !== candidate.identity) continue;
    unchanged.set(candidate, same);
    left.delete(path);
  }
  const moved = new Map<string, ShownValue[]>();
  for (const value of left.values()) {
    const place = `${formatPointer(value.path)}=${identityOf(value.shown)}`;
    const others = moved.get(place);
    if (others === undefined) moved.set(place, [value]);
    else others.push(value);
  }
  for (const candidate of candidates) {
    if (unchanged.has(candidate)) continue;
    const same = moved.get(`${candidate.pointer}=${candidate.identity}`)?.shift();
    if (same !== undefined) unchanged.set(candidate, same);
  }
  return unchanged;
}

/** Finds the values that are secret wherever they turn up: telling ones, and those that have left their place. */
function findSecretValues(
  edited: Document,
  shown: readonly ShownValue[],
  kept: ReadonlySet<ShownValue>,
): Set<string> {
  const secret = shown.filter((value) => {
    if (typeof value.shown === "string" && value.shown.length >= TELLING_CHARACTERS) return true;
    return value.shown !== "" && !kept.has(value) && nodeAt(edited.root, value.path) === undefined;
  });
  return new Set(secret.map((value) => identityOf(value.shown)));
}
