export type { Calls, RecordedCall } from "./calls.ts";
export { EmulatorError } from "./emulator-error.ts";
export type { EmulatorErrorCode } from "./emulator-error.ts";
export { emulatorLine, startEmulator } from "./emulator.ts";
export type { Emulator, TencentAccess } from "./emulator.ts";
export type { Fault, FaultOptions } from "./faults.ts";
export type { EmulatorOptions } from "./options.ts";
export type { RequestsPerSecond } from "./rate-limit.ts";
export type { EmulatorCredential } from "./tencent/credentials.ts";
