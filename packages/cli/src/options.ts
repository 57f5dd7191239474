/** Flags that several commands share, described once. */
import type { Command } from "commander";
import { Option } from "commander";

export function withServer(command: Command): Command {
  return command.option("--proxy <host:port>", "the Postern server; the one of the last login by default");
}

export function withFormat(command: Command, ...choices: string[]): Command {
  const formats = choices.length === 0 ? ["text", "json"] : choices;
  return command.addOption(
    new Option("--format <format>", "how to print").choices(formats).default(formats[0]),
  );
}

/** For commands that use the local admin's identity where `npm start` left one. */
export function withAdmin(command: Command): Command {
  return withServer(command).option(
    "--data-dir <folder>",
    "the data folder of `npm start`, whose local admin identity is used",
  );
}

export function withIdentity(command: Command): Command {
  return withAdmin(command).option("--user <name>", "act by this user's login, not as the local admin");
}

/** The example behind a command's help. */
export function example(command: Command, ...lines: string[]): Command {
  return command.addHelpText("after", `\nExample:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

/** For flags that may be given once with commas: `--roles=access,db`. */
export function commaList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
