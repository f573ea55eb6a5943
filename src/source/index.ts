export * from "./file-request.ts";
export * from "./read-file.ts";
