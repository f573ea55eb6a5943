import {
  formatSource,
  KmsError,
  OpenError,
  SealconfError,
  type Source,
  SourceError,
  UsageError,
} from "../errors/index.ts";

/** Names the place of a value in an error that says only what went wrong. */
export async function located<Result>(source: Source, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SealconfError) || error.source !== undefined) throw error;
    const { message, hint } = error;
    if (error instanceof UsageError) throw new UsageError(error.code, message, { source, hint });
    if (error instanceof SourceError) throw new SourceError(error.code, message, { source, hint });
    if (error instanceof OpenError) throw new OpenError({ source });
    if (!(error instanceof KmsError)) throw error;
    const { code, provider, requestId, retryable } = error;
    throw new KmsError(code, message, { provider, requestId, retryable, source, hint });
  }
}

/** A value that stands in a file and cannot be sealed is the file's fault, and not the command line's. */
export async function faultOfFile<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { source, hint } = error;
    const what =
      source === undefined ? error.message : error.message.slice(`${formatSource(source)}: `.length);
    throw new SourceError("ERR_FORMAT_SYNTAX", what, { source, hint });
  }
}
