/** Recognises sealed values wherever they turn up, so that printing can leave them out. */
export interface SecretTexts {
  /** Tells whether a leaf equals a sealed value, or holds eight characters or more of a sealed string. */
  readonly isSecret: (leaf: unknown) => boolean;
  /** Tells whether a text quotes a sealed value, also a short one, plain or escaped. */
  readonly isQuotedIn: (text: string) => boolean;
}

const FRAGMENT_CHARACTERS = 8;

/** Gathers the strings and numbers of opened values. The index is built when it is first needed. */
export function createSecretTexts(values: readonly unknown[]): SecretTexts {
  let index: { exact: Set<unknown>; fragments: Set<string>; short: string[] } | undefined;

  function built(): NonNullable<typeof index> {
    if (index !== undefined) return index;
    const exact = new Set<unknown>();
    for (const value of values) gather(value, exact);
    const fragments = new Set<string>();
    const short: string[] = [];
    for (const value of exact) {
      if (typeof value !== "string") continue;
      for (let end = FRAGMENT_CHARACTERS; end <= value.length; end++) {
        fragments.add(value.slice(end - FRAGMENT_CHARACTERS, end));
      }
      if (value.length < FRAGMENT_CHARACTERS) short.push(value);
    }
    index = { exact, fragments, short };
    return index;
  }

  function holdsFragment(text: string, fragments: ReadonlySet<string>): boolean {
    for (let end = FRAGMENT_CHARACTERS; end <= text.length; end++) {
      if (fragments.has(text.slice(end - FRAGMENT_CHARACTERS, end))) return true;
    }
    return false;
  }

  return {
    isSecret(leaf) {
      const { exact, fragments } = built();
      return exact.has(leaf) || (typeof leaf === "string" && holdsFragment(leaf, fragments));
    },
    isQuotedIn(text) {
      const { exact, fragments, short } = built();
      if (exact.has(text) || holdsFragment(text, fragments)) return true;
      if (short.some((value) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1))))
        return true;
      return [...exact].some((value) => typeof value === "number" && text.includes(String(value)));
    },
  };
}

function gather(value: unknown, found: Set<unknown>): void {
  if (typeof value === "string" || typeof value === "number") {
    if (value !== "") found.add(value);
  } else if (value instanceof Uint8Array) {
    found.add(Buffer.from(value).toString("utf8"));
    found.add(Buffer.from(value).toString("base64"));
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) gather(member, found);
  }
}
