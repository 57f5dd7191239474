/** The tree of commands; each file in command/ adds its own. */

import { printable } from "@postern/core/printable";
import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addAuditCommands } from "./command/audit.ts";
import { addCompletionCommand } from "./command/completion.ts";
import { addDatabaseCommands } from "./command/db.ts";
import { addHelpCommand } from "./command/help.ts";
import { addInstallCommands } from "./command/install.ts";
import { addLoginCommand } from "./command/login.ts";
import { addLogoutCommand } from "./command/logout.ts";
import { addRecordingCommands } from "./command/recordings.ts";
import { addResourceCommands } from "./command/resources.ts";
import { addStartCommand } from "./command/start.ts";
import { addStatusCommand } from "./command/status.ts";
import { addTokenCommands } from "./command/tokens.ts";
import { addUserCommands } from "./command/users.ts";
import { example } from "./options.ts";
import { didYouMean } from "./suggestion.ts";

/** commander compares a mistyped flag with its value still on it, and so finds nothing near `--fromat=json`. */
class SuggestingCommand extends Command {
  override createCommand(name?: string): Command {
    return new SuggestingCommand(name);
  }

  unknownOption(flag: string): never {
    const [name = flag] = flag.split("=", 1);
    const known = this.createHelp().visibleOptions(this);
    const names = known
      .flatMap(({ long, short }) => [long, short])
      .filter((each) => typeof each === "string");
    return this.error(`error: unknown option '${name}'${didYouMean(name, names)}`, { exitCode: 2 });
  }
}

export function buildProgram(): Command {
  const program = new SuggestingCommand("postern")
    .description("Zero-trust access to Amazon Aurora PostgreSQL")
    .version(manifest.version)
    .helpCommand(false) // ours finds commands of commands as well
    .showHelpAfterError("(add --help for what it takes)")
    .configureOutput({ writeErr: (text) => process.stderr.write(printable(text)) })
    .exitOverride();
  program.commandsGroup("Use databases:");
  addLoginCommand(program);
  addStatusCommand(program);
  addLogoutCommand(program);
  addDatabaseCommands(program);
  program.commandsGroup("See what was done:");
  addAuditCommands(program);
  addRecordingCommands(program);
  program.commandsGroup("Say who may do what:");
  addResourceCommands(program);
  addUserCommands(program);
  addTokenCommands(program);
  program.commandsGroup("On a host of its own:");
  addStartCommand(program);
  addInstallCommands(program);
  program.commandsGroup("About this command:");
  addHelpCommand(program);
  addCompletionCommand(program);
  return example(
    program,
    "postern login --proxy=localhost:3080 --user=alice",
    "postern db connect --db-user=alice --db-name postgres aurora",
    "postern help db connect",
  );
}
