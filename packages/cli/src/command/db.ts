import type { Command } from "commander";
import { example, group } from "../options.ts";
import { addConfigureCommands } from "./db/configure.ts";
import { addConnectCommand } from "./db/connect.ts";
import { addListCommand } from "./db/list.ts";
import { addQueryCommand } from "./db/query.ts";
import { addTokenCommand } from "./db/token.ts";

export function addDatabaseCommands(program: Command): void {
  const db = group(program, "db", "databases: list, connect, query");
  addListCommand(db);
  addConnectCommand(db);
  addQueryCommand(db);
  addTokenCommand(db);
  addConfigureCommands(db);
  example(db, "postern db ls", "postern db connect --db-user=alice --db-name postgres aurora");
}
