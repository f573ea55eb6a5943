import { ApiError } from "./api-error.ts";

/** `not emulated`: the service takes it, the emulator does not. */
export type ParameterKind = "string" | "integer" | "not emulated";

/** An action's parameters by name. */
export type ParameterTable = Readonly<Record<string, ParameterKind>>;

/** The checked parameters of a call. Each reader throws `MissingParameter` for a required one that is not there. */
export interface Parameters {
  text(name: string): string;
  optionalText(name: string): string | undefined;
  integer(name: string): number;
  optionalInteger(name: string): number | undefined;
}

/** Checks names and types. Numbers may come as text, since in a GET request they do. */
export function readParameters(given: Readonly<Record<string, unknown>>, table: ParameterTable): Parameters {
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue;
    values.set(name, checkParameter(name, value, Object.hasOwn(table, name) ? table[name] : undefined));
  }
  const optional = (name: string): unknown => values.get(name);
  const required = (name: string): unknown => {
    if (!values.has(name)) throw missingParameter(name);
    return values.get(name);
  };
  return {
    text: (name) => required(name) as string,
    optionalText: (name) => optional(name) as string | undefined,
    integer: (name) => required(name) as number,
    optionalInteger: (name) => optional(name) as number | undefined,
  };
}

export function missingParameter(name: string): ApiError {
  return new ApiError("MissingParameter", `The request is missing a required parameter \`${name}\`.`);
}

function checkParameter(name: string, value: unknown, kind: ParameterKind | undefined): unknown {
  if (kind === undefined)
    throw new ApiError("UnknownParameter", `The parameter \`${name}\` is not recognized.`);
  if (kind === "not emulated") {
    throw new ApiError("UnsupportedOperation", `The emulator does not do what \`${name}\` asks for.`);
  }
  if (kind === "string" && typeof value === "string") return value;
  if (kind === "integer" && Number.isSafeInteger(value)) return value;
  if (kind === "integer" && typeof value === "string" && /^\d{1,10}$/.test(value)) return Number(value);
  const article = kind === "integer" ? "an" : "a";
  throw new ApiError("InvalidParameter", `The value of parameter \`${name}\` must be ${article} ${kind}.`);
}
