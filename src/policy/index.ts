export { compilePatterns, type PathPatterns } from "./pattern.ts";
export * from "./policy.ts";
