import { formatSource, type SealconfError, type Source, SourceError, TokenError } from "../errors/index.ts";

/** What an error's message says, without the place in front of it. */
export function whatOf({ message, source }: SealconfError): string {
  return source === undefined ? message : message.slice(formatSource(source).length + 2);
}

/** Returns the error with another place: that in the text which a person sees. */
export function relocate(error: SealconfError, source: Source): SealconfError {
  const { hint } = error;
  if (error instanceof TokenError) return new TokenError(error.code, whatOf(error), { source, hint });
  if (error instanceof SourceError) return new SourceError(error.code, whatOf(error), { source, hint });
  return error;
}
