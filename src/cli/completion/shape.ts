import type { Argument, Command, Option } from "commander";

/** What may stand at a place: names of files, of folders, one of these words, or nothing that is known. */
export type Completes = "files" | "folders" | readonly string[];

/** What shells need to know of a command. */
export interface CommandShape {
  /** The words that lead to it: `sealconf hook install`. */
  readonly place: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  readonly arguments: readonly ArgumentShape[];
  readonly commands: readonly CommandShape[];
}

export interface OptionShape {
  /** `-k`, `--key`. */
  readonly names: readonly string[];
  readonly description: string;
  /** `undefined` for an option that takes none. */
  readonly value: ValueShape | undefined;
}

export interface ArgumentShape extends ValueShape {
  /** The last of them may be given any number of times. */
  readonly variadic: boolean;
  readonly required: boolean;
}

export interface ValueShape {
  readonly name: string;
  readonly completes: Completes;
}

// By the names that the commands' own help gives to values.
const FILES = /^(?:files?|from|to|what)$/;
const FOLDERS = /^(?:folder|root)$/;

/** Reads the shape of a command and of those below it from what its help is made of. */
export function shapeOf(
  command: Command,
  place: string = command.name(),
  siblings: readonly string[] = [],
): CommandShape {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const names = commands.map((each) => each.name());
  return {
    place,
    name: command.name(),
    description: oneLine(command.description()),
    options: help.visibleOptions(command).map(optionShape),
    arguments: command.registeredArguments.map((argument) => argumentShape(argument, siblings)),
    commands: commands.map((each) => shapeOf(each, `${place} ${each.name()}`, names)),
  };
}

/** Lists a command and all below it. */
export function allCommands(shape: CommandShape): CommandShape[] {
  return [shape, ...shape.commands.flatMap(allCommands)];
}

/** Lists the options of a command that take a value, each of their names with the words that lead to it. */
export function valueOptions({ place, options }: CommandShape): { place: string; value: ValueShape }[] {
  return options.flatMap(({ names, value }) => {
    return value === undefined ? [] : names.map((name) => ({ place: `${place} ${name}`, value }));
  });
}

function optionShape({ short, long, flags, description, argChoices }: Option): OptionShape {
  const value = /[<[]([^>\].]+)/.exec(flags)?.[1];
  return {
    names: [short, long].filter((name) => name !== undefined),
    description: oneLine(description),
    value: value === undefined ? undefined : { name: value, completes: argChoices ?? completesOf(value) },
  };
}

function argumentShape(argument: Argument, siblings: readonly string[]): ArgumentShape {
  const name = argument.name();
  // `help`, which commander adds, takes the name of a command beside it.
  const known = name === "command" ? siblings : completesOf(name);
  return {
    name,
    variadic: argument.variadic,
    required: argument.required,
    completes: argument.argChoices ?? known,
  };
}

function completesOf(name: string): Completes {
  if (FILES.test(name)) return "files";
  return FOLDERS.test(name) ? "folders" : [];
}

// A menu has room for little: what follows a semicolon is for the help.
function oneLine(text: string): string {
  return (text.split("; ")[0] ?? "").replace(/\s+/g, " ").trim();
}
