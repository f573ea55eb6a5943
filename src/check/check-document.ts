import { admitOne, admitRecipients } from "../config/admit.ts";
import { type FileFacts, findTokens } from "../config/find-tokens.ts";
import { type SealedValue, sourceOf } from "../config/layer.ts";
import type { Problems } from "../config/problems.ts";
import { SourceError, TokenError } from "../errors/index.ts";
import type { Document } from "../format/index.ts";
import type { Policy } from "../policy/index.ts";
import type { Recipient } from "../token/index.ts";

import type { Coverage } from "./covered.ts";
import { folderOf } from "./file-tree.ts";

type KeysOfValue = Pick<SealedValue, "allowed" | "origin">;

// Whoever checks asks no provider: the grammar alone says which there may be.
const everyProvider = (): true => true;

/** Says what holds for every value of a file. */
export function factsOf(path: string, policy: Policy, { rule }: Pick<Coverage, "rule">): FileFacts {
  return {
    layer: 0,
    app: rule?.app,
    env: rule?.env,
    allowed: rule === undefined ? [] : [...rule.keys, ...rule.accept],
    secrets: rule?.secrets ?? policy.secrets,
    isRawAllowed: (place, ignoreCase) => rule?.raw.match(place, ignoreCase) === true,
    folder: folderOf(path),
  };
}

/**
 * Holds a document against its policy, without any key: plaintext where a secret must be, what is no token, values
 * of another place, keys that the rule does not list. Returns its sealed values.
 */
export function checkDocument(
  document: Document,
  facts: FileFacts,
  problems: Problems,
): readonly SealedValue[] {
  const { sealed } = findTokens(document, facts, problems);
  if (sealed.length > 0 && facts.allowed.length === 0) {
    const what = "the file holds sealed values, and no rule names keys for it";
    const hint =
      "add a rule with keys that covers it; a file elsewhere is covered as what it is: { path, as }";
    const source = { file: document.file };
    problems.add(new SourceError("ERR_NO_RULE", what, { source, hint }), { layer: facts.layer });
    return sealed;
  }
  for (const value of sealed) {
    problems.collect(value.origin, () => admitOne(value, everyProvider));
    if (value.token.kind !== "file") reportUnlisted(value.token.recipients, value, problems);
  }
  return sealed;
}

/** Reports recipients that the rule does not list, where one of them is listed and the value is admitted. */
function reportUnlisted(
  recipients: readonly Recipient[],
  { allowed, origin }: KeysOfValue,
  problems: Problems,
): void {
  const unlisted = recipients.filter(({ key }) => !allowed.includes(key.text));
  if (unlisted.length === 0 || unlisted.length === recipients.length) return;
  const keys = unlisted.map(({ key }) => key.text).join(", ");
  const what = `the value is sealed to ${keys} too, which the rule does not list`;
  const hint = "list the key under keys or accept in the file's rule, or seal the value to the rule's keys";
  problems.add(new TokenError("ERR_KEY_NOT_ALLOWED", what, { source: sourceOf(origin), hint }), origin);
}

/** Holds the recipients of a sealed file against the rule. */
export function checkRecipients(
  recipients: readonly Recipient[],
  value: KeysOfValue,
  problems: Problems,
): void {
  problems.collect(value.origin, () => admitRecipients(recipients, value, everyProvider));
  reportUnlisted(recipients, value, problems);
}
