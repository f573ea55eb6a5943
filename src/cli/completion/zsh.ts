import {
  allCommands,
  type ArgumentShape,
  type CommandShape,
  type Completes,
  type OptionShape,
} from "./shape.ts";

/** Writes the script that has zsh complete these programs, sourced after compinit or autoloaded as `_sealconf`. */
export function zshScript(programs: readonly CommandShape[]): string {
  const names = programs.map(({ name }) => name).join(" ");
  return `#compdef ${names}
# Completions for zsh, made by: sealconf completion zsh

_sealconf() {
  case $service in
${programs.map(({ name, place }) => `    ${name}) ${functionOf(place)} ;;\n`).join("")}  esac
}

${programs.flatMap(allCommands).map(commandFunction).join("\n")}
# Autoloaded, this file is the function; sourced, it makes it known.
if [[ $funcstack[1] == _sealconf ]]; then
  _sealconf "$@"
else
  compdef _sealconf ${names}
fi
`;
}

function commandFunction({ place, options, arguments: all, commands }: CommandShape): string {
  const name = functionOf(place);
  const specs = options.map(optionSpec);
  if (commands.length === 0) return `${name}() {\n${argumentsCall([...specs, ...all.map(argumentSpec)])}}\n`;
  return `${name}() {
  local curcontext=$curcontext state
  local -a line commands
  local -A opt_args
  commands=(
${commands.map((each) => `    ${quote(`${each.name}:${each.description}`)}\n`).join("")}  )
${argumentsCall(["-C", ...specs, "'1: :->command'", "'*:: :->argument'"])}  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
${commands.map((each) => `        ${each.name}) ${functionOf(each.place)} ;;\n`).join("")}      esac
      ;;
  esac
}
`;
}

function argumentsCall(specs: readonly string[]): string {
  return `  _arguments -S${specs.map((spec) => ` \\\n    ${spec}`).join("")}\n`;
}

function optionSpec({ names, description, value }: OptionShape): string {
  const explanation = `[${escaped(description)}]`;
  if (value === undefined) {
    const exclusive = quote(`(${names.join(" ")})`);
    return names.map((name) => `${exclusive}${quote(`${name}${explanation}`)}`).join(" ");
  }
  // `-k VALUE` and `-kVALUE`, `--key VALUE` and `--key=VALUE`; given again it adds, or the last counts.
  const action = `:${escaped(value.name)}:${actionOf(value.completes)}`;
  return names
    .map((name) => quote(`*${name}${name.startsWith("--") ? "=" : "+"}${explanation}${action}`))
    .join(" ");
}

function argumentSpec({ name, variadic, required, completes }: ArgumentShape, index: number): string {
  const place = variadic ? "*" : `${index + 1}${required ? "" : ":"}`;
  return quote(`${place}:${escaped(name)}:${actionOf(completes)}`);
}

function actionOf(completes: Completes): string {
  if (completes === "files") return "_files";
  if (completes === "folders") return "_files -/";
  // A space: the name of what is expected is shown, and nothing completed.
  return completes.length === 0 ? " " : `(${completes.join(" ")})`;
}

function functionOf(place: string): string {
  return `_sealconf__${place.replace(/[^a-z0-9]/g, "_")}`;
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
