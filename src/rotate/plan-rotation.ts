import { admitOne } from "../config/admit.ts";
import { type SealedValue, sourceOf } from "../config/layer.ts";
import type { OpenServices } from "../config/opener.ts";
import { Problems } from "../config/problems.ts";
import { TokenError, UsageError } from "../errors/index.ts";
import type { Document } from "../format/index.ts";
import { type Blob, boundNames, parseKeys } from "../sealing/index.ts";
import { canReEncrypt } from "../sealing/re-encrypt.ts";
import {
  type DirectToken,
  type EnvelopeToken,
  type FileToken,
  type KeyReference,
  type Names,
  placeOf,
  type RawToken,
} from "../token/index.ts";

import { bootCostOf } from "../config/boot-cost.ts";
import type { CoveredFile } from "../edit/project.ts";
import { findSealed, readReferencedBlob, type SealedScalar } from "../edit/read-sealed.ts";
import { noKeys, type SealingRule } from "../edit/sealer.ts";

export interface RotationOptions {
  /** The recipients, in place of the rule's keys. */
  readonly keys?: readonly string[] | undefined;
  /** Leave a file alone that needs no more data keys than this. */
  readonly over?: number | undefined;
  /** The app and env that values were sealed for, when the policy calls them otherwise now. */
  readonly was?: Pick<Names, "app" | "env"> | undefined;
}

/** What is to be done with one sealed value. */
export type RotationStep = ReEncryptStep | SealStep | FileStep | LeaveStep;

/** The key service encrypts it anew and shows it to nobody. */
export interface ReEncryptStep extends SealedScalar {
  readonly way: "re-encrypt";
  readonly token: DirectToken | RawToken;
  readonly newKey: KeyReference;
}

/** It is opened and sealed. */
export interface SealStep extends SealedScalar {
  readonly way: "seal-again";
  readonly token: DirectToken | EnvelopeToken;
}

/** The sealed file that it refers to is opened and sealed; the reference stays. */
export interface FileStep extends SealedScalar {
  readonly way: "seal-file";
  readonly token: FileToken;
  /** The same under the names of today, which it was sealed for when a run before this one got that far. */
  readonly renamed: SealedValue;
}

/** A raw ciphertext that no new key can take over stays: to open and seal it would make it another kind of value. */
export interface LeaveStep extends SealedScalar {
  readonly way: "leave";
}

export interface RotationPlan {
  /** The file's rule, with the keys that are asked for in place of its own. */
  readonly rule: SealingRule;
  readonly steps: readonly RotationStep[];
  /** How many data keys the file needs as it is, where that is few enough; there are no steps then. */
  readonly fewDataKeys?: number | undefined;
}

/**
 * Decides what is to be done with each sealed value of a file, and refuses what a load would refuse. Contacts nothing and
 * needs no key.
 *
 * @throws the problem of the file, or LoadError with all of them
 */
export async function planRotation(
  document: Document,
  file: Pick<CoveredFile, "shown" | "path" | "rule">,
  { keys, over, was = {} }: RotationOptions,
  services: OpenServices,
): Promise<RotationPlan> {
  const rule = keys === undefined ? file.rule : { ...file.rule, keys: checkKeys(keys, file) };
  const problems = new Problems();
  const found = findSealed(document, file, problems).map(({ node, sealed }) => {
    return { node, sealed: withFormerNames(sealed, was), sameNames: sealed };
  });
  for (const { sealed } of found)
    problems.collect(sealed.origin, () => admitForRotation(sealed, was, services));
  throwProblems(problems);

  if (over !== undefined) {
    const needed = await countNeeded(found.map(({ sealed }) => sealed));
    if (needed <= over) return { rule, steps: [], fewDataKeys: needed };
  }
  if (found.length > 0 && rule.keys.length === 0) throw noKeys();
  const newKeys = rule.keys.length === 0 ? [] : parseKeys(rule.keys);

  async function stepFor({ node, sealed, sameNames }: (typeof found)[number]): Promise<RotationStep> {
    const { token } = sealed;
    if (token.kind === "file") return { way: "seal-file", node, sealed, token, renamed: sameNames };
    if (token.kind === "envelope") return { way: "seal-again", node, sealed, token };
    const newKey = await keyToReEncryptTo(token, newKeys, services);
    if (token.kind === "raw") {
      return newKey === undefined
        ? { way: "leave", node, sealed }
        : { way: "re-encrypt", node, sealed, token, newKey };
    }
    // The digest inside a direct value covers its names: under others it must be made anew.
    const stays = rule.mode === "direct" && sealed === sameNames;
    if (newKey === undefined || !stays) return { way: "seal-again", node, sealed, token };
    return { way: "re-encrypt", node, sealed, token, newKey };
  }
  const steps = await Promise.all(found.map(stepFor));
  // Several values may refer to one sealed file.
  const files = new Set<string>();
  const isFirst = ({ path }: FileToken): boolean => !files.has(path) && files.add(path) === files;
  return { rule, steps: steps.filter((step) => step.way !== "seal-file" || isFirst(step.token)) };
}

