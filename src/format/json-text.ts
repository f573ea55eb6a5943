import type { JsonValue } from "../bytes/index.ts";

/**
 * Writes a value as JSON on one line. Unlike `JSON.stringify`, it writes integers beyond 2^53 - 1 with an exponent: no
 * format here reads one that is written out, because its last digits would not be what they seem.
 */
export function jsonText(value: JsonValue): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isJsonList(value)) return `[${value.map(jsonText).join(",")}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`,
  );
  return `{${members.join(",")}}`;
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError("JSON has no number that is not finite");
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? value.toExponential()
    : JSON.stringify(value);
}

/** `Array.isArray` does not tell a list that is read-only from an object. */
export function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
