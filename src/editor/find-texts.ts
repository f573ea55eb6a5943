/** How many characters every text to find has at least. */
export const SHORTEST_TEXT = 6;

/** Returns what tells which of some texts stand in a line. Their number hardly matters to the time that takes. */
export function findingTexts(texts: Iterable<string>): (line: string) => string[] {
  const wanted = new Set(texts);
  const lengthsByStart = new Map<string, Set<number>>();
  for (const text of wanted) {
    const start = text.slice(0, SHORTEST_TEXT);
    const lengths = lengthsByStart.get(start) ?? new Set();
    lengthsByStart.set(start, lengths.add(text.length));
  }
  return (line) => {
    const found: string[] = [];
    for (let at = 0; at + SHORTEST_TEXT <= line.length; at += 1) {
      for (const length of lengthsByStart.get(line.slice(at, at + SHORTEST_TEXT)) ?? []) {
        const text = line.slice(at, at + length);
        if (text.length === length && wanted.has(text)) found.push(text);
      }
    }
    return found;
  };
}
