import { allCommands, type CommandShape, type Completes, valueOptions } from "./shape.ts";

/** Writes the script that has bash complete these programs, from the 3.2 that macOS has on. */
export function bashScript(programs: readonly CommandShape[]): string {
  const commands = programs.flatMap(allCommands);
  const valuePlaces = commands.flatMap(valueOptions);
  return `# Completions for bash, made by: sealconf completion bash

_sealconf() {
  local place="\${1##*/}" current="\${COMP_WORDS[COMP_CWORD]}" option="" count=0 index word
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [[ -n $option ]]; then
      # In --option=value bash takes the sign for a word.
      [[ $word == "=" ]] || option=""
      continue
    fi
    case "$place $word" in
${cases(
  commands.flatMap(({ commands: below }) => below.map(({ place }) => place)),
  'place="$place $word" count=0',
)}${cases(
    valuePlaces.map(({ place }) => place),
    'option="$word"',
  )}      *) [[ $word == -* ]] || count=$((count + 1)) ;;
    esac
  done
  if [[ -n $option ]]; then
    [[ $current == "=" ]] && current=""
    case "$place $option" in
${valuePlaces.map(({ place, value }) => completion(`"${place}"`, value.completes)).join("")}    esac
  elif [[ $current == -* ]]; then
    case "$place" in
${commands
  .map(({ place, options }) =>
    completion(
      `"${place}"`,
      options.flatMap(({ names }) => names),
    ),
  )
  .join("")}    esac
  else
    case "$place $count" in
${commands.map(positions).join("")}    esac
  fi
}

_sealconf_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# Readline completes names better than a function could; before bash 4 it cannot be asked to.
_sealconf_names() {
  compopt -o "$1" 2>/dev/null && return
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$2" -- "$current"))
}

complete -F _sealconf ${programs.map(({ name }) => name).join(" ")}
`;
}

function cases(patterns: readonly string[], action: string): string {
  if (patterns.length === 0) return "";
  return `      ${patterns.map((pattern) => `"${pattern}"`).join(" | ")}) ${action} ;;\n`;
}

// What may stand as the first word that is no option, the second, and so on.
function positions({ place, arguments: all, commands }: CommandShape): string {
  if (commands.length > 0)
    return completion(
      `"${place} 0"`,
      commands.map(({ name }) => name),
    );
  return all
    .map(({ variadic, completes }, index) => {
      return completion(variadic ? `"${place} "*` : `"${place} ${index}"`, completes);
    })
    .join("");
}

function completion(pattern: string, completes: Completes): string {
  if (completes === "files") return `      ${pattern}) _sealconf_names default -f ;;\n`;
  if (completes === "folders") return `      ${pattern}) _sealconf_names dirnames -d ;;\n`;
  return completes.length === 0 ? "" : `      ${pattern}) _sealconf_words "${completes.join(" ")}" ;;\n`;
}
