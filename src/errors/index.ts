export type * from "./codes.ts";
export * from "./errors.ts";
export * from "./source.ts";
export * from "./system-code.ts";
