/** The tree of commands; each file in command/ adds its own. */
import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addAuditCommands } from "./command/audit.ts";
import { addDatabaseCommands } from "./command/db.ts";
import { addLoginCommand } from "./command/login.ts";
import { addLogoutCommand } from "./command/logout.ts";
import { addRecordingCommands } from "./command/recordings.ts";
import { addResourceCommands } from "./command/resources.ts";
import { addStatusCommand } from "./command/status.ts";
import { addTokenCommands } from "./command/tokens.ts";
import { addUserCommands } from "./command/users.ts";

export function buildProgram(): Command {
  const program = new Command("postern")
    .description("Zero-trust access to Amazon Aurora PostgreSQL")
    .version(manifest.version)
    .showHelpAfterError("(add --help for what it takes)")
    .exitOverride();
  addLoginCommand(program);
  addStatusCommand(program);
  addLogoutCommand(program);
  addDatabaseCommands(program);
  addAuditCommands(program);
  addRecordingCommands(program);
  addResourceCommands(program);
  addUserCommands(program);
  addTokenCommands(program);
  return program;
}
