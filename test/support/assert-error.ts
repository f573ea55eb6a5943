import assert from "node:assert/strict";

import { type ErrorCode, OpenError, SealconfError, TokenError } from "../../src/errors/index.ts";

export interface ExpectedError {
  readonly code: ErrorCode;
  /** The whole message, or what it must match. */
  readonly message?: string | RegExp | undefined;
  /** The whole hint, or what it must match. */
  readonly hint?: string | RegExp | undefined;
}

/** A matcher for `assert.throws` and `assert.rejects`: one of our errors with this code, message and hint. */
export function anErrorWith({ code, message, hint }: ExpectedError): (error: unknown) => true {
  return (error) => {
    if (!(error instanceof SealconfError)) throw error;
    assert.equal(error.code, code, error.message);
    assertText(error.message, message);
    assertText(error.hint, hint);
    return true;
  };
}

/** A matcher for the one error of every authentication failure: nothing in it tells one from another. */
export function theOpenError(error: unknown): true {
  if (!(error instanceof OpenError)) throw error;
  const { message, hint } = new OpenError();
  assert.deepEqual(
    { message: error.message, hint: error.hint, cause: error.cause, own: Object.keys(error).sort() },
    { message, hint, cause: undefined, own: ["code", "hint", "name"] },
  );
  return true;
}

/** A matcher for what a token that was tampered with ends in: it is no token any more, or does not open. */
export function aRefusal(error: unknown): true {
  if (error instanceof TokenError) return true;
  return theOpenError(error);
}

function assertText(actual: string | undefined, expected: string | RegExp | undefined): void {
  if (expected === undefined) return;
  if (typeof expected === "string") assert.equal(actual, expected);
  else assert.match(actual ?? "", expected);
}
