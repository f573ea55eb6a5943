import fc from "fast-check";

import type { JsonValue } from "../../src/bytes/index.ts";
import { anyText } from "./any-text.ts";

const FORBIDDEN_NAMES = new Set(["__proto__", "constructor", "prototype"]);

/** Values that can be sealed as JSON. */
export function jsonValues(): fc.Arbitrary<JsonValue> {
  const text = anyText();
  // Of the integers, those that JSON.stringify writes as they are.
  const number = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
  );
  const name = text.filter((candidate) => !FORBIDDEN_NAMES.has(candidate));
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  return value;
}
