export type * from "./codes.ts";
export * from "./errors.ts";
export * from "./source.ts";
