/** Recognises sealed values wherever they turn up, so that printing can leave them out. */
export interface SecretTexts {
  /** Tells whether a leaf equals a sealed value, or holds eight characters or more of one. Bytes are leaves too. */
  readonly isSecret: (leaf: unknown) => boolean;
  /** Tells whether a text quotes a sealed value, also a short one, plain or escaped. */
  readonly isQuotedIn: (text: string) => boolean;
}

interface Index {
  readonly exact: ReadonlySet<string>;
  readonly fragments: ReadonlySet<string>;
  readonly short: readonly string[];
}

const FRAGMENT_CHARACTERS = 8;
// A set has room for 16 million at most. All fragments of a value that fits in a token are kept; of a larger one, of a
// file, every so many, and it is recognised by longer parts of it.
const MAX_FRAGMENTS = 65_536;

/** Gathers the strings, numbers and bytes of opened values. The index is built when it is first needed. */
export function createSecretTexts(values: readonly unknown[]): SecretTexts {
  let index: Index | undefined;

  function holdsFragment(text: string, { fragments }: Index): boolean {
    for (let end = FRAGMENT_CHARACTERS; end <= text.length; end++) {
      if (fragments.has(text.slice(end - FRAGMENT_CHARACTERS, end))) return true;
    }
    return false;
  }

  function isSecretText(text: string): boolean {
    index ??= indexOf(values);
    return index.exact.has(text) || holdsFragment(text, index);
  }

  return {
    isSecret(leaf) {
      if (typeof leaf === "string") return isSecretText(leaf);
      if (typeof leaf === "number" || typeof leaf === "bigint") {
        index ??= indexOf(values);
        return index.exact.has(String(leaf));
      }
      return bytesOf(leaf)?.some(isSecretText) ?? false;
    },
    isQuotedIn(text) {
      index ??= indexOf(values);
      if (index.exact.has(text) || holdsFragment(text, index)) return true;
      return index.short.some(
        (value) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1)),
      );
    },
  };
}

function indexOf(values: readonly unknown[]): Index {
  const exact = new Set<string>();
  for (const value of values) gather(value, exact);
  exact.delete("");
  const fragments = new Set<string>();
  const short: string[] = [];
  for (const value of exact) {
    if (value.length < FRAGMENT_CHARACTERS) short.push(value);
    const step = Math.ceil(value.length / MAX_FRAGMENTS);
    for (let end = FRAGMENT_CHARACTERS; end <= value.length; end += step) {
      fragments.add(value.slice(end - FRAGMENT_CHARACTERS, end));
    }
  }
  return { exact, fragments, short };
}

function gather(value: unknown, found: Set<string>): void {
  if (typeof value === "string") found.add(value);
  else if (typeof value === "number") found.add(String(value));
  else if (typeof value === "object" && value !== null) {
    const bytes = bytesOf(value);
    if (bytes === undefined) for (const member of Object.values(value)) gather(member, found);
    else for (const text of [...bytes, Buffer.from(bytes[0], "latin1").toString("base64")]) found.add(text);
  }
}

/** What bytes are as text: each a character, and as UTF-8. */
function bytesOf(value: unknown): [string, string] | undefined {
  let bytes: Buffer;
  if (ArrayBuffer.isView(value)) bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  else if (value instanceof ArrayBuffer) bytes = Buffer.from(value);
  else return undefined;
  return [bytes.toString("latin1"), bytes.toString("utf8")];
}
