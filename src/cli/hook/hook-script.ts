/** What git runs before a commit that people make, and before that of a merge without conflicts. */
export const HOOKS: readonly string[] = ["pre-commit", "pre-merge-commit"];
/** The command that a hook runs. */
export const CHECK_COMMAND = "sealconf check --staged";
/** The line by which a hook of ours is known, whatever version wrote it. */
export const HOOK_MARKER = "# Made by `sealconf hook install`, which also brings it up to date.";

export interface ToolPlace {
  /** The installed program, relative to the work tree's root: there git runs hooks and drivers. */
  readonly tool: string;
  /** Folders of programs to look in after those of the PATH. */
  readonly programs: readonly string[];
}

/** Writes the script of a hook: it runs the check, and refuses the commit where it cannot. */
export function hookScript({ tool, programs }: ToolPlace): string {
  const path = programs.length === 0 ? "" : `${pathAssignment(programs)}\n`;
  return `#!/bin/sh
${HOOK_MARKER}
# It refuses a commit that holds a secret in plaintext. To skip it knowingly: --no-verify

refuse() {
  printf 'sealconf: this commit was not checked for secrets in plaintext: %s\\n  %s\\n' "$1" "$2" >&2
  exit 1
}

${path}tool=${shellWord(tool)}
if ! command -v node >/dev/null 2>&1; then
  refuse 'there is no node on the PATH of this program' \\
    'start it where node is found, or skip the check knowingly: --no-verify'
fi
if [ ! -x "$tool" ]; then
  tool=$(command -v sealconf) ||
    refuse 'sealconf is not installed' 'install it: npm install, or skip the check knowingly: --no-verify'
fi
exec "$tool" check --staged
`;
}

/**
 * Writes the command of the diff driver, to which git adds the file. Where sealconf is not found, a diff shows files as
 * they are.
 */
export function textconvCommand({ tool, programs }: ToolPlace): string {
  const local = shellWord(tool);
  return [
    "f() {",
    programs.length === 0 ? "" : ` ${pathAssignment(programs)};`,
    ' if ! command -v node >/dev/null 2>&1; then cat -- "$1";',
    ` elif [ -x ${local} ]; then ${local} textconv -- "$1";`,
    ' elif command -v sealconf >/dev/null 2>&1; then sealconf textconv -- "$1";',
    ' else cat -- "$1"; fi; }; f',
  ].join("");
}

// A git client with windows of its own starts with a shorter PATH than a shell.
function pathAssignment(programs: readonly string[]): string {
  // An empty PATH would mean the working directory.
  return `PATH=\${PATH:+$PATH:}${programs.map(shellWord).join(":")}; export PATH`;
}

/** Quotes a text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
