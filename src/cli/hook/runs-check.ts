const PROGRAM: readonly string[] = [
  String.raw`(?:(?:npx(?: --no(?:-install)?)?|pnpm exec|yarn|bunx) )?sealconf`,
  String.raw`[\w./@-]*node_modules/\.bin/sealconf`,
  String.raw`'[^']*node_modules/\.bin/sealconf'`,
];
// The call alone: with a pipe, `&`, `&&` or `|| true` behind it a commit may pass all the same.
const CALL = new RegExp(
  `^(?<exec>exec )?(?:${PROGRAM.join("|")}) check --staged(?: (?:--fix|--json|--quiet|-q))*` +
    String.raw`(?<exit> \|\| exit(?: [1-9]\d?| \$\?)?)?(?: #.*)?$`,
);
const ENDS = /^(?:exit\b|exec (?!\d*[<>]))/;
// husky 8 starts the script that reads its own once more, by `sh -e`.
const STOPS_AT_FAILURE = /^(?:set (?:-\w+ )*-(?:\w*e|o errexit)|\. .*\/husky\.sh)/;
const GOES_ON_AFTER_FAILURE = /^set \+(?:\w*e|o errexit)/;
const HERE_DOCUMENT = /<<-?[ \t]*(["']?)(\w+)\1.*\n(?:.*\n)*?[ \t]*\2$/gm;

/**
 * Tells whether a shell script surely runs the check, and fails when the check does. A way of doing so that is not known
 * counts as none: what is indented, for instance, may depend on a condition.
 */
export function runsCheck(script: string): boolean {
  const lines = commandLines(script);
  let stopsAtFailure = /^#!.*sh -[a-z]*e/.test(script);
  for (const [index, line] of lines.entries()) {
    const call = CALL.exec(line)?.groups;
    if (call !== undefined) {
      const decides = (call["exec"] ?? call["exit"]) !== undefined;
      if (decides || stopsAtFailure || index === lines.length - 1) return true;
    }
    if (ENDS.test(line)) return false;
    if (STOPS_AT_FAILURE.test(line)) stopsAtFailure = true;
    if (GOES_ON_AFTER_FAILURE.test(line)) stopsAtFailure = false;
  }
  return false;
}

function commandLines(script: string): string[] {
  return script
    .replace(/\r$/gm, "")
    .replaceAll("\\\n", " ")
    .replace(HERE_DOCUMENT, "")
    .split("\n")
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .map((line) => line.trimEnd().replace(/\s+/g, " "));
}
