import {
  type ErrorCode,
  formatSource,
  printable,
  type ProblemError,
  type SealconfError,
  type Source,
} from "../errors/index.ts";

/** Something that is wrong with a file, told without any key and without a part of its text. */
export interface Finding extends Source {
  /** The commit in whose tree it stands; only when commits are checked. */
  readonly commit?: string | undefined;
  readonly code: ErrorCode;
  /** What is wrong: one sentence, lower case, no full stop. */
  readonly reason: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  readonly severity: "error" | "warning";
}

// Enough to tell commits apart in a repository of some size.
const COMMIT_CHARACTERS = 12;

/** Turns an error about a part of a file into what a check tells of it. */
export function findingOf(error: ProblemError): Finding {
  const { source = { file: "" }, code, hint } = error;
  return { ...source, code, reason: reasonOf(error), hint, severity: "error" };
}

/** Returns an error's message without the place that stands in front of it. */
export function reasonOf({ message, source }: SealconfError): string {
  return source === undefined ? message : message.slice(`${formatSource(source)}: `.length);
}

/** Writes `config/app.yaml:12:7 db.password a secret stands here in plaintext`. */
export function formatFinding({ commit, file, line, column, path, reason, severity }: Finding): string {
  const place = formatSource({ file, line, column });
  return [
    commit === undefined ? place : `${commit.slice(0, COMMIT_CHARACTERS)}:${place}`,
    // The path of the whole document is empty.
    ...(path === undefined || path === "" ? [] : [printable(path)]),
    ...(severity === "warning" ? ["warning:"] : []),
    printable(reason),
  ].join(" ");
}

export function isPlaintext({ code }: Finding): boolean {
  return code === "ERR_PLAINTEXT_SECRET";
}

/** Puts together what was found in one file in several ways: each finding once, in the order of their places. */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const once = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return [...once.values()].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** Returns a text that two findings share only when they say the same of the same place. */
export function keyOf(finding: Finding): string {
  return formatFinding(finding);
}

/** Says of plaintext what to do about it where it was found. */
export function adviseOnPlaintext(
  findings: readonly Finding[],
  hintFor: (finding: Finding) => string | undefined,
): Finding[] {
  return findings.map((finding) => (isPlaintext(finding) ? { ...finding, hint: hintFor(finding) } : finding));
}

/** Says what to run about a file; nothing where its name cannot be copied from a terminal. */
export function adviseToRun(file: string, advice: (word: string) => string): string | undefined {
  return printable(file) === file ? advice(shellWord(file)) : undefined;
}

/** Writes a file's name as a shell takes it, and no command for an option. */
function shellWord(file: string): string {
  const name = file.startsWith("-") ? `./${file}` : file;
  return /^[A-Za-z0-9_./@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
