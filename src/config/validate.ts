import { printable, SchemaError, type SchemaIssue } from "../errors/index.ts";
import { formatPath, type Path } from "../path/path.ts";

import { isPlain } from "./freeze.ts";
import type { SecretTexts } from "./secret-texts.ts";
import type { StandardIssue, StandardSchema } from "./standard-schema.ts";

/**
 * Validates the config with the caller's schema and returns what the schema makes of it.
 *
 * @throws SchemaError with every issue's path; a validator's message is kept only where it quotes no value
 */
export async function validate(
  value: unknown,
  schema: StandardSchema | undefined,
  secrets: SecretTexts,
): Promise<unknown> {
  if (schema === undefined) return value;
  let result;
  try {
    result = await schema["~standard"].validate(value);
  } catch {
    // A validator's own error may quote the value that it stumbled over, in its message or its stack.
    throw new SchemaError("the schema failed while it was validating the config", [], {
      hint: "one of its checks or transforms throws: let it return an issue instead",
    });
  }
  if (result.issues === undefined) return result.value;
  const texts = new Set([...leavesOf(value)].filter((leaf) => typeof leaf === "string"));
  const issues = result.issues.map((issue) => {
    const path = pathOf(issue);
    return describe(issue, path, (message) => {
      return (
        secrets.isQuotedIn(message) || quotesText(message, texts) || quotesNumber(message, at(value, path))
      );
    });
  });
  const lines = issues.map(({ path, message }) => `${path === "" ? "" : `${path}: `}${message}`);
  throw new SchemaError(`the config does not match its schema: ${lines.join("; ")}`, issues);
}

function describe(issue: StandardIssue, path: Path, quotes: (message: string) => boolean): SchemaIssue {
  const expected: unknown = Reflect.get(issue, "expected");
  const wordings = [issue.message, typeof expected === "string" ? `expected ${expected}` : undefined];
  const message = wordings.find((wording) => typeof wording === "string" && !quotes(wording));
  return {
    path: printable(formatPath(path)),
    message: message === undefined ? "does not match the schema" : printable(message),
  };
}

function pathOf({ path = [] }: StandardIssue): Path {
  return path.map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" ? key : String(key);
  });
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => {
    return typeof part === "object" && part !== null && Object.hasOwn(part, key)
      ? Reflect.get(part, key)
      : undefined;
  }, value);
}

// Plaintext may be secret too: a message that quotes any text of the config is left out.
function quotesText(message: string, texts: ReadonlySet<string>): boolean {
  for (const [, quoted = ""] of message.matchAll(/["'`]((?:[^"'`\\]|\\.)*)["'`]/gs)) {
    if (texts.has(quoted)) return true;
  }
  return [...texts].some((text) => {
    return (
      text.length >= 4 && (message.includes(text) || message.includes(JSON.stringify(text).slice(1, -1)))
    );
  });
}

// A number elsewhere in the config is likelier a limit that the schema names.
function quotesNumber(message: string, value: unknown): boolean {
  const numbers = new Set(message.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi)?.map(Number));
  return [...leavesOf(value)].some((leaf) => numbers.has(leaf as number));
}

function leavesOf(value: unknown, found: Set<unknown> = new Set()): Set<unknown> {
  if (typeof value === "string" || typeof value === "number") found.add(value);
  else if (isPlain(value)) for (const member of Object.values(value)) leavesOf(member, found);
  return found;
}
