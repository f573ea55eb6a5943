/** What the emulator could not do at the system it runs on. */
export type EmulatorErrorCode = "ERR_EMULATOR_STATE" | "ERR_EMULATOR_LISTEN";

/**
 * The emulator cannot start, or cannot keep its state.
 *
 * @remarks
 * `ERR_EMULATOR_STATE`: the state file is damaged, cannot be read or written, or was changed by somebody else.
 * `ERR_EMULATOR_LISTEN`: the port cannot be had.
 */
export class EmulatorError extends Error {
  override readonly name = "EmulatorError";
  readonly code: EmulatorErrorCode;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(code: EmulatorErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
