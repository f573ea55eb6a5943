import { UsageError } from "../errors/index.ts";

/** White space; text in single quotes, in double quotes, or after a backslash; anything else; what nothing closes. */
const PART = /(\s+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|./gsu;

/**
 * Splits a command into words as a shell does, by its quotes and backslashes, and expands nothing: `$`, `~` and `*` are
 * what they are.
 *
 * @param name - The variable that holds the command, for messages.
 * @throws UsageError `ERR_OPTION_INVALID` for a quote that is not closed, or a backslash at the end
 */
export function splitWords(command: string, name: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, space, single, double, escaped, plain] of command.matchAll(PART)) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    // In double quotes a backslash stands for itself before anything else.
    const part = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (part === undefined) {
      throw new UsageError("ERR_OPTION_INVALID", `${name} cannot be split into words`, {
        hint: "close its quotes, or write a backslash twice",
      });
    }
    word = (word ?? "") + part;
  }
  return word === undefined ? words : [...words, word];
}
