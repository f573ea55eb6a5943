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

/** What a rule says of new values. */
export type SealingRule = Pick<Rule, "keys" | "app" | "env" | "mode">;

/** A value for a place in a file. */
export interface ValueForPlace {
  readonly value: JsonValue;
  /** `undefined` binds it to no path. */
  readonly path: Path | undefined;
  /** @defaultValue a string as text, anything else as JSON */
  readonly as?: "text" | "json" | undefined;
}

/** Seals the values of one run: one data key for each distinct list of recipients, app and env. */
export interface Sealer {
  /**
   * Seals a value as its file's rule says and returns the token's text.
   *
   * @throws UsageError for a value that cannot be sealed, before any key service is asked; SourceError `ERR_NO_RULE`
   * when the rule names no keys; KmsError
   */
  readonly seal: (rule: SealingRule, place: ValueForPlace) => Promise<string>;
  /** Returns the data key of a rule's group, for what is sealed under it beside values. */
  readonly sealingKeyOf: (rule: SealingRule) => Promise<SealingKey>;
}

export function createSealer(services: KeyServices): Sealer {
  const sealingKeys = new Map<string, Promise<SealingKey>>();

  async function sealingKeyOf({ keys, app, env }: SealingRule): Promise<SealingKey> {
    if (keys.length === 0) throw noKeys();
    const group = JSON.stringify([keys, app, env]);
    const known = sealingKeys.get(group) ?? makeSealingKey(parseKeys(keys), { app, env }, services);
    sealingKeys.set(group, known);
    return await known;
  }

  return {
    sealingKeyOf,
    async seal(rule, { value, path, as = typeof value === "string" ? "text" : "json" }) {
      const { app, env, mode, keys } = rule;
      const toSeal = { value, as, path: path && bindablePointer(path) } as const;
      const maxBytes = mode === "direct" ? MAX_DIRECT_VALUE_BYTES : MAX_ENVELOPE_VALUE_BYTES;
      // A value that cannot be sealed must not cost a call first.
      encodeValue(value, as, maxBytes).fill(0);
      if (mode === "envelope") return sealEnvelope(await sealingKeyOf(rule), toSeal);
      const [key] = keys.length === 0 ? [] : parseKeys(keys);
      if (key === undefined) throw noKeys();
      return await sealDirect(key, { app, env }, toSeal, services);
    },
  };
}

/** The rule names nobody who could open what is sealed. */
export function noKeys(): SourceError {
  return new SourceError("ERR_NO_RULE", "the file's rule names no keys to seal with", {
    hint: "add them to the rule or to the policy's top: keys: [local/dev]",
  });
}
