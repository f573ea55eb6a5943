export * from "./path.ts";
