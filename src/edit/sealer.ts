import type { JsonValue } from "../bytes/index.ts";
import { SourceError } from "../errors/index.ts";
import { bindablePointer, type Path } from "../path/path.ts";
import type { Rule } from "../policy/index.ts";
import {
  encodeValue,
  type KeyServices,
  makeSealingKey,
  MAX_DIRECT_VALUE_BYTES,
  MAX_ENVELOPE_VALUE_BYTES,
  parseKeys,
  sealDirect,
  sealEnvelope,
  type SealingKey,
} from "../sealing/index.ts";

/** A value for a place in a file. */
export interface ValueForPlace {
  readonly value: JsonValue;
  readonly path: Path;
}

/** Seals the values of one run: one data key for each distinct list of recipients, app and env. */
export interface Sealer {
  /**
   * Seals a value as its file's rule says, text as text and anything else as JSON, and returns the token's text.
   *
   * @throws UsageError for a value that cannot be sealed, before any key service is asked; SourceError `ERR_NO_RULE`
   * when the rule names no keys; KmsError
   */
  readonly seal: (rule: Rule, place: ValueForPlace) => Promise<string>;
}

export function createSealer(services: KeyServices): Sealer {
  const sealingKeys = new Map<string, Promise<SealingKey>>();

  return {
    async seal(rule, { value, path }) {
      const { app, env, mode } = rule;
      if (rule.keys.length === 0) throw noKeys();
      const keys = parseKeys(rule.keys);
      const as = typeof value === "string" ? "text" : "json";
      const toSeal = { value, as, path: bindablePointer(path) } as const;
      const maxBytes = mode === "direct" ? MAX_DIRECT_VALUE_BYTES : MAX_ENVELOPE_VALUE_BYTES;
      // A value that cannot be sealed must not cost a call first.
      encodeValue(value, as, maxBytes).fill(0);
      const [first] = keys;
      if (mode === "direct" && first !== undefined)
        return await sealDirect(first, { app, env }, toSeal, services);
      const group = JSON.stringify([rule.keys, app, env]);
      const known = sealingKeys.get(group) ?? makeSealingKey(keys, { app, env }, services);
      sealingKeys.set(group, known);
      return sealEnvelope(await known, toSeal);
    },
  };
}

function noKeys(): SourceError {
  return new SourceError("ERR_NO_RULE", "the file's rule names no keys to seal with", {
    hint: "add them to the rule or to the policy's top: keys: [local/dev]",
  });
}
