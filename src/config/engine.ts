// Everything that works, in one piece: an application imports it when it first calls something.
export { loadConfig } from "./load.ts";
export { openValue, sealValue, sealValues } from "./values.ts";
