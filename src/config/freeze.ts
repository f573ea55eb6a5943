import type { InspectOptions } from "node:util";

import type { SecretTexts } from "./secret-texts.ts";

const HIDDEN = "[sealed]";
// `inspect.custom` under its registered name: importing node:util for it would cost every start a millisecond or more.
const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * Returns plain data frozen through and through, printing of which leaves sealed values out. It is a copy, since what a
 * schema returns may be its own, or frozen already. Instances, typed arrays, maps and dates are left as they are.
 */
export function freezeConfig(value: unknown, secrets: SecretTexts): unknown {
  const print = { value: printWithout(secrets) };
  return copyPlain(
    value,
    (part) => part,
    (copy) => Object.freeze(Object.defineProperty(copy, INSPECT, print)),
  );
}

/** Tells whether a value is an array or an object that is nobody's instance. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === Array.prototype;
}

/** Copies plain data with sealed values replaced by `[sealed]`. */
export function hideSecrets(value: unknown, secrets: SecretTexts): unknown {
  return copyPlain(value, (part) => (showsSecret(part, secrets) ? new Hidden() : part));
}

/** Tells whether a leaf, or what an instance holds, would show a sealed value where it is printed. */
export function showsSecret(value: unknown, secrets: SecretTexts): boolean {
  const seen = new Set<unknown>();

  function shows(part: unknown): boolean {
    if ((typeof part !== "object" && typeof part !== "function") || part === null)
      return secrets.isSecret(part);
    if (seen.has(part)) return false;
    seen.add(part);
    if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer) return secrets.isSecret(part);
    if (part instanceof Map || part instanceof Set) return [...part].some((member) => shows(member));
    if (isPlain(part)) return Object.values(part).some((member) => shows(member));
    const { inspect } = process.getBuiltinModule("node:util");
    const text = inspect(part, { depth: 8, maxStringLength: null, maxArrayLength: null });
    if (secrets.isQuotedIn(text)) return true;
    // Bytes are not found in the text; accessors are not called.
    return Object.values<PropertyDescriptor>(Object.getOwnPropertyDescriptors(part)).some(({ value: own }) =>
      shows(own),
    );
  }

  return shows(value);
}

/** Copies plain data, each part once; `leaf` gives what stands for everything else, `done` is told each copy. */
function copyPlain(
  value: unknown,
  leaf: (part: unknown) => unknown,
  done: (copy: object) => void = () => {},
): unknown {
  const copies = new Map<object, object>();

  function copy(part: unknown): unknown {
    if (!isPlain(part)) return leaf(part);
    const known = copies.get(part);
    if (known !== undefined) return known;
    const made: object = Array.isArray(part) ? [] : {};
    copies.set(part, made);
    for (const [name, member] of Object.entries(part)) set(made, name, copy(member));
    done(made);
    return made;
  }

  return copy(value);
}

function set(target: object, name: string, value: unknown): void {
  // Assigning to this name would set the prototype.
  if (name !== "__proto__") Reflect.set(target, name, value);
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function printWithout(
  secrets: SecretTexts,
): (this: unknown, depth: number, options: InspectOptions) => string {
  return function print(depth, options) {
    const { inspect } = process.getBuiltinModule("node:util");
    return inspect(hideSecrets(this, secrets), { ...options, depth });
  };
}

class Hidden {
  [INSPECT](): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}
