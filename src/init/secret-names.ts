import { type Document, findScalars } from "../format/index.ts";
import { ANY_INDEX, formatPath, type Path } from "../path/path.ts";
import { compilePatterns } from "../policy/index.ts";

import { findPlaintext } from "../edit/seal-document.ts";

/** The names that secrets have, as patterns for a policy's `secrets`, a row for each kind. */
export const SECRET_NAMES: readonly (readonly string[])[] = [
  ["**.password", "**.*Password", "**.*_password", "**.*_PASSWORD"],
  ["**.passwd", "**.passphrase", "**.*_pass", "**.*_PASS"],
  ["**.secret", "**.*Secret", "**.*_secret", "**.*_SECRET"],
  ["**.token", "**.*Token", "**.*_token", "**.*_TOKEN"],
  ["**.apiKey", "**.*ApiKey", "**.privateKey", "**.*PrivateKey", "**.secretKey", "**.*SecretKey"],
  ["**.accessKey", "**.*AccessKey", "**.encryptionKey", "**.signingKey", "**.*_key", "**.*_KEY"],
  ["**.credentials", "**.connectionString"],
  ["!**.*public_key", "!**.*PUBLIC_KEY"],
];

// Not `postgres://app:${PASSWORD}@db`, which says where the password comes from.
const PASSWORD_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?![$<{%])[^\s/@]+@/i;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Counts the values in the clear that patterns mean, by the pattern that decides. */
export function countSecrets(document: Document, texts: readonly string[]): Map<string, number> {
  const ignoreCase = document.format === "dotenv";
  const patterns = texts.map((text) => ({ text, ...compilePatterns([text.replace(/^!/, "")]) }));
  const counts = new Map<string, number>();
  for (const { path } of findPlaintext(document, compilePatterns(texts))) {
    const decides = patterns.findLast(({ match }) => match(path, ignoreCase))?.text ?? "";
    counts.set(decides, (counts.get(decides) ?? 0) + 1);
  }
  return counts;
}

/** Returns patterns for values that are secrets by what they hold: a URL with a password, a private key. */
export function patternsByContent(document: Document): string[] {
  const known = compilePatterns(SECRET_NAMES.flat());
  const ignoreCase = document.format === "dotenv";
  return findScalars(document.root)
    .filter(({ node: { value }, path }) => {
      const isSecret = typeof value === "string" && (PASSWORD_IN_URL.test(value) || PRIVATE_KEY.test(value));
      return isSecret && !known.match(path, ignoreCase);
    })
    .map(({ path }) => patternOf(path));
}

/** Writes the pattern that means a path and nothing else, whatever the indices in it. */
function patternOf(path: Path): string {
  const text = formatPath(path.map((segment) => (typeof segment === "number" ? ANY_INDEX : segment)));
  // In a pointer nothing has a second meaning.
  return text.startsWith("/") ? text : text.replace(/\*|^!|[{}]|^\$(?=[.[])|^\s|\s$/g, "\\$&");
}
