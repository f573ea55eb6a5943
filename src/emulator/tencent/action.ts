import type { KeyStore } from "./key-store.ts";
import type { Parameters, ParameterTable } from "./parameters.ts";

/** One action of the service. */
export interface Action {
  readonly parameters: ParameterTable;
  /** Returns the fields of `Response`, or throws an `ApiError`. */
  run(call: ActionCall): Readonly<Record<string, unknown>>;
}

export interface ActionCall {
  readonly parameters: Parameters;
  readonly region: string;
  readonly keys: KeyStore;
  /** Unix seconds. */
  readonly nowSeconds: number;
  /** The error code for a ciphertext under another context. */
  readonly contextMismatchCode: string;
}

/** Actions by name, a null-prototype object: a name comes from a request. */
export type ActionTable = Readonly<Record<string, Action>>;

/** The account that owns all keys. */
export const ACCOUNT_UIN = 100000000001;
