import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { example } from "../options.ts";
import { didYouMean } from "../suggestion.ts";

export function addHelpCommand(program: Command): void {
  const help = program
    .command("help")
    .argument("[command...]", "such as db ls; all commands without one")
    .description("say what a command does and takes, with an example")
    .action((words: string[]) => findCommand(program, words).outputHelp());
  example(help, "postern help db ls");
}

/** Throws UsageError that names the nearest one. */
function findCommand(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const found = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (!found) throw unknownCommand(command, word);
    command = found;
  }
  return command;
}

function unknownCommand({ commands }: Command, word: string): UsageError {
  const names = commands.map((each) => each.name());
  return new UsageError(`there is no command \`${word}\`${didYouMean(word, names)}`);
}
