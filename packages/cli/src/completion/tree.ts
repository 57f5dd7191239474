/** What may be typed where, read off the tree of commands: the tables that the shells' scripts are made of. */
import { AuditEvent } from "@postern/core/audit/event";
import type { Argument, Command, Option } from "commander";

/** What an argument or a flag takes; `nothing` where only its author knows. */
export type Values =
  | { readonly type: "words"; readonly words: readonly string[] }
  | { readonly type: "files" }
  | { readonly type: "databases" }
  | { readonly type: "nothing" };

export interface CompletedFlag {
  /** `--format`, and its short form if it has one. */
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined for a flag that takes no value. */
  readonly values: Values | undefined;
}

export interface CompletedCommand {
  /** `db ls`; empty for `postern` itself. */
  readonly path: string;
  readonly description: string;
  /** The names of the commands below it. */
  readonly commands: readonly string[];
  readonly flags: readonly CompletedFlag[];
  readonly arguments: readonly Values[];
}

/** Every command, those above before those below. */
export function completedCommands(program: Command): CompletedCommand[] {
  return walk(program, "");
}

function walk(command: Command, path: string): CompletedCommand[] {
  const shown = command.createHelp().visibleCommands(command);
  const own: CompletedCommand = {
    path,
    description: command.description(),
    commands: shown.map((each) => each.name()),
    flags: command.createHelp().visibleOptions(command).map(completedFlag),
    arguments: command.registeredArguments.map((each) => valuesOf(each, each.name())),
  };
  return [own, ...shown.flatMap((each) => walk(each, `${path} ${each.name()}`.trim()))];
}

function completedFlag(option: Option): CompletedFlag {
  const [, placeholder] = /<([^>]+)>/.exec(option.flags) ?? [];
  const names = [option.long, option.short].filter((name) => typeof name === "string");
  const values = placeholder === undefined ? undefined : valuesOf(option, placeholder);
  return { names, description: option.description, values };
}

/** What stands between `<` and `>` tells what is meant. */
const valuesByPlaceholder = new Map<string, Values>([
  ["database", { type: "databases" }],
  ["file", { type: "files" }],
  ["folder", { type: "files" }],
  ["event", { type: "words", words: AuditEvent.options.map(({ shape }) => shape.event.value).sort() }],
  ["kind/name", { type: "words", words: ["role/", "user/", "db/"] }],
  ["kind[/name]", { type: "words", words: ["roles", "users", "dbs", "db_servers"] }],
]);

function valuesOf({ argChoices }: Option | Argument, placeholder: string): Values {
  if (argChoices) return { type: "words", words: argChoices };
  return valuesByPlaceholder.get(placeholder) ?? { type: "nothing" };
}
