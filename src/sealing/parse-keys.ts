import { quoted, TokenError, UsageError } from "../errors/index.ts";
import { type KeyReference, MAX_RECIPIENTS, parseKeyReference } from "../token/index.ts";

/**
 * Parses the keys that a person named to seal with.
 *
 * @throws UsageError for none, a bad one, too many or the same twice; TokenError `ERR_PROVIDER_UNKNOWN`
 */
export function parseKeys(texts: readonly string[]): KeyReference[] {
  if (texts.length > MAX_RECIPIENTS || new Set(texts).size !== texts.length) {
    throw new UsageError(
      "ERR_OPTION_INVALID",
      `keys must be 1 to ${MAX_RECIPIENTS} different key references`,
    );
  }
  return parseKeyReferences(texts);
}

/**
 * Parses key references that may open, of which there may be any number.
 *
 * @throws UsageError `ERR_OPTION_INVALID` for none or a bad one; TokenError `ERR_PROVIDER_UNKNOWN`
 */
export function parseKeyReferences(texts: readonly string[]): KeyReference[] {
  if (texts.length === 0)
    throw new UsageError("ERR_OPTION_INVALID", "no key is named", { hint: "name one: local/dev" });
  return texts.map((text) => {
    const key = parseKeyReference(text);
    if (key === "provider unknown") {
      throw new TokenError("ERR_PROVIDER_UNKNOWN", `the key ${quoted(text)} names an unknown provider`, {
        hint: "write tencent/<region>/<key id> or local/<name>",
      });
    }
    if (key === "malformed") {
      throw new UsageError("ERR_OPTION_INVALID", `the key ${quoted(text)} is not a key reference`, {
        hint: "write tencent/<region>/<key id> or local/<name>",
      });
    }
    return key;
  });
}