function checkKeys(
  keys: readonly string[],
  { shown, rule }: Pick<CoveredFile, "shown" | "rule">,
): readonly string[] {
  parseKeys(keys);
  const source = { file: shown };
  const unlisted = keys.find((key) => !rule.keys.includes(key) && !rule.accept.includes(key));
  if (unlisted !== undefined) {
    throw new TokenError("ERR_KEY_NOT_ALLOWED", `the file's rule does not list ${unlisted}`, {
      source,
      hint: "a load would refuse what is sealed to it: list it under keys or accept in the policy first",
    });
  }
  if (new Set(keys.map((key) => key.startsWith("local/"))).size > 1) {
    throw new UsageError("ERR_OPTION_INVALID", "a local key stands beside a cloud key", {
      source,
      hint: "whoever can seal to a local key can open with it: rotate to the cloud key alone",
    });
  }
  if (rule.mode === "direct" && keys.length > 1) {
    throw new UsageError("ERR_OPTION_INVALID", "the file's rule says mode: direct, which goes with one key", {
      source,
    });
  }
  return keys;
}

/**
 * Says what a value was sealed for. Its place tells whether that was before a renaming or after it; a sealed file has no
 * place, and those who open it see.
 */
function withFormerNames(sealed: SealedValue, was: NonNullable<RotationOptions["was"]>): SealedValue {
  const { token, names } = sealed;
  if (token.kind === "raw" || (was.app === undefined && was.env === undefined)) return sealed;
  if (token.kind !== "file" && token.place === placeOf(boundNames(token, names))) return sealed;
  return { ...sealed, names: formerNames(names, was) };
}

function formerNames({ app, env, path }: Names, was: NonNullable<RotationOptions["was"]>): Names {
  return { app: was.app ?? app, env: was.env ?? env, path };
}

function admitForRotation(
  sealed: SealedValue,
  was: NonNullable<RotationOptions["was"]>,
  { hasProvider }: OpenServices,
): void {
  try {
    admitOne(sealed, hasProvider);
  } catch (error) {
    if (!(error instanceof TokenError) || error.code !== "ERR_PLACE_MISMATCH") throw error;
    if (was.app !== undefined || was.env !== undefined) throw error;
    const { app = "none", env = "none" } = sealed.names;
    throw new TokenError(error.code, `the value was not sealed for this place, app ${app} and env ${env}`, {
      source: sourceOf(sealed.origin),
      hint: "where the policy calls app or env otherwise now, say what they were: --was-app NAME, --was-env NAME",
    });
  }
}

/** As `check` counts for `maxDataKeys`: what the key service opens itself costs a call too. */
async function countNeeded(values: readonly SealedValue[]): Promise<number> {
  const blobs = new Map<SealedValue, Blob>();
  for (const value of values) {
    if (value.token.kind === "file") blobs.set(value, await readReferencedBlob(value.token, value));
  }
  const { dataKeys, ciphertexts } = bootCostOf(values, (value) => blobs.get(value));
  return dataKeys + ciphertexts;
}

/** One problem needs no list around it. */
function throwProblems(problems: Problems): void {
  const [first, ...others] = problems.inOrder();
  if (first !== undefined && others.length === 0) throw first;
  problems.throwIfAny();
}

/** The key that a ciphertext can go to without being opened; its own, where that is one of the new ones. */
async function keyToReEncryptTo(
  { recipients: [{ key }] }: DirectToken | RawToken,
  newKeys: readonly KeyReference[],
  { providerOf }: OpenServices,
): Promise<KeyReference | undefined> {
  const provider = await providerOf(key.provider);
  const possible = newKeys.filter((newKey) => canReEncrypt(provider, key, newKey));
  return possible.find(({ text }) => text === key.text) ?? possible[0];
}
