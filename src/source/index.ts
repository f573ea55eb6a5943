export * from "./exists.ts";
export * from "./file-request.ts";
export * from "./read-file.ts";
