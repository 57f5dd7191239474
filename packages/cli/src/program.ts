/** The tree of commands; each file in command/ adds its own. */
import { Command } from "commander";
import { addAuditCommands } from "./command/audit.ts";
import { addDatabaseCommands } from "./command/db.ts";
import { addLoginCommands } from "./command/login.ts";
import { addRecordingCommands } from "./command/recordings.ts";
import { addResourceCommands } from "./command/resources.ts";
import { addTokenCommands } from "./command/tokens.ts";
import { addUserCommands } from "./command/users.ts";

export function buildProgram(): Command {
  const program = new Command("postern")
    .description("Zero-trust access to Amazon Aurora PostgreSQL")
    .showHelpAfterError("(add --help for what it takes)")
    .exitOverride();
  addLoginCommands(program);
  addDatabaseCommands(program);
  addAuditCommands(program);
  addRecordingCommands(program);
  addResourceCommands(program);
  addUserCommands(program);
  addTokenCommands(program);
  return program;
}
