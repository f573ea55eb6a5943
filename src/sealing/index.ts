export { payloadPlaintextBytes } from "../crypto/payload.ts";
export * from "./blob.ts";
export * from "./direct-digest.ts";
export * from "./encode-value.ts";
export * from "./open-value.ts";
export * from "./parse-keys.ts";
export * from "./seal-value.ts";
export * from "./sealing-key.ts";
export * from "./unwrap.ts";
