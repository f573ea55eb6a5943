import type { ActionTable } from "./action.ts";
import { CIPHER_ACTIONS } from "./cipher-actions.ts";
import { KEY_ACTIONS } from "./key-actions.ts";
import { SERVICE_ACTIONS } from "./service-actions.ts";

/** All actions by name. */
export const ACTIONS: ActionTable = Object.freeze({
  // An action's name comes from a request: `constructor` must find nothing.
  __proto__: null,
  ...CIPHER_ACTIONS,
  ...KEY_ACTIONS,
  ...SERVICE_ACTIONS,
} as unknown as ActionTable);
