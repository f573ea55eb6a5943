import { Argument, type Command } from "commander";

import type { CommandShape } from "./completion/shape.ts";
import { type Io, write } from "./io.ts";

type Shell = "bash" | "zsh" | "fish";

const EXAMPLES = `
Examples:
  $ source <(sealconf completion bash)        # in ~/.bashrc
  $ source <(sealconf completion zsh)         # in ~/.zshrc, after compinit
  $ sealconf completion fish | source         # in ~/.config/fish/config.fish
`;

/** The command that is a program of its own too. */
const OWN_PROGRAM = "encrypt-value";

/** `sealconf completion SHELL`. */
export function addCompletion(command: Command, io: Io): void {
  const shells: Readonly<Record<Shell, () => Promise<(programs: readonly CommandShape[]) => string>>> = {
    bash: async () => (await import("./completion/bash.ts")).bashScript,
    zsh: async () => (await import("./completion/zsh.ts")).zshScript,
    fish: async () => (await import("./completion/fish.ts")).fishScript,
  };
  command
    .description("print the script that has a shell complete commands, options and files")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(shells)))
    .addHelpText("after", EXAMPLES)
    .action(async (shell: Shell) => {
      const { shapeOf } = await import("./completion/shape.ts");
      const program = command.parent ?? command;
      const own = program.commands.filter((each) => each.name() === OWN_PROGRAM);
      const script = await shells[shell]();
      await write(io.stdout, script([shapeOf(program), ...own.map((each) => shapeOf(each))]));
    });
}
