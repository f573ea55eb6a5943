import type { Composer, CST, Document as YamlDocument, ErrorCode } from "yaml";

import type { DocumentNode, Limits } from "./document.ts";
import { FormatProblem, tooDeep, tooMany } from "./problem.ts";
import { YAML_REASONS } from "./yaml-reasons.ts";
import { walkYaml } from "./yaml-walk.ts";

type Yaml = typeof import("yaml");

// The checks that are switched off here are quadratic in the parser, or print parts of the text; the walk makes them.
const OPTIONS = {
  version: "1.2",
  schema: "core",
  merge: true,
  resolveKnownTags: false,
  uniqueKeys: false,
  keepSourceTokens: false,
  prettyErrors: false,
  logLevel: "silent",
  strict: true,
} as const;

/** Each of these lexemes brings at least one value with it, or is an error. */
const VALUE_INDICATORS = /^[-?:,[{]$/;

/**
 * Parses YAML 1.2 (core schema, with `<<`).
 *
 * @throws FormatProblem
 */
export async function parseYamlDocument(text: string, limits: Limits): Promise<DocumentNode> {
  const yaml = await import("yaml");
  const document = withoutEnvironment(() => compose(yaml, text, limits));
  return walkYaml(yaml, document, text, limits);
}

function compose(yaml: Yaml, text: string, limits: Limits): YamlDocument.Parsed {
  const parser = new yaml.Parser();
  const composer = new yaml.Composer(OPTIONS);
  stopAtFirstError(composer);
  let valuesLeft = 2 * limits.maxNodes + 1;
  try {
    for (const lexeme of new yaml.Lexer().lex(withoutMark(text))) {
      for (const token of parser.next(lexeme)) composeToken(composer, token);
      // Before it is composed, which recurses: the document, its open maps and lists, and a value.
      if (parser.stack.length > limits.maxDepth + 2) {
        throw tooDeep(parser.stack[limits.maxDepth + 1]?.offset ?? parser.offset, limits.maxDepth);
      }
      if (VALUE_INDICATORS.test(lexeme) && (valuesLeft -= 1) < 0)
        throw tooMany(parser.offset, limits.maxNodes);
    }
    for (const token of parser.end()) composeToken(composer, token);
    for (const document of composer.end(true, text.length)) return checked(document, text);
  } catch (error) {
    if (error instanceof FormatProblem) throw error;
    // The parser has no error of its own left to throw; what it throws by accident may quote the text.
  }
  throw new FormatProblem(Math.min(parser.offset, text.length), "the parser gave up here");
}

/** The lexer does not see a dash after a byte order mark; an empty line keeps the offsets. */
function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? `\n${text.slice(1)}` : text;
}

function composeToken(composer: Composer, token: CST.Token): void {
  if (token.type === "error") throw problemOf(token.offset, "UNEXPECTED_TOKEN");
  // A document is handed out when the next one begins.
  for (const _first of composer.next(token)) throw problemOf(token.offset, "MULTIPLE_DOCS");
}

/**
 * Makes the composer throw what it would collect: a megabyte of stray brackets is a million error objects otherwise. What
 * it collects all the same is looked at by `checked`.
 */
function stopAtFirstError(composer: Composer): void {
  let first: FormatProblem | undefined;
  const onError = (source: number | readonly number[] | { offset: number }, code: ErrorCode): never => {
    const offset =
      typeof source === "number" ? source : "offset" in source ? source.offset : (source[0] ?? 0);
    // The composer takes any exception below it for an exhausted stack, and reports that.
    first ??= problemOf(offset, code);
    throw first;
  };
  Object.assign(composer, { onError });
}

function checked(document: YamlDocument.Parsed, text: string): YamlDocument.Parsed {
  const found = document.errors[0] ?? document.warnings[0];
  if (found !== undefined) throw problemOf(found.pos[0], found.code);
  // It has other rules for what is a number or a boolean.
  const { version } = document.directives.yaml;
  if (version !== "1.2") {
    throw new FormatProblem(Math.max(text.search(/^%YAML/m), 0), "a YAML version other than 1.2");
  }
  return document;
}

function problemOf(offset: number, code: ErrorCode): FormatProblem {
  return new FormatProblem(offset, YAML_REASONS[code], code === "RESOURCE_EXHAUSTION" ? "limit" : "syntax");
}

/**
 * Runs the parser, which takes no time slices, without environment variables: where `LOG_STREAM` or `LOG_TOKENS` is set,
 * for whatever reason, it writes the whole text to the console. (It asks for them at every token; that an ordinary
 * object answers faster is welcome.)
 */
function withoutEnvironment<Result>(run: () => Result): Result {
  const { env } = process;
  process.env = {};
  try {
    return run();
  } finally {
    process.env = env;
  }
}
