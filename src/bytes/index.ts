export * from "./bytes.ts";
export * from "./json.ts";
