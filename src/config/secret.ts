// `inspect.custom` under its registered name: importing node:util for it would cost every start a millisecond or more.
const INSPECT: symbol = Symbol.for("nodejs.util.inspect.custom");
const HIDDEN = "[secret]";

/**
 * A value that does not print, convert to text or serialise: only `reveal()` gives it.
 *
 * Opt in where a schema names a secret: `z.string().transform(toSecret)`.
 */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
    Object.defineProperty(this, INSPECT, { value: () => HIDDEN });
    Object.freeze(this);
  }

  /** Return the value itself. */
  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN;
  }
}

/**
 * Wrap a value so that it hides itself.
 *
 * @example
 * ```ts
 * const schema = z.object({ password: z.string().transform(toSecret) });
 * ```
 */
export function toSecret<Value>(value: Value): Secret<Value> {
  return new Secret(value);
}
