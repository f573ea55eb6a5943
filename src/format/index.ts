export * from "./detect-format.ts";
export * from "./document.ts";
export * from "./find-scalars.ts";
export * from "./parse-document.ts";
export { type Position, positionAt } from "./position.ts";
export * from "./require-map.ts";
