import { printable, SchemaError, type SchemaIssue } from "../errors/index.ts";
import { formatPath, type Path } from "../path/index.ts";

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
  const leaves = leavesOf(value);
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
  const issues = result.issues.map((issue) => describe(issue, secrets, leaves));
  const lines = issues.map(({ path, message }) => `${path === "" ? "" : `${path}: `}${message}`);
  throw new SchemaError(`the config does not match its schema: ${lines.join("; ")}`, issues);
}

function describe(issue: StandardIssue, secrets: SecretTexts, leaves: ReadonlySet<string>): SchemaIssue {
  const path = printable(formatPath(pathOf(issue)));
  const expected: unknown = Reflect.get(issue, "expected");
  const wordings = [issue.message, typeof expected === "string" ? `expected ${expected}` : undefined];
  const message = wordings.find(
    (wording) => typeof wording === "string" && !quotes(wording, secrets, leaves),
  );
  return { path, message: message === undefined ? "does not match the schema" : printable(message) };
}

function pathOf({ path = [] }: StandardIssue): Path {
  return path.map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" ? key : String(key);
  });
}

// Plaintext may be secret too: a message that quotes any text of the config is left out.
function quotes(message: string, secrets: SecretTexts, leaves: ReadonlySet<string>): boolean {
  if (secrets.isQuotedIn(message)) return true;
  for (const [, quoted = ""] of message.matchAll(/["'`]((?:[^"'`\\]|\\.)*)["'`]/gs)) {
    if (leaves.has(quoted)) return true;
  }
  return [...leaves].some((leaf) => leaf.length >= 4 && message.includes(leaf));
}

function leavesOf(value: unknown, found: Set<string> = new Set<string>()): Set<string> {
  if (typeof value === "string") found.add(value);
  else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    for (const member of Object.values(value)) leavesOf(member, found);
  }
  return found;
}
