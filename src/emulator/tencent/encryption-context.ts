import { toUtf8 } from "../../bytes/index.ts";
import { isRecord } from "../state-file.ts";
import { ApiError } from "./api-error.ts";

const MAX_CONTEXT_BYTES = 1024;

/** Checks an EncryptionContext and returns it as it was sent: contexts are compared as text. None is the empty text. */
export function checkContext(context: string | undefined): string {
  if (context === undefined || context === "") return "";
  if (toUtf8(context).length > MAX_CONTEXT_BYTES) {
    throw new ApiError(
      "InvalidParameter",
      `The EncryptionContext is longer than ${MAX_CONTEXT_BYTES} bytes.`,
    );
  }
  if (!isMapOfText(context)) {
    throw new ApiError("InvalidParameter", "The EncryptionContext is not a JSON object of strings.");
  }
  return context;
}

function isMapOfText(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) && Object.values(value).every((entry) => typeof entry === "string");
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
