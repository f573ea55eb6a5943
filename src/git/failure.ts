import { printable, type SealconfError, SourceError, UsageError } from "../errors/index.ts";
import type { GitPlace, GitResult, RunOptions } from "./run-git.ts";

interface KnownFailure {
  readonly complaint: RegExp;
  readonly error: (place: GitPlace, complaint: string) => SealconfError;
}

const KNOWN: readonly KnownFailure[] = [
  {
    complaint: /^not a git repository/,
    error: () =>
      new UsageError("ERR_OPTION_INVALID", "there is no git repository here", {
        hint: "go to a folder of the repository; GIT_DIR, where it is set, must name one",
      }),
  },
  {
    complaint: /dubious ownership|unsafe repository/,
    error: ({ cwd }) =>
      new SourceError("ERR_FILE_UNREADABLE", "git does not use a repository that belongs to another user", {
        source: { file: cwd },
        hint: "if you trust it: git config --global --add safe.directory and the repository's folder",
      }),
  },
  {
    complaint: /\.lock': File exists/,
    error: (_place, complaint) =>
      new SourceError("ERR_WRITE_FAILED", complaint, {
        hint: "wait for the other git command; when there is none, remove the lock",
      }),
  },
];

const MAX_COMPLAINT_CHARS = 300;

/**
 * Returns the first line in which git itself says what was wrong. Nothing else of its standard error is ever shown: programs
 * that it ran write there too.
 */
export function complaintOf(stderr: string): string | undefined {
  const line = /^(?:fatal|error): (.+)$/m.exec(stderr)?.[1];
  return line === undefined ? undefined : printable(line.slice(0, MAX_COMPLAINT_CHARS));
}

export interface FailedRun extends Omit<GitResult, "stdout">, Pick<RunOptions, "failsAs"> {}

/** Returns the error of a run that failed. */
export function failureOf(place: GitPlace, args: readonly string[], run: FailedRun): SealconfError {
  const { code, complaint = "", failsAs = "ERR_FILE_UNREADABLE" } = run;
  const known = KNOWN.find((failure) => failure.complaint.test(complaint));
  if (known !== undefined) return known.error(place, complaint);
  const reason = complaint || (code === null ? "a signal ended it" : `exit code ${code}`);
  return new SourceError(failsAs, `git ${args[0]} failed: ${reason}`);
}

/** Returns the error for an answer of git's that this package does not understand. */
export function unexpectedAnswer(command: string): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", `the answer of git ${command} is not understood`, {
    hint: "see whether git --version tells 2.31 or later, and whether git fsck finds something",
  });
}
