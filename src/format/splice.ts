/** A change of a text: what stands between two offsets becomes another text. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Makes changes that are given in the order of the text and do not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let copied = 0;
  for (const { start, end, text: part } of splices) {
    parts.push(text.slice(copied, start), part);
    copied = end;
  }
  return parts.join("") + text.slice(copied);
}

export function insertion(offset: number, text: string): Splice {
  return { start: offset, end: offset, text };
}

export function removal(start: number, end: number): Splice {
  return { start, end, text: "" };
}

/** Inserts a line at the start of another one or at the end of the text; a text that has no last line break gets none. */
export function lineInsertion(text: string, at: number, line: string, lineBreak: string): Splice {
  const startsLine = at === 0 || /[\n\r\ufeff]/.test(text[at - 1] ?? "");
  return insertion(at, startsLine ? line + lineBreak : lineBreak + line);
}

/** Removes whole lines; where they were the last ones and had no last line break, the text has none afterwards. */
export function removalOfLines(text: string, start: number, end: number): Splice {
  const isUnbroken = end === text.length && !/[\r\n]$/.test(text.slice(start, end));
  const lineBreak = isUnbroken
    ? (/\r?\n$|\r$/.exec(text.slice(Math.max(start - 2, 0), start))?.[0] ?? "")
    : "";
  return removal(start - lineBreak.length, end);
}
