import { inspect, type InspectOptions } from "node:util";

import type { SecretTexts } from "./secret-texts.ts";

const HIDDEN = "[sealed]";

/**
 * Freezes plain data through and through, and makes printing it leave sealed values out. Instances, typed arrays, maps
 * and dates are left as they are.
 */
export function freezeConfig(value: unknown, secrets: SecretTexts): unknown {
  const print = printWithout(secrets);
  const seen = new WeakSet<object>();

  function freeze(part: unknown): void {
    if (!isPlain(part) || seen.has(part)) return;
    seen.add(part);
    for (const member of Object.values(part)) freeze(member);
    if (Object.isFrozen(part)) return;
    if (Object.isExtensible(part)) Object.defineProperty(part, inspect.custom, { value: print });
    Object.freeze(part);
  }

  freeze(value);
  return value;
}

/** Tells whether a value is an array or an object that is nobody's instance. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === Array.prototype;
}

/** Copies plain data with sealed values replaced by `[sealed]`. */
export function hideSecrets(value: unknown, secrets: SecretTexts): unknown {
  const copies = new Map<object, unknown>();

  function hide(part: unknown): unknown {
    if (typeof part !== "object" || part === null) return secrets.isSecret(part) ? new Hidden() : part;
    const known = copies.get(part);
    if (known !== undefined) return known;
    if (!isPlain(part)) {
      const text = inspect(part, { depth: 8, maxStringLength: null, maxArrayLength: null });
      return secrets.isQuotedIn(text) ? new Hidden() : part;
    }
    const copy: Record<string, unknown> | unknown[] = Array.isArray(part) ? [] : {};
    copies.set(part, copy);
    for (const [name, member] of Object.entries(part)) Reflect.set(copy, name, hide(member));
    return copy;
  }

  return hide(value);
}

function printWithout(
  secrets: SecretTexts,
): (this: unknown, depth: number, options: InspectOptions) => string {
  return function print(depth, options) {
    return inspect(hideSecrets(this, secrets), { ...options, depth });
  };
}

class Hidden {
  [inspect.custom](): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}
