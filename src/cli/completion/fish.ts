import { allCommands, type CommandShape, type Completes, type OptionShape, valueOptions } from "./shape.ts";

/** Writes the script that has fish complete these programs. */
export function fishScript(programs: readonly CommandShape[]): string {
  const commands = programs.flatMap(allCommands);
  const below = commands.flatMap((each) => each.commands.map(({ place }) => place));
  return `# Completions for fish, made by: sealconf completion fish

# Whether the words before the cursor lead to a command, and how many arguments it was given.
function __sealconf_at
    set -l words (commandline -opc)
    set -l place (string replace -r '.*/' '' -- $words[1])
    set -l count 0
    set -l skip 0
    for word in $words[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$place $word"
${cases(below, 'set place "$place $word"')}${cases(
    commands.flatMap((each) => valueOptions(each).map(({ place }) => place)),
    "set skip 1",
  )}            case '*'
                string match -q -- '-*' $word; or set count (math $count + 1)
        end
    end
    test "$place" = $argv[1]; or return 1
    test (count $argv) = 1; or contains -- $count $argv[2..]
end

${programs.map(completions).join("\n")}`;
}

function completions(program: CommandShape): string {
  const { name } = program;
  // Without this, names of files would be offered everywhere.
  return `complete -c ${name} -f\n${allCommands(program)
    .map((command) => lines(name, command))
    .join("")}`;
}

function cases(places: readonly string[], action: string): string {
  if (places.length === 0) return "";
  return `            case ${places.map(quote).join(" ")}\n                ${action}\n`;
}

function lines(program: string, { place, options, arguments: all, commands }: CommandShape): string {
  const at = (...counts: number[]): string => {
    return `complete -c ${program} -n ${quote(["__sealconf_at", quote(place), ...counts].join(" "))}`;
  };
  return [
    ...commands.map(({ name, description }) => `${at(0)} -a ${quote(name)} -d ${quote(description)}`),
    ...options.map((option) => `${at()} ${optionFlags(option)}`),
    ...(commands.length > 0 ? [] : all).flatMap(({ variadic, completes }, index) => {
      const here = variadic ? at() : at(index);
      return completes.length === 0 ? [] : [`${here} ${valueFlags(completes)}`];
    }),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

function optionFlags({ names, description, value }: OptionShape): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === undefined ? [] : ["-r", valueFlags(value.completes)];
  return [...flags, ...takes, `-d ${quote(description)}`].join(" ");
}

function valueFlags(completes: Completes): string {
  if (completes === "files") return "-F";
  // Of --root=here/ it is told the whole word.
  if (completes === "folders")
    return `-f -a '(__fish_complete_directories (commandline -ct | string replace -r "^--[^=]*=" ""))'`;
  return completes.length === 0 ? "-f" : `-f -a ${quote(completes.join(" "))}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
