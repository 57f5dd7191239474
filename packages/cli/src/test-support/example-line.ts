/** Lines that people are told to type, tried against the tree of commands. */
import { type Command, CommanderError } from "commander";
import { buildProgram } from "../program.ts";

/** What is typed after `postern`, split as a shell does: before a pipe or a file for the output, or inside `$(…)`. */
export function wordsOf(line: string): string[] {
  const [, command = line] = /(?:^|\$\()(?:npx )?(postern [^|<>)]*)/.exec(line) ?? [];
  const words = [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)];
  return words.map(([word]) => word.replaceAll(/["']/g, "")).slice(1);
}

/** Parses as the program would, and does nothing. Rejects with commander's error. */
export async function parseLine(line: string): Promise<void> {
  const program = buildProgram();
  disarm(program);
  await program.parseAsync(wordsOf(line), { from: "user" }).catch((error: unknown) => {
    const isDone = error instanceof CommanderError && error.exitCode === 0; // --version
    if (!isDone) throw error;
  });
}

function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.commands.forEach(disarm);
}
