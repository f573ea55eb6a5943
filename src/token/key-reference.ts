/** A parsed key reference: `tencent/ap-guangzhou/93866e69-…`, `aliyun/cn-hangzhou/key-…`, `local/dev`, `age/age1…`. */
export interface KeyReference {
  readonly text: string;
  readonly provider: string;
  readonly region?: string | undefined;
  readonly id: string;
}

const REGION = "([a-z0-9-]{2,32})";
const UUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})";

// Source: sealed format v1, section 1. The last group is the id, the one before it the region.
const GRAMMAR: ReadonlyMap<string, RegExp> = new Map([
  ["tencent", new RegExp(`^tencent/${REGION}/${UUID}$`)],
  ["aliyun", new RegExp(`^aliyun/${REGION}/([A-Za-z0-9_.-]{1,64})$`)],
  ["local", /^local\/([a-z0-9-]{1,64})$/],
  ["age", /^age\/(age1[a-z0-9]{1,124})$/],
]);

/** Why a key reference cannot be read. */
export type KeyReferenceProblem = "provider unknown" | "malformed";

/** Parses a key reference. */
export function parseKeyReference(text: string): KeyReference | KeyReferenceProblem {
  const provider = text.slice(0, Math.max(0, text.indexOf("/")));
  const grammar = GRAMMAR.get(provider);
  if (grammar === undefined) return "provider unknown";
  const found = grammar.exec(text);
  if (found === null) return "malformed";
  const [, first = "", second] = found;
  return second === undefined ? { text, provider, id: first } : { text, provider, region: first, id: second };
}
