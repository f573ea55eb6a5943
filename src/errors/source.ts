/** Where in the user's input something stands. */
export interface Source {
  /** The file's path as the user gave it, `$env` for an environment variable, or `<text>`. */
  readonly file: string;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based, counted in UTF-16 code units. */
  readonly column?: number | undefined;
  /** The value's path, `db.password`. */
  readonly path?: string | undefined;
}

/** Returns `app.yaml:12:7 (db.password)`, without what is not known. */
export function formatSource(source: Source): string {
  const line = source.line === undefined ? "" : `:${source.line}`;
  const column = line === "" || source.column === undefined ? "" : `:${source.column}`;
  const path = source.path === undefined ? "" : ` (${source.path})`;
  return printable(`${source.file}${line}${column}${path}`);
}

// Names come from files and folders that others may write: a terminal must not act on them.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Surrogate}]/gu;

/** Writes control and direction characters, and halves of surrogate pairs, as `\u{…}`. */
export function printable(text: string): string {
  return text.replace(CONTROL, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}

/** Writes a text that somebody else chose as a message may show it: in quotes, and nothing that a terminal acts on. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text));
}
