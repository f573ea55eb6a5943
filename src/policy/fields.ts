import { quoted, SourceError, type Source } from "../errors/index.ts";
import type { Path } from "../path/path.ts";

import { compilePatterns, type PathPatterns } from "./pattern.ts";
import { PATH_PATTERN, type Spelling } from "./spelling.ts";

/** A part of the policy file: its value, where it stands, and how to report what is wrong with it. */
export interface Field {
  readonly value: unknown;
  readonly path: Path;
  /** Returns the field of a member or item. */
  readonly child: (segment: string | number) => Field;
  /** Records a problem at this field. */
  readonly refuse: (what: string, hint?: string) => void;
}

/** Makes the field of the whole policy; problems go to `problems`. */
export function rootField(value: unknown, at: (path: Path) => Source, problems: SourceError[]): Field {
  const field = (part: unknown, path: Path): Field => ({
    value: part,
    path,
    child: (segment) => field(memberOf(part, segment), [...path, segment]),
    refuse: (what, hint) => {
      problems.push(new SourceError("ERR_POLICY_INVALID", what, { source: at(path), hint }));
    },
  });
  return field(value, []);
}

/** Reads the members of a map and refuses those that are not in `names`. */
export function readMap(field: Field, names: readonly string[]): ReadonlyMap<string, Field> | undefined {
  if (typeof field.value !== "object" || field.value === null || Array.isArray(field.value)) {
    field.refuse(`expected a map of ${names.join(", ")}`);
    return undefined;
  }
  const members = new Map<string, Field>();
  for (const name of Object.keys(field.value)) {
    const member = field.child(name);
    if (names.includes(name)) members.set(name, member);
    else member.refuse(`unknown field ${quoted(name)}`, `the fields here are ${names.join(", ")}`);
  }
  return members;
}

export function readList(field: Field | undefined): Field[] {
  if (field === undefined) return [];
  if (Array.isArray(field.value)) return field.value.map((_, index) => field.child(index));
  field.refuse("expected a list");
  return [];
}

/** Reads a string that `accepts` takes; says `expected` otherwise. */
export function readText(
  field: Field | undefined,
  expected = "a string",
  accepts: (text: string) => boolean = (text) => text !== "",
): string | undefined {
  if (field === undefined) return undefined;
  if (typeof field.value === "string" && accepts(field.value)) return field.value;
  field.refuse(`expected ${expected}`);
  return undefined;
}

/** Reads a string that is spelled right. */
export function readSpelled(
  field: Field | undefined,
  { expected, accepts, mistakes }: Spelling,
): string | undefined {
  const text = readText(field, expected, accepts);
  const mistake = text === undefined ? undefined : mistakes.find(({ found }) => found.test(text));
  if (mistake === undefined) return text;
  field?.refuse(mistake.what, mistake.hint);
  return undefined;
}

export function readPatterns(field: Field | undefined): PathPatterns | undefined {
  if (field === undefined) return undefined;
  const texts = readList(field).flatMap((item) => {
    const text = readSpelled(item, PATH_PATTERN);
    return text === undefined ? [] : [text];
  });
  return compilePatterns(texts);
}

function memberOf(value: unknown, segment: string | number): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, segment) : undefined;
}
