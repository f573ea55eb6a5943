const WHITE_SPACE = /[ \t\r\n]*/y;

/** The line break that a text uses: that of its first line. CR alone is one where there is no LF at all. */
export function lineBreakOf(text: string): "\n" | "\r\n" | "\r" {
  const first = text.indexOf("\n");
  if (first === -1 && text.includes("\r")) return "\r";
  return first > 0 && text[first - 1] === "\r" ? "\r\n" : "\n";
}

/** Where the line of an offset begins; the first one after a byte order mark. */
export function lineStartOf(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  return start === 0 && text.startsWith("\ufeff") ? Math.min(1, offset) : start;
}

/** Where the line after that of an offset begins: at the end of the text if it is the last one. */
export function nextLineOf(text: string, offset: number): number {
  const lineEnd = text.indexOf("\n", offset);
  return lineEnd === -1 ? text.length : lineEnd + 1;
}

/** Where the line of an offset ends, before its line break. */
export function lineEndOf(text: string, offset: number): number {
  const next = nextLineOf(text, offset);
  if (next === offset || text[next - 1] !== "\n") return next;
  return text[next - 2] === "\r" && next - 2 >= offset ? next - 2 : next - 1;
}

/** 0-based, in UTF-16 code units; a byte order mark does not count. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStartOf(text, offset);
}

/** The blanks at the start of an offset's line. */
export function indentationOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStartOf(text, offset), offset))?.[0] ?? "";
}

/** Whether nothing but blanks stands before an offset in its line. */
export function isFirstInLine(text: string, offset: number): boolean {
  return beforeBlanks(text, offset) === lineStartOf(text, offset);
}

/** Whether nothing but blanks and perhaps a comment stands after an offset in its line. */
export function isLastInLine(text: string, offset: number): boolean {
  const at = afterBlanks(text, offset);
  return at === lineEndOf(text, offset) || (text[at] === "#" && at > offset);
}

/** Where the blanks before an offset begin. */
export function beforeBlanks(text: string, offset: number): number {
  let at = offset;
  while (isBlank(text[at - 1])) at -= 1;
  return at;
}

/** Where the blanks after an offset end. */
export function afterBlanks(text: string, offset: number): number {
  let at = offset;
  while (isBlank(text[at])) at += 1;
  return at;
}

/** Where the blanks and line breaks after an offset end. */
export function afterWhiteSpace(text: string, offset: number): number {
  WHITE_SPACE.lastIndex = offset;
  return WHITE_SPACE.test(text) ? WHITE_SPACE.lastIndex : offset;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
