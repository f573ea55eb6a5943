export * from "./context.ts";
export * from "./key-reference.ts";
export * from "./parse-token.ts";
export type * from "./token.ts";
