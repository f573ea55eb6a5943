import { beforeBlanks } from "./lines.ts";

/**
 * Where an entry or item begins whose key or value begins at an offset: at the anchor, the tag or the `?` that YAML has
 * before it in its line.
 */
export function entryStartOf(text: string, offset: number): number {
  let start = offset;
  for (;;) {
    const wordEnd = beforeBlanks(text, start);
    let wordStart = wordEnd;
    while (wordStart > 0 && /[^\s,[\]{}]/.test(text[wordStart - 1] ?? "")) wordStart -= 1;
    if (!/^(?:\?$|[&!])/.test(text.slice(wordStart, wordEnd))) return start;
    start = wordStart;
  }
}
